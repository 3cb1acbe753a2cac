"""Overworlds: where people choose what to do, and where they come back to."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from ...core.message import EXIT
from ...runner.runner import Runner
from ...runner.turn import Outcome, OutcomeKind
from ...store.protocol import SavedRun
from ..current_plan import CurrentPlan
from ..launching import Launcher
from ..service_context import ServiceContext
from ..sessions import At, Session
from .routes import Farewell, Routes

log = logging.getLogger(__name__)

VAIN_CHOICES_ALLOWED = 10
"""How many times in a row an overworld may return what leads nowhere before its person is let go."""


class Overworlds:
    """Opens overworlds, calls them back, and does what they chose. Runs on the desk."""

    def __init__(
        self, plan: CurrentPlan, runner: Runner, context: ServiceContext, launcher: Launcher, routes: Routes
    ) -> None:
        self._plan = plan
        self._runner = runner
        self._context = context
        self._launcher = launcher
        self._routes = routes
        self._returning: set[str] = set()  # by uid: those that can be called back

    def enter(self, session: Session) -> None:
        """Bring somebody to the overworld they came from, or to a fresh one."""
        session.leave_seat()
        session.move(At.OVERWORLD, since=self._context.wall_time())
        self._context.unit_of_work.touch(session)
        self._context.announcements.show_place(session)
        if not self._call_back(session):
            self._open(session)

    def leave(self, session: Session, farewell: Farewell, reason: str = "the person has gone") -> None:
        """End the overworld of somebody who goes."""
        uid = session.overworld_ended()
        if uid is not None:
            kind: OutcomeKind = "left" if farewell == "left" else "finished"
            self._stop(uid, Outcome(kind, reason))

    def restore(self, session: Session, run: SavedRun | None) -> None:
        """Restore the overworld that somebody is in, or that waits for them."""
        if run is None or run.outcome is not None:
            session.overworld_ended()
            if session.at is At.OVERWORLD:
                outcome = Outcome("stopped", "not on record") if run is None else run.outcome
                uid = "" if run is None else run.record.identity.uid
                session.overworld_opened(uid)
                self._context.desk.put(self._ended, session, uid, outcome)
            return
        self._open(session, run)
        if session.at is not At.OVERWORLD:
            session.give_up_agent()
        elif run.value is not None:
            self._context.desk.put(self._chose, session, run.record.identity.uid, run.value)
        elif run.asleep:
            # They were on their way back to it.
            self._context.desk.put(self.enter, session)

    def _open(self, session: Session, saved: SavedRun | None = None) -> None:
        agent = session.take_seat()
        world = self._plan.now.overworld
        uid = self._launcher.overworld(
            world, agent, partial(self._chose, session), partial(self._ended, session), saved
        )
        if hasattr(world, "return_overworld"):
            self._returning.add(uid)
        session.overworld_opened(uid)

    def _call_back(self, session: Session) -> bool:
        """Wake the overworld that this person came from, if it is still there and knows how to go on."""
        uid = session.overworld_uid
        if uid is None:
            return False
        if uid in self._returning and self._runner.is_asleep(uid):
            call_back = partial(self._runner.return_overworld, uid)
            self._context.unit_of_work.after(partial(self._context.hooks.then, session.id, call_back))
            return True
        session.overworld_ended()
        self._stop(uid, Outcome("finished", "its person comes back to a fresh one"))
        return False

    def _stop(self, uid: str, outcome: Outcome) -> None:
        self._context.unit_of_work.after(partial(self._runner.stop, uid, outcome))

    def _chose(self, session: Session, uid: str, value: Any) -> None:
        self._context.unit_of_work.answer(uid)
        if session.overworld_uid != uid or session.at is not At.OVERWORLD:
            return
        choice = value if isinstance(value, str) else shortened(value)
        if value is choice and choice == EXIT:
            self._routes.outside(session, "goodbye")
        elif value is choice and choice in self._plan.now.tasks:
            self._routes.to_task(session, choice)
        else:
            if not session.vain_choices:  # it may choose the same again at once, whatever happens
                log.error(
                    "%s.parley() returned %s for %s: expected a task key (%s) or %r",
                    self._plan.now.overworld.__name__, shortened(value), session.id,
                    ", ".join(self._plan.now.tasks), EXIT,
                )  # fmt: skip
                self._context.tell(session, self._context.texts.unknown_task, choice=choice)
            self.choose_again(session)

    def choose_again(self, session: Session) -> None:
        """Let somebody choose once more, unless nothing else has come of it for too long."""
        if session.chose_in_vain() < VAIN_CHOICES_ALLOWED:
            self.enter(session)
        else:
            # An overworld that returns the same again whatever happens would do so for ever.
            self._routes.outside(session, "failed")

    def _ended(self, session: Session, uid: str, outcome: Outcome) -> None:
        self._context.unit_of_work.answer(uid)
        self._returning.discard(uid)
        if session.overworld_uid != uid:
            return
        session.overworld_ended()
        self._context.unit_of_work.touch(session)
        if session.at is not At.OVERWORLD:
            return
        if outcome.kind == "failed":
            # A fresh overworld might fail at once again, and so for ever: the person decides.
            self._context.tell(session, self._context.texts.world_failed)
            self._routes.outside(session, "failed")
        elif outcome.kind == "stopped":
            # It could not be restored: a fresh one takes its place.
            self.choose_again(session)
        else:
            self._routes.outside(session, "goodbye")


def shortened(value: Any) -> str:
    """Describe an author's value for the log, so that it can be found in their code: escaped, and cut short."""
    try:
        text = repr(value)
    except Exception:  # an author's value may not even be printable
        return f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:79]}…"
