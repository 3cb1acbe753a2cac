"""Console sessions: operators who have shown their token, by a cookie that is worth nothing without this table."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from ...service.operations.request_lines import Role

MOST_SESSIONS = 64
"""How many may be in with the same role: who may only look pushes out nobody who acts."""

LASTS_SECONDS = 12 * 3600.0
"""How long somebody is let in by their cookie, whatever they do meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSession:
    """Somebody who was let in.

    Attributes:
        role: What they may do.
        name: Who they say they are, for the record.
        check: What their own pages send along with what changes something, and no other page knows.
        until: When it is over, on the table's clock.
    """

    role: Role
    name: str
    check: str = field(repr=False)
    until: float

    def is_from_own_page(self, given: str) -> bool:
        """Whether that is what only our own pages know."""
        return hmac.compare_digest(given.encode("latin-1", "replace"), self.check.encode())


class ConsoleSessions:
    """The table of sessions. Of too many with one role the oldest goes. One thread.

    Args:
        monotonic: What time it is, in seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._sessions: dict[bytes, ConsoleSession] = {}  # the oldest is first

    def open(self, role: Role, name: str) -> str:
        """Let somebody in, and return what their cookie is to hold."""
        key = secrets.token_urlsafe(32)
        until = self._monotonic() + LASTS_SECONDS
        self._sessions[_hashed(key)] = ConsoleSession(
            role=role, name=name, check=secrets.token_urlsafe(24), until=until
        )
        alike = [each for each, session in self._sessions.items() if session.role == role]
        for oldest in alike[:-MOST_SESSIONS]:
            del self._sessions[oldest]
        return key

    def find(self, key: str) -> ConsoleSession | None:
        """Return the session of a cookie; None if there is none, or none any more."""
        session = self._sessions.get(_hashed(key))
        if session is not None and self._monotonic() >= session.until:
            self.close(key)
            return None
        return session

    def close(self, key: str) -> None:
        """Let somebody in no longer."""
        self._sessions.pop(_hashed(key), None)


def _hashed(key: str) -> bytes:
    # Of one length and unlike the key itself: how long a look takes tells nothing of a cookie.
    return sha256(key.encode("latin-1", "replace")).digest()
