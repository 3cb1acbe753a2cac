"""Who talks with nobody but a bot sees at once that it has read their words, and that it types."""

import time

import pytest
from slow_bot import PATIENCE_SECONDS, slow_bot_on
from small_worlds import Echo, Small, go, opened, pair

from parleyrun.signals import ReadMark, Typing


def signs(person, since=0):
    return [signal for signal in person.signals[since:] if isinstance(signal, ReadMark | Typing)]


def until(looks_right):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not looks_right():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("durable", [False, True])
def test_a_bot_that_thinks_for_four_seconds_types_for_four_seconds(tmp_path, durable):
    timers = []
    record = tmp_path / "record.db" if durable else None
    with opened({"bot": slow_bot_on(timers)}, record=record) as rehearsal:
        timers.append(rehearsal.timers)
        (ann,) = go(rehearsal, "bot", "ann")
        before, receipts = len(ann.signals), []
        rehearsal.channel.say("ann", "tea", then=receipts.append)
        until(lambda: len(signs(ann, before)) == 2)
        assert signs(ann, before) == [ReadMark("", receipts[0].seq), Typing("", True)]
        rehearsal.timers.advance(3.9)
        ann.sees_nothing_new()
        rehearsal.timers.advance(0.2, rehearsal.settle)
        ann.sees("I thought about tea")
        assert len(signs(ann, before)) == 2  # what is said ends the typing by itself


def test_a_world_that_does_not_answer_types_no_more(tmp_path):
    class Listens(Small):
        def parley(self):
            self.agents[0].act()

    with opened({"listen": Listens}) as rehearsal:
        (ann,) = go(rehearsal, "listen", "ann")
        before = len(ann.signals)
        seq = ann.says("hello").seq
        assert signs(ann, before) == [ReadMark("", seq), Typing("", True), Typing("", False)]


def test_an_overworld_reads_too(tmp_path):
    with opened({"echo": Echo}) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        before = len(ann.signals)
        seq = ann.says("echo").seq
        assert signs(ann, before) == [ReadMark("", seq), Typing("", True), Typing("", False)]


def test_what_somebody_writes_while_they_wait_is_read_and_answered():
    with opened({"chat": pair()}) as rehearsal:
        (ann,) = go(rehearsal, "chat", "ann")
        before = len(ann.signals)
        seq = ann.says("anybody?").seq
        assert signs(ann, before) == [ReadMark("", seq), Typing("", True)]
        ann.sees("wait")


def test_people_with_partners_are_not_read_by_a_bot():
    with opened({"chat": pair()}) as rehearsal:
        ann, _ = go(rehearsal, "chat", "ann", "bob")
        before = len(ann.signals)
        ann.says("hello")
        assert signs(ann, before) == []


class TestTheAuthorsHook:
    def test_it_adds_to_what_is_shown(self):
        asked = []
        with opened({"echo": Echo}, hooks={"handle_bot_read": asked.append}) as rehearsal:
            (ann,) = go(rehearsal, "echo", "ann")
            before, asked[:] = len(ann.signals), []
            seq = ann.says("hello").seq
            assert asked == [ann.id]
            assert ReadMark("", seq) in signs(ann, before)
            # It is told on a thread of its own, and the answer may be there before it.
            assert signs(ann, before)[-1] in (ReadMark("", seq), Typing("", True))

    def test_it_replaces_it_by_returning_false(self):
        with opened({"echo": Echo}, hooks={"handle_bot_read": lambda participant_id: False}) as rehearsal:
            (ann,) = go(rehearsal, "echo", "ann")
            before = len(ann.signals)
            ann.says("hello")
            ann.sees("hello")
            assert signs(ann, before) == []
