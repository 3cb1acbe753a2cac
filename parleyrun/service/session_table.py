"""The table of sessions: everybody whom the service knows."""

from __future__ import annotations

import threading

from ..runner.person import PersonAgent
from .sessions import Session

KEEP_GONE = 1_000
"""How many people who have gone are kept in memory, where the store does not know them."""


class Sessions:
    """Everybody the service knows. `seat_kind` is what their seats are."""

    def __init__(self, keep_gone: int = KEEP_GONE, seat_kind: type[PersonAgent] = PersonAgent) -> None:
        self.seat_kind = seat_kind
        self._sessions: dict[str, Session] = {}
        self._gone: dict[str, None] = {}  # in the order in which they went
        self.lock = threading.Lock()
        """Held while somebody outside is let go of, or gets mail."""
        self._keep_gone = keep_gone

    def get(self, participant_id: str) -> Session | None:
        return self._sessions.get(participant_id)

    def known_or_fresh(self, participant_id: str) -> Session:
        """Return the participant's session, or one that is in no table, for somebody who is not known."""
        return self._sessions.get(participant_id) or Session(participant_id, self.seat_kind)

    def get_or_create(self, participant_id: str) -> tuple[Session, bool]:
        """Return the participant's session, and whether it is new. Any thread."""
        session = self._sessions.get(participant_id)
        if session is not None:
            return session, False
        fresh = Session(participant_id, self.seat_kind)
        # setdefault is atomic, so of two threads that meet a newcomer only one gets to see `True`.
        session = self._sessions.setdefault(participant_id, fresh)
        return session, session is fresh

    def went(self, session: Session) -> list[str]:
        """Note that somebody is outside and out of sight; return the ids of those who are forgotten for it."""
        self._gone[session.id] = None
        forgotten = []
        for oldest in list(self._gone)[: -self._keep_gone]:
            with self.lock:
                if not len(self._sessions[oldest].mailbox):  # else their words are about to knock at the door
                    self._sessions.pop(oldest, None)
                    del self._gone[oldest]
                    forgotten.append(oldest)
        return forgotten

    def remove(self, session: Session) -> None:
        """Let go of somebody. Under the lock."""
        self._gone.pop(session.id, None)
        self._sessions.pop(session.id, None)

    def came_back(self, session: Session) -> None:
        self._gone.pop(session.id, None)

    def everybody(self) -> list[Session]:
        """Return all sessions of this moment. Any thread."""
        return list(self._sessions.values())
