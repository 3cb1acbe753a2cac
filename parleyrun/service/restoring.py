"""Restoring: everybody back to where they were when the process ended."""

from __future__ import annotations

import logging
from functools import partial

from ..config.plan import TaskPlan
from ..store.protocol import PoolRecord, Saved, SavedRun, SessionRecord
from .desk import Desk
from .journey import Journey
from .launching import Launcher
from .places.departures import Departures
from .places.tasks import SavedSeat
from .presence import PresenceTracker
from .reentry import Followups
from .session_table import Sessions
from .sessions import At, Session

log = logging.getLogger(__name__)


class Restoring:
    """Goes through what a store has saved, once, on the desk, before the doors open.

    Nobody is connected yet, so everybody counts as away and has the grace to come back; but for those who have no
    connection to come back with. Who was outside is put back once they come, unless there is mail of theirs.
    """

    def __init__(
        self,
        saved: Saved,
        desk: Desk,
        sessions: Sessions,
        launcher: Launcher,
        journey: Journey,
        presence: PresenceTracker,
        departures: Departures,
    ) -> None:
        self._saved = saved
        self._desk = desk
        self._launcher = launcher
        self._sessions = sessions
        self._journey = journey
        self._presence = presence
        self._departures = departures
        self._runs = {run.record.identity.uid: run for run in saved.runs}
        self._pool = {entry.participant_id: entry for entry in saved.pool}
        self._back: dict[str, Session] = {}
        self._entering: set[str] = set()
        self._waiting_runs: dict[str, SavedRun] = {}

    def everybody(self) -> None:
        """Restore all sessions, then the runs they are in.

        Of whom the config asks something new, a password or an onboarding, that comes first; whatever they are in
        waits for it.
        """
        self._launcher.continue_numbers(self._saved.run_counts)
        self._launcher.count_earlier(self._saved.conversations_ended)
        self._back = {record.participant_id: self._session(record) for record in self._saved.sessions}
        for session in self._back.values():
            if not session.present and (session.here or len(session.mailbox)):
                # Outside too, as what they wrote last will let them in, though perhaps nobody is there any more.
                self._presence.begin_grace(session)
            if session.here:
                self._come_in(session)
            else:
                self._journey.door.restore(session)
        for run in self._saved.runs:
            if run.record.kind == "task":
                self._task(run)
            elif not self._is_somebodys(run):
                self._launcher.abandon(run, "nobody is in it any more")
        self._journey.tasks.waiting.look_at_all()
        is_held = {held.run for held in self._journey.holding.held}
        conversations = [
            f"{run.record.identity.group}/{run.record.identity.task_id}"
            for run in self._saved.runs
            if run.record.kind == "task" and run.outcome is None
        ]
        going_on = [name for name in conversations if name not in is_held]
        log.info(
            "restored %d people and %d conversations%s",
            len(self._back), len(going_on), f", held {len(is_held)} more" if is_held else "",
        )  # fmt: skip

    def _session(self, record: SessionRecord) -> Session:
        session, _ = self._sessions.get_or_create(record.participant_id)
        self._departures.fill(session, record, self._saved.mail.get(session.id, ()))
        return session

    def _come_in(self, session: Session) -> None:
        """Ask somebody inside for all that is new, then put them back."""
        # Who waits is onboarded as anybody is on the way to a pool.
        onboarding = self._new_onboarding(session) if session.at is At.TASK else None
        if onboarding is None and not self._journey.door.asks(session):
            self._journey.door.leave_gate(session)
            self._place(session)
            return
        self._entering.add(session.id)
        then = Followups(
            passed=partial(self._passed, session),
            refused=partial(self._refused, session),
            left=partial(self._gone, session),
        )
        self._journey.reentry.begin(session, onboarding, then)

    def _new_onboarding(self, session: Session) -> TaskPlan | None:
        """Return the task that somebody waits for or is in, if its onboarding is new to them."""
        onboarded = self._saved.onboarded
        if onboarded is None or session.at not in (At.TASK, At.WAITING) or session.task is None:
            return None
        if (session.id, session.task) in onboarded:
            return None
        return self._journey.tasks.with_onboarding(session.task)

    def _place(self, session: Session) -> None:
        """Put somebody back who is inside."""
        self._journey.overworlds.restore(session, self._runs.get(session.overworld_uid or ""))
        if session.at is At.ONBOARDING:
            self._journey.tasks.onboarding.restore(session, self._runs.get(session.run_uid or ""))
        elif session.at is At.AFTERWARDS:
            self._journey.tasks.afterwards.restore(session, self._runs.get(session.run_uid or ""))
        elif session.at is At.WAITING:
            entry = self._pool.get(session.id) or PoolRecord(session.id, session.task or "", session.since)
            is_new, run = self._new_onboarding(session) is not None, self._runs.get(session.run_uid or "")
            self._journey.tasks.restore_waiting(session, entry, onboard=is_new, run=run)
        elif session.at is At.TASK and session.run_uid not in self._runs:
            # Their conversation is not on record: bring them back.
            self._desk.put(self._journey.to_overworld, session)

    def _passed(self, session: Session) -> None:
        self._entering.discard(session.id)
        self._place(session)
        self._journey.tasks.waiting.look_at_all()
        self._go_on(session.run_uid)

    def _refused(self, session: Session) -> None:
        """Their new onboarding has turned somebody away: they leave what they were in."""
        self._entering.discard(session.id)
        uid = session.run_uid
        self._journey.overworlds.restore(session, self._runs.get(session.overworld_uid or ""))
        self._desk.put(self._journey.to_overworld, session)
        self._desk.put(self._go_on, uid)

    def _gone(self, session: Session) -> None:
        """Somebody stayed away for too long before they were back in."""
        self._entering.discard(session.id)
        self._journey.leave_pool(session)
        for uid in (session.overworld_uid, session.run_uid):
            run = self._runs.get(uid or "")
            if run is not None and run.record.kind != "task":
                self._launcher.abandon(run, "its person has left")
        self._desk.put(self._go_on, session.run_uid)

    def _go_on(self, uid: str | None) -> None:
        """Somebody is back in a conversation, or has left it: perhaps it need not wait any more."""
        run = self._waiting_runs.pop(uid or "", None)
        if run is not None:
            self._task(run)

    def _task(self, run: SavedRun) -> None:
        uid = run.record.identity.uid
        seats = []
        for participant_id, role in run.record.seats:
            # Somebody who left long ago may be forgotten, but their seat is still there.
            session = self._back.get(participant_id) or Session(participant_id, self._sessions.seat_kind)
            has_left = session.at is not At.TASK or session.run_uid != uid
            seats.append(SavedSeat(session, role, has_left))
        staying = [seat.session for seat in seats if not seat.has_left]
        if not staying:
            self._launcher.abandon(run, "everybody has left")
        elif any(session.id in self._entering for session in staying):
            self._waiting_runs[uid] = run
            for seat in seats:
                if not seat.has_left:
                    # A seat that no world has yet: screens show the role while the conversation waits.
                    agent = seat.session.take_seat()
                    agent.disp_id = seat.role
                    agent.nameless = self._journey.tasks.is_nameless(run.record.task)
            for session in staying:
                if session.id not in self._entering:
                    self._journey.tell_to_wait(session)
        else:
            self._journey.tasks.restore(run, seats)

    def _is_somebodys(self, run: SavedRun) -> bool:
        session = self._back.get(run.record.seats[0][0]) if run.record.seats else None
        return session is not None and run.record.identity.uid in (session.overworld_uid, session.run_uid)
