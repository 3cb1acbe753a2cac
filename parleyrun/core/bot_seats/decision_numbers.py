"""The numbers of a bot's decisions: a parley that is run again comes to the same ones."""

from __future__ import annotations

from typing import Literal

from ..model_answer import BotDecision, ModelAnswer

DecisionKind = Literal["spoke", "silent", "overtaken", "failed"]
"""What a bot's seat decides: see `BotDecision`."""

MOST_AT_ONE_LINE = 1_000
"""How many decisions of one kind there may be between two lines, for each to have a number of its own."""

_KINDS: tuple[DecisionKind, ...] = ("spoke", "silent", "overtaken", "failed")


class DecisionNumbers:
    """Of one seat. It is pickled with it."""

    def __init__(self) -> None:
        self._seq = 0
        self._counts: dict[DecisionKind, int] = {}

    def decision(
        self,
        record_id: str,
        seq: int,
        kind: DecisionKind,
        *,
        why: str,
        answer: ModelAnswer | None,
        line: int | None,
        at: float,
    ) -> BotDecision:
        """Return the next decision, as it goes on record.

        Args:
            record_id: The seat's.
            seq: How far the seat's log is, which names what was decided there.
            kind: What was decided.
            why: Why.
            answer: What it took; None where no model was asked.
            line: Which line it spoke; None where it did not.
            at: Wall time in seconds.
        """
        number = self._next(seq, kind)
        return BotDecision(
            participant_id=record_id, number=number, kind=kind, why=why, seq=line, at=at, answer=answer
        )

    def _next(self, seq: int, kind: DecisionKind) -> int:
        if seq != self._seq:
            self._seq = seq
            self._counts = {}
        self._counts[kind] = count = self._counts.get(kind, 0) + 1
        return (seq * len(_KINDS) + _KINDS.index(kind)) * MOST_AT_ONE_LINE + count


def late_number() -> int:
    """Return a number for a decision that goes on record by itself: beyond those that a bot's turns have."""
    from secrets import randbits  # whoever only imports what authors use needs none

    return 2**52 + randbits(52)
