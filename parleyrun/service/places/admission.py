"""Admission: who may not come in just now, so that those who are inside have what they need."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ...config.schema import Limits
from ...config.texts import Texts
from ...text import is_power_of_ten
from ..sessions import Session

log = logging.getLogger(__name__)

ADDRESSES_LOGGED = 20


class Admission:
    """Counts who is inside, by the address they came from. Runs on the desk.

    Args:
        limits: How many may be inside from one address.
        texts: The sentences that newcomers are refused with.
        has_room: Says whether the worlds of one more person can be run.
    """

    def __init__(self, limits: Limits, texts: Texts, has_room: Callable[[], bool]) -> None:
        self.refused = 0
        """How often somebody was refused."""
        self._limits = limits
        self._texts = texts
        self._has_room = has_room
        self._inside: dict[str, int] = {}
        self._addresses: dict[str, str] = {}  # of those who are counted
        self._crowded = 0
        self._addresses_told: set[str] = set()

    def refusal(self, session: Session) -> str | None:
        """Return the sentence that somebody outside is refused with; None if they may come in."""
        limit = self._limits.sessions_from(session.address)
        if limit is not None and self._inside.get(session.address, 0) >= limit:
            self._tell_of_address(session.address, limit)
            sentence = self._texts.address_full
        elif not self._has_room():
            self._crowded += 1
            # The first is told, then the tenth, the hundredth, and so on.
            if is_power_of_ten(self._crowded):
                log.warning(
                    "full: newcomers are refused (%d so far), as max_threads worlds wait inside parley(), "
                    "or there has been no host for a while",
                    self._crowded,
                )
            sentence = self._texts.full
        else:
            return None
        self.refused += 1
        return sentence

    def entered(self, session: Session) -> None:
        """Somebody is inside, or was all the time and says only now from where."""
        if session.address and session.id not in self._addresses:
            self._addresses[session.id] = session.address
            self._inside[session.address] = self._inside.get(session.address, 0) + 1

    def left(self, session: Session) -> None:
        """Somebody is outside."""
        address = self._addresses.pop(session.id, None)
        if address is not None:
            left = self._inside[address] - 1
            if left:
                self._inside[address] = left
            else:
                del self._inside[address]

    def _tell_of_address(self, address: str, limit: int) -> None:
        if address not in self._addresses_told and len(self._addresses_told) < ADDRESSES_LOGGED:
            self._addresses_told.add(address)
            log.warning(
                "%d people from %s are inside, and more are refused (limits.sessions_per_address); if that is a "
                "proxy, add it to channels.browser.trusted_proxies", limit, address,
            )  # fmt: skip
