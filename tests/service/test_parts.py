"""The service's smaller parts, each alone: the desk, sessions and their moves, figures."""

import threading
from itertools import count

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_worlds import Echo, go, opened, pair

from parleyrun import ParleyrunError
from parleyrun.core.message import Message
from parleyrun.runner.timers import ThreadTimers
from parleyrun.service.counts import ConversationCounts, LiveCounts
from parleyrun.service.desk import Desk
from parleyrun.service.session_table import Sessions
from parleyrun.service.sessions import At, Session
from parleyrun.testing import VirtualTimers


class TestDesk:
    @pytest.fixture
    def desk(self):
        desk = Desk()
        desk.start()
        yield desk
        desk.close()

    def test_things_are_done_in_order_on_one_thread(self, desk):
        done, threads = [], set()

        def work(number):
            done.append(number)
            threads.add(threading.current_thread().name)

        for number in range(500):
            desk.put(work, number)
        assert desk.wait_idle(10)
        assert done == list(range(500))
        assert threads == {"parleyrun-desk"}

    def test_nothing_is_lost_or_reordered_when_many_threads_put(self, desk):
        done = []

        def fill(author):
            for number in range(300):
                desk.put(done.append, (author, number))

        threads = [threading.Thread(target=fill, args=(author,)) for author in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert desk.wait_idle(10)
        assert len(done) == 2400
        for author in range(8):
            own = [number for who, number in done if who == author]
            assert own == sorted(own)

    def test_an_error_is_logged_and_the_next_thing_is_done(self, desk, caplog):
        done = threading.Event()

        def breaks():
            raise ValueError

        desk.put(breaks)
        desk.put(done.set)
        assert done.wait(60)
        assert "the desk could not finish" in caplog.text
        assert "breaks" in caplog.text

    def test_idle_means_that_the_last_thing_is_done_and_not_only_begun(self, desk):
        began, go_on = threading.Event(), threading.Event()
        desk.put(lambda: (began.set(), go_on.wait(60)))
        assert began.wait(60)
        assert not desk.wait_idle(0)
        go_on.set()
        assert desk.wait_idle(10)

    def test_closing_works_off_what_is_there_and_takes_no_more(self):
        desk, done = Desk(), []
        desk.start()
        for number in range(100):
            desk.put(done.append, number)
        desk.close()
        desk.put(done.append, "late")
        desk.close()
        assert done == list(range(100))

    def test_the_desk_may_be_closed_from_itself(self):
        desk, closed = Desk(), threading.Event()
        desk.start()
        desk.put(lambda: (desk.close(), closed.set()))
        assert closed.wait(60)


ROUTES = {
    At.DOOR: [],
    At.OVERWORLD: [At.OVERWORLD],
    At.ONBOARDING: [At.OVERWORLD, At.ONBOARDING],
    At.WAITING: [At.OVERWORLD, At.WAITING],
    At.TASK: [At.OVERWORLD, At.WAITING, At.TASK],
    At.GONE: [At.OVERWORLD, At.GONE],
}
"""How to get to each place from the door."""

ILLEGAL = [
    (At.DOOR, At.TASK), (At.DOOR, At.WAITING), (At.DOOR, At.ONBOARDING), (At.DOOR, At.DOOR),
    (At.OVERWORLD, At.TASK), (At.OVERWORLD, At.DOOR),
    (At.ONBOARDING, At.TASK), (At.ONBOARDING, At.ONBOARDING), (At.ONBOARDING, At.DOOR),
    (At.WAITING, At.DOOR), (At.TASK, At.TASK), (At.TASK, At.DOOR),
    (At.GONE, At.OVERWORLD), (At.GONE, At.ONBOARDING), (At.GONE, At.WAITING), (At.GONE, At.TASK),
    (At.GONE, At.GONE),
]  # fmt: skip


class TestSessions:
    @pytest.mark.parametrize(("start", "end"), ILLEGAL, ids=lambda at: at.value)
    def test_a_move_that_cannot_be_is_refused_and_changes_nothing(self, start, end):
        session = Session("memory:ann")
        for at in ROUTES[start]:
            session.move(at, since=1.0, task="chat")
        with pytest.raises(ParleyrunError, match=f"memory:ann cannot go from {start.value} to {end.value}"):
            session.move(end, since=2.0)
        assert (session.at, session.since == 2.0) == (start, False)

    def test_moving_stops_the_clocks_of_waiting(self):
        timers, fired = VirtualTimers(), []
        session = Session("memory:ann")
        session.move(At.OVERWORLD, since=0)
        session.move(At.WAITING, since=0, task="chat")
        session.waiting_timers = (timers.call_later(30, lambda: fired.append("notice")),)
        session.move(At.TASK, since=0, task="chat")
        timers.advance(60)
        assert fired == []

    def test_who_is_here_and_what_their_role_is(self):
        session = Session("memory:ann")
        assert not session.here
        session.move(At.OVERWORLD, since=0)
        session.agent = session.new_agent()
        session.agent.role = "Robin"
        assert session.here
        assert session.role is None  # a role is a name in a task, and nowhere else
        session.move(At.WAITING, since=0, task="chat")
        session.move(At.TASK, since=0, task="chat")
        assert session.role == "Robin"

    def test_of_many_threads_that_meet_a_newcomer_one_is_told_that_they_are_new(self):
        for _ in range(20):
            sessions, new, start = Sessions(), [], threading.Barrier(6)

            def meet(sessions=sessions, new=new, start=start):
                start.wait()
                new.append(sessions.get_or_create("memory:ann"))

            threads = [threading.Thread(target=meet) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [is_new for _, is_new in new].count(True) == 1
            assert len({id(session) for session, _ in new}) == 1

    def test_whose_words_are_still_to_be_heard_is_never_let_go_of(self):
        sessions = Sessions(keep_gone=3)
        newcomers = [sessions.get_or_create(f"memory:{number}")[0] for number in range(10)]
        for session in newcomers:
            session.mailbox.put(Message("hi"))
            assert sessions.went(session) == []
        newcomers[0].mailbox.take()
        assert sessions.went(newcomers[-1]) == ["memory:0"]
        assert sessions.get("memory:1") is newcomers[1]

    @examples(60)
    @given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), max_size=40))
    def test_no_more_are_remembered_outside_than_allowed_and_nobody_inside_is_forgotten(self, steps):
        sessions = Sessions(keep_gone=3)
        outside = []
        for name, goes in steps:
            session, _ = sessions.get_or_create(name)
            if goes:
                outside = [name] if not outside else outside if name in outside else [*outside, name]
                forgotten = sessions.went(session)
                assert forgotten == outside[:-3]
                outside = outside[-3:]
            else:
                sessions.came_back(session)
                outside = [other for other in outside if other != name]
        known = {session.id for session in sessions.everybody()}
        assert set(outside) <= known


class TestFigures:
    def test_people_are_counted_by_place_and_task(self):
        with opened({"chat": pair(), "echo": Echo}) as rehearsal:
            go(rehearsal, "chat", "ann", "bob", "cyd")
            go(rehearsal, "echo", "dan")
            rehearsal.person("eve").says("hi")
            rehearsal.person("fay").arrives()
            go(rehearsal, "EXIT", "gus")
            rehearsal.person("dan").goes_away()
            figures = rehearsal.service.counts()
            assert figures.places == {"task": 3, "waiting": 1, "overworld": 1, "door": 1}
            assert (figures.waiting, figures.in_task) == ({"chat": 1}, {"chat": 2, "echo": 1})
            assert figures.away == 1
            # Overworlds are no conversations.
            assert figures.conversations == ConversationCounts(now=2, finished=0, ended={})
            assert figures.runs_started == 8
            assert figures.runs_ended == {"finished": 1}
            assert (figures.messages_in, figures.messages_out) == (11, 1)

    def test_messages_per_minute_are_those_of_the_last_minute(self):
        timers = VirtualTimers()
        meter = LiveCounts(timers)
        for _ in range(180):
            meter.message(came_in=True)
            timers.advance(1)
        assert meter.per_minute() == 59 or meter.per_minute() == 60
        timers.advance(30)
        assert 29 <= meter.per_minute() <= 30
        timers.advance(60)
        assert meter.per_minute() == 0
        assert meter.messages_in == 180

    def test_nothing_is_miscounted_by_many_threads(self):
        meter = LiveCounts(ThreadTimers().clock)

        def count():
            for _ in range(500):
                meter.message(came_in=True)
                meter.message(came_in=False)
                meter.run_started()
                meter.run_ended("finished")

        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (meter.messages_in, meter.messages_out, meter.runs_started) == (4000, 4000, 4000)
        assert meter.runs_ended == {"finished": 4000}


def test_where_somebody_is_can_be_asked_for_by_their_id():
    with opened({"chat": pair()}) as rehearsal:
        ann, _ = go(rehearsal, "chat", "ann", "bob")
        place = rehearsal.service.place_of(ann.id)
        assert (place.place, place.task, place.role, place.since) == (
            "task", "chat", "Person 1", rehearsal.timers.time()
        )  # fmt: skip
        assert rehearsal.service.place_of("memory:nobody") is None


def test_waiting_for_rest_gives_up_after_the_time_it_was_given():
    class Busy(Echo):
        def parley(self):
            self.agents[0].observe({"text": "x"})
            again.set()
            go_on.wait(60)

    again, go_on = threading.Event(), threading.Event()
    with opened({"busy": Busy}) as rehearsal:
        for text in ("hi", "busy"):
            rehearsal.channel.say("ann", text)
        assert again.wait(60)
        assert not rehearsal.service.wait_quiet(0.05)
        assert not rehearsal.service.wait_quiet(0)
        go_on.set()
        rehearsal.settle()


def test_waiting_for_rest_gives_up_where_there_is_never_any():
    class Restless:
        """Idle whenever it is looked at, and yet there was something in between."""

        done = property(lambda self: next(things))

        def wait_idle(self, timeout_seconds):
            return True

    things = count()
    with opened({"echo": Echo}) as rehearsal:
        desk, rehearsal.service._desk = rehearsal.service._desk, Restless()
        assert not rehearsal.service.wait_quiet(0.02)
        rehearsal.service._desk = desk


def test_rest_is_not_declared_while_the_end_of_a_run_is_still_on_its_way_to_the_desk():
    """A run hands its end to the desk and frees its slot; the desk is slow to take it."""
    with opened({"echo": Echo}) as rehearsal:
        tasks = rehearsal.service._journey.tasks
        ended, task_ended = threading.Event(), tasks._ended

        def slowly(*args):
            assert not ended.wait(0.02)
            task_ended(*args)

        tasks._ended = slowly
        (ann,) = go(rehearsal, "echo", "ann")
        ann.says("bye")
        assert ann.place == "overworld"
