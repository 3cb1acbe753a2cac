"""Holding: conversations on record that do not fit the config are kept as they are, until one fits again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ..config.plan import Plan
from ..core.message import EXIT, Message
from ..store.protocol import RunRecord, SavedRun
from ..text import nearest
from .announcements import Announcements
from .current_plan import CurrentPlan
from .sessions import Session

log = logging.getLogger(__name__)

RUNS_LOGGED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRun:
    """A run that is held. `run` is what `transcripts` knows it by, `people` how many wait in it."""

    run: str
    task: str
    people: int
    reason: str


class Holding:
    """Keeps what cannot go on, tells its people once, and the operator which and why. Runs on the desk.

    A held run is in no runner, and nothing about it is recorded: the next start finds it as it was. Who would
    rather leave than wait writes EXIT.

    Args:
        plan: What holds for whatever begins now.
        announcements: How people are told.
        put: Has a job done on the desk.
        consume: Notes that a message is dealt with.
    """

    def __init__(
        self,
        plan: CurrentPlan,
        announcements: Announcements,
        put: Callable[..., None],
        consume: Callable[[Message], None],
    ) -> None:
        self.holds = plan.now.config.store.unrestorable == "hold"
        """Whether runs are held; where not, they end."""
        self._plan = plan
        self._announcements = announcements
        self._put = put
        self._consume = consume
        self._held: list[HeldRun] = []

    @property
    def held(self) -> tuple[HeldRun, ...]:
        """What is held now. Any thread."""
        return tuple(self._held)

    def unfit(self, run: SavedRun) -> str | None:
        """Return why a run would be held with this config; None if it fits, as far as can be seen from outside."""
        return None if run.outcome is not None else unfit(self._plan.now, run)

    def hold(
        self, record: RunRecord, sessions: Sequence[Session], reason: str, leave: Callable[[Session], None]
    ) -> None:
        """Hold a run.

        Args:
            record: Which.
            sessions: Who waits in it.
            reason: Why.
            leave: Sends somebody outside who would rather leave.
        """
        name = f"{record.identity.group}/{record.identity.task_id}"
        self._held.append(HeldRun(run=name, task=record.task or "", people=len(sessions), reason=reason))
        for session in sessions:
            session.hold()
            self._announcements.tell(session, self._announcements.texts.held)
            # What they had written before is for their world alone.
            wrote = partial(self._wrote, session, len(session.mailbox), leave)
            session.mailbox.listen(partial(self._put, wrote))
        if len(self._held) <= RUNS_LOGGED:
            log.warning("held: %s with %d people cannot go on, as %s", name, len(sessions), reason)
        if len(self._held) == 1:
            log.warning(
                "what is held goes on at the next start with a config and worlds that fit it, "
                "or ends with serve --end-unrestorable"
            )
        elif len(self._held) == RUNS_LOGGED:
            log.warning("further runs that are held are counted at /healthz only")

    def _wrote(self, session: Session, before: int, leave: Callable[[Session], None]) -> None:
        written = session.mailbox.unread()[before:]
        if session.held and any(message.text.strip().upper() == EXIT for message in written):
            session.release()
            for message in session.take_fresh_mailbox():
                self._consume(message)
            leave(session)


def unfit(plan: Plan, run: SavedRun) -> str | None:
    """Return why a run on record does not fit a plan; None if it fits, or never will whatever the plan."""
    if run.turn > 0 and run.snapshot is None:
        return None
    key = run.record.task or ""
    task = plan.tasks.get(key)
    if task is None:
        meant = nearest(key, plan.tasks)
        return f"there is no task {key!r} in the config" + (f"; is it {meant!r} now?" if meant else "")
    if run.record.kind == "onboarding" and task.onboard is None:
        return f"the task {key!r} has no onboard_world"
    if run.record.kind == "afterwards" and task.afterwards is None:
        return f"the task {key!r} asks nothing afterwards"
    if run.turn > 0 and not plan.config.store.snapshots:
        return "store.snapshots is off"
    return None
