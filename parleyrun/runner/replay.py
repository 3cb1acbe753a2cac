"""Replay: taking a parley that was cut off up to where it was, without saying anything twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from ..core.message import Message
from .turn import Heard, Said

LOOKS_IN_VAIN_ALLOWED = 1_000


class Replay:
    """What a cut-off parley had heard and said, in order.

    While it lasts, `act()` returns what is on record instead of asking anybody, and what the world says is
    compared with the record instead of being said again. Used on the run's own thread.
    """

    def __init__(self, heard: Sequence[Heard], said: Sequence[Said]) -> None:
        self._heard = deque(heard)
        self._said = deque(said)
        self._looks_in_vain = 0

    @property
    def listening(self) -> bool:
        """True while there is something on record that the world has not heard again."""
        return bool(self._heard)

    @property
    def speaking(self) -> bool:
        """True while there is something on record that the world has not said again."""
        return bool(self._said)

    def hear(self, seat: int, wanted: Callable[[Message], bool]) -> Message | None:
        """Return what that seat heard next, or None if another's came first, or something that is not wanted."""
        if self._heard and self._heard[0].seat == seat and wanted(self._heard[0].message):
            self._looks_in_vain = 0
            return self._heard.popleft().message
        return None

    def in_vain(self) -> bool:
        """The world looks for mail where none is on record. True once that cannot be right any more."""
        self._looks_in_vain += 1
        return self._looks_in_vain > LOOKS_IN_VAIN_ALLOWED

    def say(self, participant_id: str, message: Message) -> str | None:
        """Compare what is said with the record; return what is wrong with it, None if it is the same."""
        if not self._said:
            return f"it said something to {participant_id} that is not on record"
        expected = self._said.popleft()
        if expected.participant_id != participant_id:
            return f"it spoke to {participant_id}, but on record to {expected.participant_id}"
        if expected.message != message:
            return f"it said something else to {participant_id} than what is on record"
        return None
