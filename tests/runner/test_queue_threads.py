"""A queue with one thread behind it: order, groups, idleness, closing."""

import threading

import pytest

from parleyrun.runner.queue_thread import QueueThread, each

PATIENCE_SECONDS = 60.0


@pytest.fixture
def make_queue():
    """Make started queues that are closed at the end."""
    queues = []

    def make(handle, **options):
        queues.append(QueueThread("queue-for-a-test", handle, **options))
        queues[-1].start()
        return queues[-1]

    yield make
    for queue in queues:
        queue.close()


class Held:
    """A handler that lets nothing through until it is told to."""

    def __init__(self):
        self.groups = []
        self.began = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, group):
        self.groups.append(list(group))
        self.began.set()
        assert self.go_on.wait(PATIENCE_SECONDS)


def test_items_are_handled_in_order_on_the_one_thread(make_queue):
    handled = []
    queue = make_queue(each(lambda item: handled.append((item, threading.current_thread().name))))
    for number in range(100):
        assert queue.put(number)
    assert queue.wait_idle(PATIENCE_SECONDS)
    assert handled == [(number, "queue-for-a-test") for number in range(100)]
    assert queue.handled == 100


def test_all_that_waits_is_handled_as_one_group(make_queue):
    held = Held()
    queue = make_queue(held)
    queue.put("first")
    assert held.began.wait(PATIENCE_SECONDS)
    queue.put("a")
    queue.put_many(["b", "c"])
    queue.put("d")
    held.go_on.set()
    assert queue.wait_idle(PATIENCE_SECONDS)
    assert held.groups == [["first"], ["a", "b", "c", "d"]]


def test_what_is_put_together_comes_in_one_group_and_nothing_in_between(make_queue):
    groups = []
    queue = make_queue(groups.append)
    threads = [threading.Thread(target=queue.put_many, args=([(who, n) for n in range(50)],)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue.wait_idle(PATIENCE_SECONDS)
    handled = [item for group in groups for item in group]
    assert [handled[at] for at in range(0, 400, 50)] == [(handled[at][0], 0) for at in range(0, 400, 50)]
    assert all(handled[at : at + 50] == [(handled[at][0], n) for n in range(50)] for at in range(0, 400, 50))


def test_nothing_put_together_is_nothing(make_queue):
    groups = []
    queue = make_queue(groups.append)
    assert queue.put_many([])
    assert queue.wait_idle(PATIENCE_SECONDS)
    assert groups == []


def test_idle_means_that_what_handlers_put_is_handled_too(make_queue):
    handled = []

    def handle(number):
        handled.append(number)
        if number < 20:
            queue.put(number + 1)

    queue = make_queue(each(handle))
    queue.put(0)
    assert queue.wait_idle(PATIENCE_SECONDS)
    assert handled == list(range(21))


def test_waiting_for_a_busy_queue_takes_no_longer_than_asked_for(make_queue):
    held = Held()
    queue = make_queue(held)
    queue.put(1)
    assert not queue.wait_idle(0.01)
    held.go_on.set()
    assert queue.wait_idle(PATIENCE_SECONDS)


def test_an_error_in_one_item_is_logged_and_the_next_is_handled(make_queue, caplog):
    handled = []

    def handle(item):
        if item == "bad":
            raise SystemExit("this must not end the thread")
        handled.append(item)

    queue = make_queue(each(handle))
    queue.put_many(["bad", "good"])
    assert queue.wait_idle(PATIENCE_SECONDS)
    assert handled == ["good"]
    assert "bad could not be finished" in caplog.text


def test_an_error_in_a_group_is_logged_and_the_next_group_is_handled(make_queue, caplog):
    queue = make_queue(lambda group: 1 / 0)
    queue.put(1)
    assert queue.wait_idle(PATIENCE_SECONDS)
    queue.put(2)
    assert queue.wait_idle(PATIENCE_SECONDS)
    assert queue.handled == 2
    assert caplog.text.count("queue-for-a-test could not finish what it was given") == 2


def test_closing_handles_what_was_put_and_takes_nothing_more(make_queue):
    handled = []
    queue = make_queue(each(handled.append))
    for number in range(1000):
        queue.put(number)
    queue.close()
    assert handled == list(range(1000))
    assert not queue.put("late")
    assert not queue.put_many(["late", "too"])
    assert queue.wait_idle(PATIENCE_SECONDS)
    queue.close()
    assert handled == list(range(1000))


def test_a_handler_may_close_the_queue_it_runs_on(make_queue):
    done = threading.Event()
    queue = make_queue(each(lambda item: (queue.close(), done.set())))
    queue.put(1)
    assert done.wait(PATIENCE_SECONDS)
    queue.close()
    assert not queue.put(2)


def test_constructing_is_silent_and_what_was_put_before_the_start_is_handled_then():
    before = threading.active_count()
    handled = []
    queue = QueueThread("queue-for-a-test", each(handled.append))
    assert threading.active_count() == before
    queue.put(1)
    assert not queue.started
    assert not queue.wait_idle(0)
    queue.start()
    assert queue.started
    assert queue.wait_idle(PATIENCE_SECONDS)
    queue.close()
    assert handled == [1]


def test_what_waits_for_a_thread_that_was_never_started_is_refused():
    handled, refused = [], []
    queue = QueueThread("queue-for-a-test", handled.extend, refuse=refused.append)
    queue.put(1)
    queue.close()
    queue.start()
    assert not queue.put(2)
    assert (handled, refused) == ([], [1])


def test_whatever_is_put_while_it_closes_is_handled_or_refused_or_not_taken_and_never_lost():
    for _ in range(40):
        handled, refused, turned_away = [], [], []
        queue = QueueThread("queue-for-a-test", handled.extend, refuse=refused.append)
        queue.start()
        start = threading.Barrier(5)

        def put(who, queue=queue, start=start, turned_away=turned_away):
            start.wait()
            for number in range(200):
                if not queue.put((who, number)):
                    turned_away.append((who, number))

        threads = [threading.Thread(target=put, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        start.wait()
        queue.close()
        for thread in threads:
            thread.join()
        assert sorted(handled + refused + turned_away) == [(who, n) for who in range(4) for n in range(200)]


def test_those_who_wait_for_idleness_while_it_closes_are_let_go():
    for _ in range(40):
        queue = QueueThread("queue-for-a-test", lambda group: None)
        queue.start()
        queue.put(1)
        results = []
        waiting = threading.Thread(target=lambda: results.append(queue.wait_idle(PATIENCE_SECONDS)))  # noqa: B023
        waiting.start()
        queue.close()
        waiting.join()
        assert results == [True]


def test_what_is_put_at_the_very_moment_at_which_the_thread_ends_is_refused_by_whoever_put_it():
    refused, idle = [], threading.Event()
    queue = QueueThread("queue-for-a-test", each(refused.append), refuse=lambda item: refused.append(f"no {item}"))
    queue.start()
    queue.close()
    assert not queue.put("too late")
    queue._closed = False  # as whoever puts has found it, a moment before
    queue._entries.put(idle)
    queue._entries.put(None)
    assert queue.put("a")
    assert idle.is_set()
    assert queue.put_many(["b", "c"])
    assert refused == ["no a", "no b", "no c"]
    queue._closed = True
