"""Whatever Meta does to the page or to one person, nobody's words are lost and nobody else notices."""

from __future__ import annotations

import pytest
import requests
from whole_lab import whole


@pytest.fixture
def rehearsal():
    """A service and a Graph API whose clock stands still until it is moved."""
    with whole(real_time=False) as rehearsal:
        yield rehearsal


@pytest.fixture
def graph(rehearsal):
    return rehearsal.graph


@pytest.fixture
def ann(graph):
    return talking(graph, "ann")


def talking(graph, psid):
    """Somebody who is talking with the echo."""
    person = graph.person(psid)
    person.gets_started()
    person.sees("Welcome!")
    person.presses("echo")
    person.sees("Say something")
    return person


def numbers(person):
    return [text.removeprefix("Echo: number ") for text in person.heard if "number" in text]


class TestThrottling:
    def test_an_hour_of_it_delays_everybody_and_loses_nothing(self, graph, rehearsal, ann):
        bob = talking(graph, "bob")
        rehearsal.settle()
        graph.throttle(minutes=60)
        calls_before = len(graph.calls)
        ann.says("count 3")
        bob.says("count 3")
        for _ in range(59):
            rehearsal.advance(60)
        assert (numbers(ann), numbers(bob)) == ([], [])
        # Asking again and again would only make it worse.
        assert len(graph.calls) - calls_before <= 20
        for _ in range(10):
            rehearsal.advance(60)
        assert (numbers(ann), numbers(bob)) == (["1", "2", "3"], ["1", "2", "3"])

    def test_the_page_slows_down_before_it_is_throttled(self, graph, rehearsal, ann):
        graph.report_usage(99)
        ann.says("count 2")
        rehearsal.settle()
        for _ in range(30):
            rehearsal.advance(10)
        assert numbers(ann) == ["1", "2"]


class TestTheToken:
    def test_nothing_is_sent_while_it_is_no_good_and_everything_afterwards(self, graph, rehearsal, ann):
        rehearsal.settle()
        graph.revoke_token()
        ann.says("count 3")
        rehearsal.settle()
        health = requests.get(f"{rehearsal.url}/healthz", timeout=60)
        assert (health.status_code, health.json()["status"]) == (503, "trouble")
        assert graph.page_token not in health.text
        refused = [call for call in graph.calls if call.code == 190]
        for _ in range(5):
            rehearsal.advance(60)
        assert numbers(ann) == []
        # It is looked at now and then whether the token works again; nobody's message is tried meanwhile.
        later = [call for call in graph.calls if call.code == 190][len(refused) :]
        assert len(later) <= 10
        assert not any(call.text for call in later)
        graph.heal()
        for _ in range(20):
            rehearsal.advance(60)
        assert numbers(ann) == ["1", "2", "3"]
        assert requests.get(f"{rehearsal.url}/healthz", timeout=60).json()["status"] == "ok"


class TestOnePersonsTrouble:
    def test_somebody_whose_sends_hang_delays_nobody(self, graph, rehearsal, ann):
        bob = talking(graph, "bob")
        with graph.holding("ann") as held:
            ann.says("count 3")
            held.wait_for(1)
            bob.says("count 3")
            bob.sees("number 3")
            assert numbers(ann) == ["1"]
        ann.sees("number 3")
        assert numbers(ann) == ["1", "2", "3"]

    def test_retries_keep_the_order(self, graph, rehearsal, ann):
        rehearsal.settle()
        graph.fail_next(2, psid="ann", times=3)
        ann.says("count 5")
        rehearsal.settle()
        for _ in range(10):
            rehearsal.advance(30)
        assert numbers(ann) == ["1", "2", "3", "4", "5"]

    def test_an_answer_that_was_lost_is_made_up_for_by_the_echo(self, graph, rehearsal, ann):
        rehearsal.settle()
        graph.drop_connections(2)
        ann.says("count 3")
        rehearsal.settle()
        for _ in range(10):
            rehearsal.advance(10)
        assert numbers(ann) == ["1", "2", "3"]

    def test_an_answer_that_was_lost_without_an_echo_repeats_one_message_and_no_more(self, graph, rehearsal, ann):
        rehearsal.settle()
        graph.echoes = "never"
        graph.deliveries = "never"
        graph.drop_connections()
        ann.says("count 3")
        rehearsal.settle()
        for _ in range(10):
            rehearsal.advance(10)
        assert numbers(ann) in (["1", "1", "2", "3"], ["1", "2", "3"])

    def test_an_error_for_what_was_sent_all_the_same_repeats_nothing(self, graph, rehearsal, ann):
        rehearsal.settle()
        graph.fail_next(1, 1357046, sent_though=True)
        ann.says("count 2")
        rehearsal.settle()
        for _ in range(10):
            rehearsal.advance(10)
        assert numbers(ann) == ["1", "2"]


class TestTheWindow:
    def test_after_25_hours_nothing_is_tried_before_the_person_writes(self, graph, rehearsal, ann):
        rehearsal.settle()
        rehearsal.timers.advance(25 * 3600)
        rehearsal.settle()
        sends = len(graph.sends("ann"))
        rehearsal.service.authors.observe_message("messenger:ann", "are you still there?")
        rehearsal.settle()
        assert len(graph.sends("ann")) == sends
        ann.says("yes")
        ann.sees("are you still there?")
        ann.sees("heard yes")

    def test_where_only_meta_knows_that_it_is_over_one_refusal_is_enough(self, graph, rehearsal, ann):
        rehearsal.settle()
        graph.move_clock(hours=25)
        sends = len(graph.sends("ann"))
        for text in ("one", "two"):
            rehearsal.service.authors.observe_message("messenger:ann", text)
        rehearsal.settle()
        rehearsal.advance(60)
        refused = graph.sends("ann")[sends:]
        assert {(call.code, call.subcode) for call in refused} == {(10, 2018278)}
        assert len(refused) == 1
        ann.says("here I am")
        ann.sees("one")
        ann.sees("two")
        ann.sees("heard here I am")

    def test_the_operator_sees_who_cannot_be_reached_and_why(self, graph, rehearsal, ann):
        rehearsal.settle()
        graph.move_clock(hours=25)
        rehearsal.service.authors.observe_message("messenger:ann", "hello?")
        rehearsal.settle()
        (told,) = rehearsal.channel.figures().unreachable
        assert told.participant_id == "messenger:ann"
        assert "Meta allows no message" in told.reason


def test_551_for_one_is_tried_once_while_others_talk():
    # In real time, as so many messages at once have to wait for the page's rate.
    with whole(max_sends_per_second=80) as rehearsal:
        graph = rehearsal.graph
        ann = talking(graph, "ann")
        others = [talking(graph, f"p{number}") for number in range(15)]
        rehearsal.settle()
        ann.turns_away()
        ann.says("count 20")
        for person in others:
            person.says("count 3")
        for person in others:
            person.sees("number 3")
        rehearsal.settle()
        assert all(numbers(person) == ["1", "2", "3"] for person in others)
        assert len([call for call in graph.sends("ann") if call.code == 551]) == 1
        ann.comes_back()
        ann.says("I am back")
        ann.sees("heard I am back")
