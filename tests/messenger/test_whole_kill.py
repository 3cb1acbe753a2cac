"""kill -9 at the worst moments: nobody's words are lost, and at most one message comes twice."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from whole_lab import Serving

pytestmark = pytest.mark.process


@pytest.fixture
def serving(tmp_path, graph):
    with Serving(tmp_path, graph) as serving:
        yield serving


def talking(graph, psid="ann"):
    person = graph.person(psid)
    person.gets_started()
    person.sees("Welcome!")
    person.presses("echo")
    person.sees("Say something")
    assert graph.wait_quiet()
    return person


@contextmanager
def killed_while_graph_answers(serving, graph, ann, text):
    """Have this answered, and the process killed between the moment when Graph took that and its answer."""
    with graph.holding("ann") as held:
        ann.says(text)
        held.wait_for(1)
        serving.kill()
    assert ann.heard[-1] == f"Echo: heard {text}"
    assert graph.wait_quiet()
    yield
    serving.start()


def times(person, text):
    return sum(text in heard for heard in person.heard)


def test_what_graph_took_is_not_sent_again_where_its_echo_comes_later(serving, graph):
    serving.start()
    ann = talking(graph)
    with killed_while_graph_answers(serving, graph, ann, "one"):
        assert graph.webhooks.undelivered
    graph.webhooks.retry()
    ann.says("two")
    ann.sees("heard two")
    assert times(ann, "heard one") == 1


def test_what_graph_took_is_not_sent_again_where_its_echo_had_come_before(serving, graph):
    serving.start()
    ann = talking(graph)
    graph.echoes = "before"
    with killed_while_graph_answers(serving, graph, ann, "one"):
        graph.echoes = "never"
    ann.says("two")
    ann.sees("heard two")
    assert times(ann, "heard one") == 1


def test_what_graph_took_is_sent_once_more_where_no_echo_comes(serving, graph):
    serving.start()
    ann = talking(graph)
    graph.echoes = "never"
    with killed_while_graph_answers(serving, graph, ann, "one"):
        pass
    ann.says("two")
    ann.sees("heard two")
    assert times(ann, "heard one") == 2
    assert ann.heard[-3:] == ["Echo: heard one", "Echo: heard one", "Echo: heard two"]


def test_it_may_die_between_graphs_answer_and_its_own_mark(serving, graph):
    # The third message after "Welcome!" and "Say something" is its last.
    serving.start(module=("dies_when_sent", "3"))
    ann = talking(graph)
    ann.says("one")
    ann.sees("heard one")
    serving.wait_killed()
    assert graph.wait_quiet()
    serving.start()
    graph.webhooks.retry()
    ann.says("two")
    ann.sees("heard two")
    assert times(ann, "heard one") == 1


def test_a_long_answer_goes_on_where_it_was(serving, graph):
    serving.start(module=("dies_when_sent", "12"))
    ann = talking(graph)
    ann.says("count 30")
    ann.sees("number 10")
    serving.wait_killed()
    assert graph.wait_quiet()
    serving.start()
    graph.webhooks.retry()
    ann.sees("number 30")
    assert [text for text in ann.heard if "number" in text] == [f"Echo: number {n}" for n in range(1, 31)]


def test_what_was_said_to_a_dead_process_is_heard_by_the_next(serving, graph):
    serving.start()
    ann = talking(graph)
    serving.kill()
    ann.says("anybody?")
    assert graph.webhooks.undelivered
    serving.start()
    graph.webhooks.retry()
    ann.sees("heard anybody?")
    graph.webhooks.redeliver()
    ann.says("good")
    ann.sees("heard good")
    assert times(ann, "heard anybody?") == 1


def test_five_people_who_are_answered_at_the_same_time_are_all_answered_to_the_end(serving, graph):
    serving.start()
    people = [talking(graph, f"p{number}") for number in range(5)]
    for person in people:
        person.says("count 20")
    for person in people:
        person.sees("number 5")
    # Whatever is under way now: taken and not answered, answered and not marked, marked and not recorded.
    serving.kill()
    assert graph.wait_quiet()
    serving.start()
    graph.webhooks.retry()
    for person in people:
        person.sees("number 20")
    expected = [f"Echo: number {number}" for number in range(1, 21)]
    assert [[text for text in person.heard if "number" in text] for person in people] == [expected] * 5
