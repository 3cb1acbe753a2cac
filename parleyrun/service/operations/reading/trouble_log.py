"""The trouble log: the last warnings and errors of the process, kept for operators, and counted by kind."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from .study_results import TroubleRow, TroublesFound

KEPT = 500
MOST_KINDS = 200
LONGEST_TEXT = 4_000
LONGEST_TRACEBACK = 20_000
OTHER = "other"
"""What is counted under no kind of its own, as there are too many."""


class TroubleLog(logging.Handler):
    """Keeps what the log says that somebody may have to do something about. Any thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._guard = threading.Lock()  # guards all below
        self._kept: deque[TroubleRow] = deque(maxlen=KEPT)
        self._kinds: Counter[str] = Counter()
        self._levels: Counter[str] = Counter()
        self._sources: Counter[tuple[str, str]] = Counter()
        self._last_resort: logging.Handler | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear all that is logged in this process, for as long as that lasts."""
        root = logging.getLogger()
        # Where nobody has set up any logging, Python shows warnings by itself, but only while nobody listens.
        self._last_resort = None if root.handlers else logging.lastResort
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what was logged. What cannot be written out goes where logging has its own mistakes."""
        try:
            row = self._row(record)
        except Exception:  # whoever logs must not suffer from it
            self.handleError(record)
            return
        with self._guard:
            kind = row.kind if row.kind in self._kinds or len(self._kinds) < MOST_KINDS else OTHER
            self._kinds[kind] += 1
            level = "warning" if record.levelno < logging.ERROR else "error"
            self._levels[level] += 1
            source = row.kind.partition(":")[0]
            known = (level, source) in self._sources or len(self._sources) < MOST_KINDS
            self._sources[level, source if known else OTHER] += 1
            self._kept.append(row)
        if self._last_resort is not None and not logging.getLogger().handlers[1:]:
            self._last_resort.handle(record)

    def found(self, kind: str | None, at_most: int) -> TroublesFound:
        """Return the last ones, of one kind or of all, newest first."""
        with self._guard:
            rows, kinds = [*self._kept], dict(self._kinds.most_common())
        wanted = (row for row in reversed(rows) if kind in (None, row.kind))
        return TroublesFound(troubles=tuple(islice(wanted, at_most)), kinds=kinds)

    def count(self, level: str) -> int:
        """Return how many there were: of `warning` or of `error`."""
        with self._guard:
            return self._levels[level]

    def sources(self) -> dict[tuple[str, str], int]:
        """Return how many there were, by level and by where they come from: a class of error, or a logger.

        There is nothing in it that is said of anybody.
        """
        with self._guard:
            return dict(self._sources)

    def _row(self, record: logging.LogRecord) -> TroubleRow:
        text = record.getMessage()
        traceback, error = None, None
        if record.exc_info and record.exc_info[1] is not None:
            error = type(record.exc_info[1]).__name__
            traceback = logging.Formatter().formatException(record.exc_info)[-LONGEST_TRACEBACK:]
        return TroubleRow(
            number=self._number(),
            at=record.created,
            level=record.levelname.lower(),
            logger=record.name,
            kind=error or f"{record.name}: {str(record.msg)[:80]}",
            text=text[:LONGEST_TEXT],
            traceback=traceback,
        )

    def _number(self) -> int:
        with self._guard:
            return self._levels.total() + 1
