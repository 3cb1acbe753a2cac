"""Unfinished messages of a socket, by themselves: for how long one may stay so, and who is given up."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from parleyrun.web.frames.unfinished_frames import MESSAGE_WITHIN_SECONDS, BoundedSocketProtocol
from parleyrun.web.kept_bytes import KeptBytes


class Protocol(BoundedSocketProtocol):
    """One without a socket, whose time comes when a test says so."""

    def __init__(self):
        self.timers, self.failed = [], []
        self.loop = SimpleNamespace(call_later=self._call_later)
        self.transport = SimpleNamespace(is_closing=lambda: self.is_closing)
        self.is_closing = self.read_paused = False
        self._limit = None
        self._unfinished = KeptBytes(100, "unfinished")

    def _call_later(self, seconds, call):
        assert seconds == MESSAGE_WITHIN_SECONDS
        timer = SimpleNamespace(call=call, cancelled=False)
        timer.cancel = lambda: setattr(timer, "cancelled", True)
        self.timers.append(timer)
        return timer

    def _fail(self, code, reason):
        self.failed.append((code, reason))


@pytest.fixture
def protocol():
    return Protocol()


def test_a_message_that_stays_unfinished_is_given_up_once(protocol):
    protocol._note(10)
    protocol._note(20)
    (timer,) = protocol.timers
    timer.call()
    assert (protocol.failed, protocol._unfinished.given_up) == ([(1008, "unfinished message")], 1)


def test_it_has_time_again_as_long_as_it_is_the_server_that_does_not_read_on(protocol):
    protocol._note(10)
    protocol.read_paused = True
    protocol.timers[0].call()
    assert (protocol.failed, len(protocol.timers)) == ([], 2)
    protocol._note(0)
    assert protocol.timers[1].cancelled


def test_a_socket_that_is_closing_by_itself_is_not_given_up(protocol):
    protocol._note(10)
    protocol.is_closing = True
    protocol.timers[0].call()
    assert (protocol.failed, protocol._unfinished.given_up) == ([], 0)


def test_too_much_of_all_together_gives_up_the_one_with_most(protocol):
    other = Protocol()
    other._unfinished = protocol._unfinished
    protocol._note(60)
    other._note(70)
    assert (protocol.failed, other.failed) == ([], [(1008, "unfinished message")])
