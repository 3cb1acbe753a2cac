"""Typing: whoever types is shown to do so for as long as they do, which Messenger forgets after a moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ....runner.timers import Timer, Timers
from .send_queues import Action

RENEW_SECONDS = 15.0
"""Messenger shows typing for about 20 s."""

LONGEST_SECONDS = 180.0
"""How long somebody is shown to type who never says that they stopped."""

SLOT = "typing"

SendAction = Callable[[str, str, Action], None]


class _Sign:
    __slots__ = ("body", "timer", "until")

    def __init__(self, body: Mapping[str, Any], until: float) -> None:
        self.body = body
        self.until = until
        self.timer: Timer | None = None


class TypingIndicators:
    """Keeps up the signs that are shown now. Any thread; `act` sends an action and returns at once."""

    def __init__(self, timers: Timers, act: SendAction) -> None:
        self._timers = timers
        self._act = act
        self._lock = threading.Lock()  # guards _signs
        self._signs: dict[str, _Sign] = {}

    def show(self, participant_id: str, persona_id: str | None) -> None:
        """Somebody types, under that persona if there is one."""
        body = {"sender_action": "typing_on"} | ({} if persona_id is None else {"persona_id": persona_id})
        until = self._timers.clock.monotonic() + LONGEST_SECONDS
        with self._lock:
            sign = self._signs.get(participant_id)
            if sign is not None and sign.body == body:
                sign.until = until  # it is shown already
                return
            self._end(participant_id)
            sign = self._signs[participant_id] = _Sign(body, until)
            self._renew_later(participant_id, sign)
        self._send(participant_id, body)

    def stop(self, participant_id: str) -> None:
        """Nobody types any more."""
        with self._lock:
            was_shown = self._end(participant_id)
        if was_shown:
            self._send(participant_id, {"sender_action": "typing_off"})

    def spoken(self, participant_id: str) -> None:
        """A line is sent to them, which ends the sign by itself."""
        with self._lock:
            self._end(participant_id)

    def close(self) -> None:
        """Renew no sign any more."""
        with self._lock:
            for participant_id in list(self._signs):
                self._end(participant_id)

    def _end(self, participant_id: str) -> bool:
        sign = self._signs.pop(participant_id, None)
        if sign is not None and sign.timer is not None:
            sign.timer.cancel()
        return sign is not None

    def _renew_later(self, participant_id: str, sign: _Sign) -> None:
        sign.timer = self._timers.call_later(RENEW_SECONDS, partial(self._renew, participant_id, sign))

    def _renew(self, participant_id: str, sign: _Sign) -> None:
        with self._lock:
            if self._signs.get(participant_id) is not sign:
                return
            if self._timers.clock.monotonic() >= sign.until:
                self._end(participant_id)
                return
            self._renew_later(participant_id, sign)
        self._send(participant_id, sign.body)

    def _send(self, participant_id: str, body: Mapping[str, Any]) -> None:
        self._act(participant_id, SLOT, Action(body, self._timers.clock.monotonic() + RENEW_SECONDS))
