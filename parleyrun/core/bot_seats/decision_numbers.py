"""The numbers of a bot's decisions: a parley that is run again comes to the same ones."""

from __future__ import annotations

from typing import Literal

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

    def next(self, seq: int, kind: DecisionKind) -> int:
        """Return the number of a decision.

        Args:
            seq: How far the seat's log is, which names what was decided there.
            kind: What was decided.
        """
        if seq != self._seq:
            self._seq = seq
            self._counts = {}
        self._counts[kind] = count = self._counts.get(kind, 0) + 1
        return (seq * len(_KINDS) + _KINDS.index(kind)) * MOST_AT_ONE_LINE + count


def late_number() -> int:
    """Return a number for a decision that goes on record by itself: beyond those that a bot's turns have."""
    from secrets import randbits  # whoever only imports what authors use needs none

    return 2**52 + randbits(52)
