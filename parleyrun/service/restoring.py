"""Restoring: everybody back to where they were when the process ended."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..store.pickling import unpickle
from ..store.protocol import PoolRecord, Saved, SavedRun, SessionRecord
from .desk import Desk
from .journey import Journey
from .launching import Launcher
from .places.tasks import SavedSeat
from .presence import PresenceTracker
from .sessions import At, Session, Sessions

log = logging.getLogger(__name__)


class Restoring:
    """Goes through what a store has saved, once, on the desk, before the doors open.

    Nobody is connected yet, so everybody counts as away and has the grace to come back; but for those of whom
    `is_connectionless(participant_id)` says that they have no connection to come back with.
    """

    def __init__(
        self,
        saved: Saved,
        desk: Desk,
        sessions: Sessions,
        launcher: Launcher,
        journey: Journey,
        presence: PresenceTracker,
        is_connectionless: Callable[[str], bool],
    ) -> None:
        self._saved = saved
        self._desk = desk
        self._launcher = launcher
        self._sessions = sessions
        self._journey = journey
        self._presence = presence
        self._is_connectionless = is_connectionless
        self._runs = {run.record.identity.uid: run for run in saved.runs}
        self._pool = {entry.participant_id: entry for entry in saved.pool}

    def everybody(self) -> None:
        """Restore all sessions, then the runs they are in."""
        self._launcher.continue_numbers(self._saved.run_counts)
        sessions = {record.participant_id: self._session(record) for record in self._saved.sessions}
        for session in sessions.values():
            self._place(session)
        for run in self._saved.runs:
            if run.record.kind == "task":
                self._task(run, sessions)
            elif not self._is_somebodys(run, sessions):
                self._launcher.abandon(run, "nobody is in it any more")
        self._journey.tasks.waiting.look_at_all()
        held = len(self._journey.holding.held)
        log.info(
            "restored %d people and %d runs%s",
            len(sessions), len(self._saved.runs) - held, f", held {held} runs" if held else "",
        )  # fmt: skip

    def _session(self, record: SessionRecord) -> Session:
        session, _ = self._sessions.get_or_create(record.participant_id)
        if self._is_connectionless(session.id):
            session.arrived()
        else:
            session.went_away()
        session.restore(
            record,
            data=unpickle(record.data, f"the data of {session.id}") or {},
            onboard_data=unpickle(record.onboard_data, f"the onboard_data of {session.id}"),
            mail=self._saved.mail.get(session.id, ()),
        )
        return session

    def _place(self, session: Session) -> None:
        if not session.present and (session.here or len(session.mailbox)):
            # Outside too, as what they wrote last will let them in, though perhaps nobody is there any more.
            self._presence.begin_grace(session)
        if not session.here:
            self._journey.door.restore(session)
            return
        self._journey.overworlds.restore(session, self._runs.get(session.overworld_uid or ""))
        if session.at is At.ONBOARDING:
            self._journey.tasks.onboarding.restore(session, self._runs.get(session.run_uid or ""))
        elif session.at is At.WAITING:
            entry = self._pool.get(session.id) or PoolRecord(session.id, session.task or "", session.since)
            self._journey.tasks.restore_waiting(session, entry)
        elif session.at is At.TASK and session.run_uid not in self._runs:
            # Their conversation is not on record: bring them back.
            self._desk.put(self._journey.to_overworld, session)

    def _task(self, run: SavedRun, sessions: dict[str, Session]) -> None:
        uid = run.record.identity.uid
        seats = []
        for participant_id, role in run.record.seats:
            # Somebody who left long ago may be forgotten, but their seat is still there.
            session = sessions.get(participant_id) or Session(participant_id)
            has_left = session.at is not At.TASK or session.run_uid != uid
            seats.append(SavedSeat(session, role, has_left))
        if all(seat.has_left for seat in seats):
            self._launcher.abandon(run, "everybody has left")
        else:
            self._journey.tasks.restore(run, seats)

    def _is_somebodys(self, run: SavedRun, sessions: dict[str, Session]) -> bool:
        session = sessions.get(run.record.seats[0][0]) if run.record.seats else None
        return session is not None and run.record.identity.uid in (session.overworld_uid, session.run_uid)
