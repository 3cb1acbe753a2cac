"""What operators did, in memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import Any

from ..runner.turn import Said
from .operator_records import Control, HeldLine, LifeEvent, OperatorAct, ReleasedLine, life_from_acts

KEEP_ACTS = 10_000
KEEP_HELD = 1_000
"""How many held lines wait for an operator at most; the oldest make room."""


class MemoryActs:
    """The `KeepsActs` of a store in memory. Any thread."""

    def __init__(self) -> None:
        self._acts_lock = threading.Lock()  # guards all below
        self._acts: deque[OperatorAct] = deque(maxlen=KEEP_ACTS)
        self._controls: dict[str, Any] = {}
        self._held: dict[int, HeldLine] = {}
        self._held_so_far = 0

    def operator_acts(self, about: str | None = None, at_most: int = 100) -> list[OperatorAct]:
        with self._acts_lock:
            found = [act for act in reversed(self._acts) if about is None or act.target == about]
        return found[:at_most]

    def operator_act(self, number: int) -> OperatorAct | None:
        with self._acts_lock:
            return next((act for act in self._acts if act.number == number), None)

    def held_lines(self) -> list[HeldLine]:
        with self._acts_lock:
            return [*self._held.values()]

    def life_of(self, participant_id: str) -> list[LifeEvent]:
        """Return what operators did to somebody; what else happened is not on this record."""
        return life_from_acts(self.operator_acts(participant_id)[::-1])

    def _note_acts(
        self, acts: Iterable[OperatorAct], controls: Iterable[Control], released: Iterable[ReleasedLine]
    ) -> None:
        with self._acts_lock:
            self._acts.extend(acts)
            for control in controls:
                if control.value is None:
                    self._controls.pop(control.key, None)
                else:
                    self._controls[control.key] = control.value
            for line in released:
                self._held.pop(line.number, None)

    def _hold_line(self, said: Said, run_uid: str | None, now: float) -> None:
        if said.moderation is None or said.moderation.verdict != "held":
            return
        with self._acts_lock:
            self._held_so_far += 1
            self._held[self._held_so_far] = HeldLine(
                number=self._held_so_far,
                run_uid=run_uid,
                participant_id=said.participant_id,
                at=now,
                message=said.message,
                reason=said.moderation.reason,
            )
            while len(self._held) > KEEP_HELD:
                del self._held[next(iter(self._held))]

    def _drop_held(self, run_uid: str) -> None:
        """A run is over: nobody is shown any more what is held of it."""
        if self._held:
            with self._acts_lock:
                self._held = {number: line for number, line in self._held.items() if line.run_uid != run_uid}
