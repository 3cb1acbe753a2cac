"""Kept bytes: a bound on what is held in memory for all sockets together."""

from __future__ import annotations

import logging
from typing import Protocol

from ..text import is_power_of_ten

log = logging.getLogger(__name__)


class KeepsBytes(Protocol):
    """Somebody for whom bytes are kept."""

    def give_up(self) -> None:
        """On the loop: let go of all that is kept, and of the socket."""


class KeptBytes:
    """Counts what is kept. On the loop, but for `given_up`.

    When it is too much, whoever has most of it is given up: that is hardly somebody who only talks.

    Args:
        most_bytes: How much is kept at the same time, of all together.
        what: What it is, for the log.
    """

    def __init__(self, most_bytes: int, what: str) -> None:
        self.given_up = 0
        """How many sockets were closed for it. Any thread."""
        self._most_bytes = most_bytes
        self._what = what
        self._kept: dict[KeepsBytes, int] = {}
        self._all_bytes = 0

    def note(self, holder: KeepsBytes, kept_bytes: int) -> None:
        """So much is kept for this one now."""
        before = self._kept.pop(holder, 0)
        self._all_bytes += kept_bytes - before
        if kept_bytes:
            self._kept[holder] = kept_bytes
        while self._all_bytes > self._most_bytes:
            largest = max(self._kept, key=self._kept.__getitem__)
            self._all_bytes -= self._kept.pop(largest)
            self.note_given_up()
            largest.give_up()

    def note_given_up(self) -> None:
        """A socket is closed for what is kept for it."""
        self.given_up += 1
        # The first is told, then the tenth, the hundredth, and so on.
        if is_power_of_ten(self.given_up):
            log.warning("closed %d of the sockets with most of %s so far", self.given_up, self._what)
