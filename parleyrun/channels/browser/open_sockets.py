"""Open sockets: how many there are, and from where, so that newcomers leave room to those who are inside."""

from __future__ import annotations

import logging
import threading

from ...config.schema import Limits
from ...text import is_power_of_ten

log = logging.getLogger(__name__)

ADDRESSES_LOGGED = 20
NEWCOMERS_PERCENT = 90
"""Of the sockets there can be, newcomers may have so many; the rest is for those who come back to their seat."""


class OpenSockets:
    """Counts sockets. Any thread.

    Args:
        limits: How many may come from one address.
        most: How many there can be at all; None where nobody knows.
        uploads: Whether people may send files in some task.
    """

    def __init__(self, limits: Limits, most: int | None, *, uploads: bool = False) -> None:
        self.most = most
        self.limits = limits
        self._newcomers = None if most is None else max(1, most * NEWCOMERS_PERCENT // 100)
        self.uploads = uploads
        self._lock = threading.Lock()  # guards all below
        self._by_address: dict[str, int] = {}
        self._open = 0
        self._addresses_told: set[str] = set()
        self._crowded = 0

    def __len__(self) -> int:
        return self._open

    def opened(self, address: str) -> None:
        with self._lock:
            self._open += 1
            self._by_address[address] = self._by_address.get(address, 0) + 1

    def closed(self, address: str) -> None:
        with self._lock:
            self._open -= 1
            left = self._by_address[address] - 1
            if left:
                self._by_address[address] = left
            else:
                del self._by_address[address]

    @property
    def is_full(self) -> bool:
        """True while the sockets there are left are for those who come back."""
        return self._newcomers is not None and self._open >= self._newcomers

    def too_many(self) -> bool:
        """Return whether the newest socket is one too many, if it is a newcomer's."""
        too_many = self._newcomers is not None and self._open > self._newcomers
        if too_many:
            self._crowded += 1
            # The first is told, then the tenth, the hundredth, and so on.
            if is_power_of_ten(self._crowded):
                log.warning("full: %d connections are open, and newcomers are refused", self._open - 1)
        return too_many

    def too_many_from(self, address: str) -> bool:
        """Return whether more come from this address than may."""
        limit = self.limits.sessions_from(address)
        if limit is None or self._by_address.get(address, 0) <= limit:
            return False
        with self._lock:
            told = address in self._addresses_told or len(self._addresses_told) >= ADDRESSES_LOGGED
            if not told:
                self._addresses_told.add(address)
        if not told:
            log.warning(
                "more than %d connections from %s: newcomers are refused (limits.sessions_per_address); "
                "if that is a proxy, add it to channels.browser.trusted_proxies", limit, address,
            )  # fmt: skip
        return True
