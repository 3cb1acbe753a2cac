"""Client faults: what the web server logs of clients that speak no proper HTTP or websocket, kept short."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import h11

WINDOW_SECONDS = 60.0
TOLD_IN_A_WINDOW = 3
MOST_KINDS = 100

_OF_THE_CLIENT = (UnicodeError, h11.ProtocolError, ConnectionError)
"""What a client causes by what it sends: where in our code that shows is of no use to anybody."""


class ClientFaults(logging.Filter):
    """Lets a few records of each kind through in a minute, and says how many more there were.

    Anybody can send nonsense as fast as they like, and a log must not grow with it.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._kinds: dict[tuple[str, str], _Window] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, _OF_THE_CLIENT):
            record.msg = f"{record.getMessage().strip()} ({type(error).__name__}: {error})"
            record.args, record.exc_info, record.exc_text = (), None, None
            kind = ("client", type(error).__name__)
        else:
            kind = (str(record.msg)[:80], type(error).__name__)
        if kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            kind = ("other", "")
        more = self._kinds.setdefault(kind, _Window()).more(self._monotonic())
        if more is None:
            return False
        if more:
            record.msg = f"{record.getMessage()} (and {more} more like it since)"
            record.args = ()
        return True


class _Window:
    """How many records of one kind there were lately."""

    __slots__ = ("_began", "_left_out", "_told")

    def __init__(self) -> None:
        self._began = float("-inf")
        self._told = 0
        self._left_out = 0

    def more(self, now: float) -> int | None:
        """Take one more; None if it is to be left out, else how many were before it."""
        if now - self._began >= WINDOW_SECONDS:
            self._began, self._told = now, 0
        if self._told >= TOLD_IN_A_WINDOW:
            self._left_out += 1
            return None
        self._told += 1
        left_out, self._left_out = self._left_out, 0
        return left_out
