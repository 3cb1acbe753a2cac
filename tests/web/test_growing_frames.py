"""Words so far on real sockets: soon there, at a pace, and never more than one that waits."""

from __future__ import annotations

import threading

import pytest
from serving import Serving, serve

from parleyrun.core.message import Message
from parleyrun.events import Delivery
from parleyrun.signals import Growing, Typing
from parleyrun.web.frames.newest_frames import (
    CHARACTERS_PER_SECOND,
    LONGEST_PAUSE_SECONDS,
    PACE_SECONDS,
    NewestFrames,
)

CAUGHT_UP = Typing("Sam", True)
"""Shown once somebody has been sent what was said before; until then nobody's words grow on their screen."""


class Loop:
    """A loop whose time is moved by hand."""

    def __init__(self):
        self.now = 100.0
        self.timers = []

    def time(self):
        return self.now

    def call_later(self, seconds, work, *args):
        self.timers.append((self.now + seconds, work, args))
        return self

    def cancel(self):
        self.timers.clear()

    def move(self, seconds):
        self.now += seconds
        due, self.timers = self.timers, []
        for at, work, args in due:
            assert at == pytest.approx(self.now)
            work(*args)


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def newest():
    return NewestFrames()


class TestPace:
    def test_the_first_one_goes_at_once_and_then_one_each_moment(self, loop, newest):
        looks = []
        assert newest.put("Sam", lambda: "a")
        assert newest.take(loop, looks.clear) == "a"
        # The loop has nothing more to do: it must be woken again, but looks no sooner than it is time.
        assert newest.put("Sam", lambda: "b")
        assert newest.take(loop, lambda: looks.append(loop.now)) is None
        assert not newest.put("Sam", lambda: "c")
        assert newest.take(loop, lambda: looks.append(loop.now)) is None
        assert len(loop.timers) == 1
        loop.move(PACE_SECONDS)
        assert looks == [loop.now]
        assert newest.take(loop, looks.clear) == "c"
        assert not newest.frames

    def test_several_who_speak_take_turns(self, loop, newest):
        said = []
        for number in range(6):
            for name in ("Sam", "Kim"):
                newest.put(name, lambda name=name, number=number: f"{name} {number}")
            said.append(newest.take(loop, said.clear))
            loop.now += PACE_SECONDS
        assert said == ["Sam 0", "Kim 1", "Sam 2", "Kim 3", "Sam 4", "Kim 5"]

    @pytest.mark.parametrize(
        ("length", "pause_seconds"),
        [
            (10, PACE_SECONDS),
            (CHARACTERS_PER_SECOND // 2, 0.5),
            (CHARACTERS_PER_SECOND * 50, LONGEST_PAUSE_SECONDS),
        ],
    )
    def test_long_ones_follow_more_slowly(self, loop, newest, length, pause_seconds):
        newest.put("Sam", lambda: "x" * length)
        newest.take(loop, print)
        newest.put("Sam", lambda: "y")
        newest.take(loop, print)
        [(at, _, _)] = loop.timers
        assert at - loop.now == pytest.approx(pause_seconds)

    def test_what_is_withheld_is_not_made(self, loop, newest):
        newest.put("Sam", lambda: pytest.fail("it was made"))
        newest.withhold("Sam")
        newest.withhold("Kim")
        assert not newest.frames
        assert newest.take(loop, print) is None
        assert newest.put("Sam", lambda: "again")
        assert newest.take(loop, print) == "again"

    def test_a_closed_socket_leaves_no_timer(self, loop, newest):
        newest.put("Sam", lambda: "a")
        newest.take(loop, print)
        newest.put("Sam", lambda: "b")
        newest.take(loop, print)
        newest.close()
        assert loop.timers == []
        assert not newest.frames


class TestOnSockets:
    @pytest.fixture
    def serving(self, caplog):
        with serve(caplog) as place:
            yield place

    def participant(self, serving: Serving, token: str) -> str:
        person = serving.browser.participant_of(token)
        assert person is not None
        return person

    def test_words_so_far_arrive_and_the_line_comes_after_them(self, serving):
        ann = serving.visitor()
        ann.line("menu")
        who = self.participant(serving, ann.session["token"])
        serving.browser.signal(who, CAUGHT_UP)
        ann.get("typing")
        serving.browser.signal(who, Growing("Sam", "Once"))
        assert ann.get("growing") == {"type": "growing", "id": "Sam", "text": "Once"}
        serving.browser.signal(who, Growing("Sam", "Once upon"))
        assert ann.get("growing")["text"] == "Once upon"
        serving.browser.signal(who, Growing("Sam", "Once upon a"))
        serving.browser.send(Delivery(who, ann.newest + 1, Message("Once upon a time", id="Sam")))
        ann.line("Once upon a time")
        serving.browser.signal(who, Growing("Sam", "Then"))
        # What waited for its time when the line came is not sent after it.
        assert ann.get("growing")["text"] == "Then"
        assert [frame["type"] for frame in ann.passed_over if frame["type"] == "growing"] == []

    def test_a_fast_model_is_sent_at_the_pace_of_the_eye(self, serving):
        ann = serving.visitor()
        ann.line("menu")
        who = self.participant(serving, ann.session["token"])
        serving.browser.signal(who, CAUGHT_UP)
        ann.get("typing")
        for number in range(2_000):
            serving.browser.signal(who, Growing("Sam", "x" * (number + 1)))
        shown = [len(ann.get("growing")["text"])]
        while shown[-1] < 2_000:
            shown.append(len(ann.get("growing")["text"]))
        # The loop takes what it finds; a busy machine may give it more time among them.
        assert len(shown) < 20
        assert shown == sorted(shown)

    def test_words_so_far_pile_up_for_no_slow_reader(self, serving):
        client = serving.raw(receive_bytes=4_096)
        client.say(type="session", token=None, seq=0, entry={})
        session = client.read_json()
        who = self.participant(serving, session["token"])
        serving.browser.signal(who, CAUGHT_UP)
        while client.read_json()["type"] != "typing":
            pass
        text = "x" * 1_000_000

        def grow(speaker):
            for number in range(300):
                serving.browser.signal(who, Growing(speaker, f"{number} {text}"))

        threads = [threading.Thread(target=grow, args=(name,)) for name in ("Sam", "Kim")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # 600 MB were to be said. The socket is still good, and of what was not sent only the newest has waited.
        serving.browser.send(Delivery(who, 2, Message("whole", id="Sam")))
        seen = []
        while not seen or seen[-1] != ("message", "whole"):
            frame = client.read_json()
            if frame["type"] in ("growing", "message"):
                seen.append((frame["type"], frame["text"].partition(" ")[0]))
        assert len([kind for kind, _ in seen if kind == "growing"]) <= 4
