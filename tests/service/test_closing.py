"""Shutting down: refuse, tell, wait for conversations, stop the rest."""

import threading
import time

import pytest
from small_worlds import Echo, Question, Small, go, opened, pair

from parleyrun.app.app import App
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.errors import ChannelError
from parleyrun.events import Arrived, DeliveredThrough, Inbound, ReadThrough, RefusalReason, TypingChanged, Went
from parleyrun.signals import Ended

CLOSING = "We are about to close. Please bring your conversation to an end."
KEPT = "We have to pause soon. Your conversation is kept, and goes on when we are back."
REFUSED = "We are closing and cannot start anything new. Please come back later."
GRACE_SECONDS = 20.0
"""Longer than any of these tests may take: they end the grace by what they do, never by waiting for it."""


class Closing:
    """Closes a rehearsal's service on a thread of its own, as `serve` does."""

    def __init__(self, rehearsal, grace_seconds=GRACE_SECONDS):
        self.rehearsal = rehearsal
        self.stuck = None
        self.began = time.monotonic()
        announced, announce = threading.Event(), rehearsal.service._announce_closing
        rehearsal.service._announce_closing = lambda: (announce(), announced.set())
        self.thread = threading.Thread(target=self._close, args=(grace_seconds,))
        self.thread.start()
        assert announced.wait(GRACE_SECONDS)
        rehearsal.settle()

    def _close(self, grace_seconds):
        self.stuck = self.rehearsal.service.close(grace_seconds)

    def ends(self):
        self.thread.join(GRACE_SECONDS)
        assert not self.thread.is_alive()
        assert time.monotonic() - self.began < GRACE_SECONDS
        return self.stuck


def ended(person):
    return [signal.reason for signal in person.signals if isinstance(signal, Ended)]


def test_without_conversations_there_is_nothing_to_wait_for():
    with opened({"echo": Echo, "chat": pair()}) as rehearsal:
        (ann,) = go(rehearsal, "chat", "ann")
        closing = Closing(rehearsal)
        assert closing.ends() == []
        assert ann.heard == [CLOSING]
        assert ended(ann) == ["closing"]


def test_a_conversation_goes_on_and_its_end_ends_the_grace():
    with opened({"chat": pair()}) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        closing = Closing(rehearsal)
        assert ann.heard == [CLOSING]
        ann.says("quickly then")
        assert bob.heard == [CLOSING, "quickly then"]
        ann.says("bye")
        assert closing.ends() == []
        assert ended(ann) == ended(bob) == ["closing"]


def test_newcomers_are_refused_however_they_come():
    with opened({"chat": pair()}) as rehearsal:
        ann, _ = go(rehearsal, "chat", "ann", "bob")
        closing = Closing(rehearsal)
        receipt = rehearsal.person("cyd").says("hi")
        assert (receipt.seq, receipt.refused) == (0, RefusalReason.CLOSING)
        dan = rehearsal.person("dan").arrives(opens=True)
        assert (dan.heard, dan.place) == ([REFUSED], "door")
        ann.says("bye")
        closing.ends()


def test_nothing_new_begins_for_those_who_are_inside():
    tasks = {"chat": pair(), "echo": Echo, "ask": {"task_world": Echo, "onboard_world": Question}}
    with opened(tasks) as rehearsal:
        ann, _ = go(rehearsal, "chat", "ann", "bob")
        (cyd,) = go(rehearsal, "ask", "cyd")
        dan = rehearsal.person("dan")
        dan.says("hi")
        closing = Closing(rehearsal)
        dan.says("echo")
        assert (dan.heard, dan.place) == ([CLOSING, REFUSED, "welcome back"], "overworld")
        cyd.says("Cyd")
        assert (cyd.heard[-2:], cyd.place) == ([REFUSED, "welcome back"], "overworld")
        ann.says("bye")
        assert closing.ends() == []


def test_an_onboarding_is_a_conversation_too():
    with opened({"ask": {"task_world": Echo, "onboard_world": Question}}) as rehearsal:
        (ann,) = go(rehearsal, "ask", "ann")
        closing = Closing(rehearsal)
        assert closing.thread.is_alive()
        ann.says("Ann")
        assert closing.ends() == []


def test_hurrying_ends_the_grace():
    with opened({"chat": pair()}) as rehearsal:
        ann, _ = go(rehearsal, "chat", "ann", "bob")
        closing = Closing(rehearsal)
        rehearsal.service.hurry()
        assert closing.ends() == []
        assert ended(ann) == ["closing"]


def test_no_grace_stops_conversations_and_says_so():
    with opened({"chat": pair()}) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        assert rehearsal.service.close(grace_seconds=0) == []
        assert ann.heard[0] == CLOSING
        assert ended(bob) == ["closing"]
        assert len(rehearsal.service._runner) == 0


def test_worlds_in_every_state_are_stopped_and_shut_down():
    shut = []

    class Tidy(Small):
        def shutdown(self):
            shut.append(type(self).__name__)

    class Parked(Tidy):
        pass

    class Blocked(Tidy):
        def parley(self):
            self.agents[0].act_blocking()

    class Talking(Tidy):
        def parley(self):
            self.agents[0].observe({"text": "blah"})

    with opened({"parked": Parked, "blocked": Blocked, "talking": Talking}, max_workers=2) as rehearsal:
        for number, key in enumerate(("parked", "blocked", "talking") * 20):
            go(rehearsal, key, f"p{number}")
        assert rehearsal.service.close(grace_seconds=0) == []
    assert sorted(shut) == ["Blocked"] * 20 + ["Parked"] * 20 + ["Talking"] * 20


def test_author_code_that_will_not_stop_is_named(monkeypatch):
    monkeypatch.setattr("parleyrun.runner.runner.HURRIED_SECONDS", 0.1)
    go_on, began = threading.Event(), threading.Event()

    class Stubborn(Small):
        def parley(self):
            began.set()
            go_on.wait(60)

    rehearsal = opened({"echo": Echo, "stuck": Stubborn})
    rehearsal.service.start()
    go(rehearsal, "echo", "bob")
    for text in ("hi", "stuck"):
        rehearsal.channel.say("ann", text)
    assert began.wait(60)
    rehearsal.service.hurry()
    stuck = rehearsal.service.close()
    assert [str(run) for run in stuck] == ["stuck/t_1 (Stubborn)"]
    go_on.set()
    rehearsal.settle()


def test_who_has_a_seat_on_a_record_that_lasts_is_told_of_a_pause_and_of_no_end(tmp_path):
    tasks = {"chat": pair(), "ask": {"task_world": Echo, "onboard_world": Question}}
    with opened(tasks, record=tmp_path / "record.db") as rehearsal:
        seated = [*go(rehearsal, "chat", "ann", "bob", "cyd"), *go(rehearsal, "ask", "dan")]
        assert [person.place for person in seated] == ["task", "task", "waiting", "onboarding"]
        eve = rehearsal.person("eve")
        eve.says("hi")
        rehearsal.service.close(grace_seconds=0)
        for person in seated:
            assert KEPT in person.heard
            assert CLOSING not in person.heard
            assert ended(person) == []
        assert CLOSING in eve.heard
        assert KEPT not in eve.heard
        assert ended(eve) == ["closing"]


def test_closing_twice_is_harmless_and_says_nothing_twice():
    with opened({"chat": pair()}) as rehearsal:
        ann, _ = go(rehearsal, "chat", "ann", "bob")
        rehearsal.service.close(grace_seconds=0)
        heard, signals = ann.heard, ann.signals
        assert rehearsal.service.close(grace_seconds=0) == []
        assert (ann.heard, ann.signals) == (heard, signals)


def test_a_service_that_was_never_started_closes_at_once():
    began = time.monotonic()
    assert opened({"echo": Echo}).service.close() == []
    assert time.monotonic() - began < 10


def test_the_configs_grace_counts_where_none_is_given():
    with opened({"echo": Echo}, shutdown_grace=0) as rehearsal:
        go(rehearsal, "echo", "ann")
        assert rehearsal.service.close() == []


def test_nobody_gets_out_of_the_waiting_room_into_a_new_conversation_after_the_last_one_ended():
    with opened({"chat": pair()}) as rehearsal:
        ann, bob, cyd = go(rehearsal, "chat", "ann", "bob", "cyd")
        closing = Closing(rehearsal)
        ann.says("bye")
        assert closing.ends() == []
        assert cyd.heard == [CLOSING]
        assert bob.heard[:2] == [CLOSING, "bye"]


def test_events_that_come_after_the_end_break_nothing():
    rehearsal = opened({"echo": Echo})
    rehearsal.service.start()
    go(rehearsal, "echo", "ann")
    deliver, ann = rehearsal.service.deliver, rehearsal.person("ann")
    rehearsal.service.close(grace_seconds=0)
    for event in (
        Inbound(ann.id, "late", "late"),
        Arrived(ann.id, opens=True),
        Went(ann.id),
        TypingChanged(ann.id, True),
        DeliveredThrough(ann.id, 1),
        ReadThrough(ann.id, 1),
    ):
        deliver(event)
    heard, figures = ann.heard, rehearsal.service.counts()
    rehearsal.timers.advance(1000)
    assert ann.heard == heard
    assert rehearsal.service.counts().runs_started == figures.runs_started


def test_a_channel_that_cannot_open_closes_what_was_opened_before_it():
    class Busy(MemoryChannel):
        def start(self, deliver, log):
            raise ChannelError("the port is busy")

    first = MemoryChannel("first")
    app = App(opened({"echo": Echo}).app.plan, store=":memory:", channels=[first, Busy("second")])
    with pytest.raises(ChannelError, match="the port is busy"):
        app.start()
    with pytest.raises(RuntimeError, match="not open"):
        first.say("ann", "hi")


def test_an_overworld_that_knows_only_one_way_does_not_flood_its_person_while_closing():
    class OneWay(Small):
        def return_overworld(self):
            pass

        def parley(self):
            return "echo"

    with opened({"echo": Echo}, overworld=OneWay) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        for person in (ann, bob):
            person.says("hi")
        closing = Closing(rehearsal)
        ann.says("bye")
        assert ann.heard.count(REFUSED) <= 10
        assert ann.place == "gone"
        bob.says("bye")
        assert closing.ends() == []


def test_nobody_is_matched_any_more_while_closing():
    with opened({"chat": pair()}) as rehearsal:
        ann, _, cyd = go(rehearsal, "chat", "ann", "bob", "cyd")
        cyd.goes_away()
        (dan,) = go(rehearsal, "chat", "dan")
        closing = Closing(rehearsal)
        cyd.comes_back()
        assert cyd.place == dan.place == "waiting"
        dan.says("EXIT")
        assert dan.place == "overworld"
        ann.says("bye")
        assert closing.ends() == []


def test_a_match_that_was_being_made_when_the_doors_closed_comes_to_nothing():
    began, go_on = threading.Event(), threading.Event()

    class Slow(Echo):
        @staticmethod
        def assign_roles(agents):
            began.set()
            go_on.wait(60)
            for index, agent in enumerate(agents):
                agent.role = f"R{index}"

    with opened({"slow": pair(Slow), "chat": pair()}) as rehearsal:
        ann, _ = go(rehearsal, "chat", "ann", "bob")
        for name in ("cyd", "dan"):
            for text in ("hi", "slow"):
                rehearsal.channel.say(name, text)
        assert began.wait(60)
        settle, rehearsal.settle = rehearsal.settle, lambda: rehearsal.service._desk.wait_idle(10)
        closing = Closing(rehearsal)
        rehearsal.settle = settle
        go_on.set()
        settle()
        assert [person.place for person in rehearsal.people("cyd", "dan")] == ["waiting", "waiting"]
        ann.says("bye")
        assert closing.ends() == []
