"""The tally of conversations: how many go on now, and how those ended that are over."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCounts:
    """How many conversations go on `now`, how many have `finished`, and how many `ended` otherwise, by outcome.

    Overworlds and onboardings are none. Those that ended under earlier starts on the same record count too.
    """

    now: int
    finished: int
    ended: Mapping[str, int]


class ConversationTally:
    """Knows which conversations go on, and counts how they end; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards all below
        self._now: set[str] = set()
        self._ended: Counter[str] = Counter()
        self._is_frozen = False

    def went_before(self, ended: Mapping[str, int]) -> None:
        """Count those of earlier starts, by their outcome."""
        with self._lock:
            self._ended.update(ended)

    def began(self, uid: str) -> None:
        """A conversation began, or goes on after a restart."""
        with self._lock:
            self._now.add(uid)

    def is_held(self, uid: str) -> None:
        """A conversation cannot go on, and has not ended."""
        with self._lock:
            self._now.discard(uid)

    def ended(self, uid: str, outcome: str) -> None:
        """A conversation is over."""
        with self._lock:
            if not self._is_frozen:
                self._now.discard(uid)
                self._ended[outcome] += 1

    def freeze(self) -> None:
        """From here on conversations are stopped to go on with the next start, which ends none."""
        with self._lock:
            self._is_frozen = True

    def counts(self) -> ConversationCounts:
        """Return what there is now."""
        with self._lock:
            ended = dict(self._ended)
            return ConversationCounts(now=len(self._now), finished=ended.pop(FINISHED, 0), ended=ended)
