"""What came in and was left alone: counted by kind, and logged once for each."""

from __future__ import annotations

import logging
import threading
from collections import Counter

log = logging.getLogger(__name__)

MAX_KINDS = 100
OTHERS = "others"


class IgnoredEvents:
    """Counts. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards _counts: adding one is a look and a change
        self._counts: Counter[str] = Counter()

    def add(self, kind: str) -> None:
        """Count one of a kind. Beyond the first hundred kinds, all new ones are `others`."""
        with self._lock:
            if kind not in self._counts and len(self._counts) >= MAX_KINDS:
                kind = OTHERS
            self._counts[kind] += 1
            is_first = self._counts[kind] == 1
        if is_first:
            log.warning("the webhook got something that is left alone, from now on without a word: %s", kind)

    def counts(self) -> dict[str, int]:
        """Return how many there were of each kind."""
        with self._lock:
            return dict(self._counts)
