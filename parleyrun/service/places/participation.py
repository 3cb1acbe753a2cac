"""Participation: what somebody has taken part in already, and what they may not do a second time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...config.plan import Plan
from ...study.visit_completion import VisitPart
from ..current_plan import CurrentPlan
from ..sessions import ROUNDS, Session
from ..unit_of_work import UnitOfWork

TASKS_TAKEN = "tasks_taken"
"""The keys of the tasks whose conversations somebody was in, in their `stored_data`; kept where something is for
once only."""

CONVERSATIONS = "conversations"
"""The conversations that somebody was in, by their runs, oldest first, in their `stored_data`; kept where it
matters who talked with whom: people who have one in common have."""

FINISHED = "finished"
"""Set in their `stored_data` when somebody who may come once only is through."""


class Participation:
    """Keeps account of it in people's `stored_data`. Runs on the desk.

    Args:
        plan: What holds for whatever begins now.
        unit_of_work: Puts it on record.
    """

    def __init__(self, plan: CurrentPlan, unit_of_work: UnitOfWork) -> None:
        self._once = plan.now.config.arrival.once
        self._unit_of_work = unit_of_work
        self._hold(plan.now)
        plan.on_change(self._hold)

    def _hold(self, plan: Plan) -> None:
        tasks = plan.tasks
        self._unrepeatable = frozenset(key for key, task in tasks.items() if task.config.not_again)
        # An overworld of an author's may have more to offer than the tasks.
        self._tasks_are_all = bool(tasks) and not plan.config.overworld
        self._tasks = tuple(tasks)
        self._knows_partners = any(task.config.matching.knows_partners for task in tasks.values())
        self._rounds = {key: task.config.rounds for key, task in tasks.items() if task.config.rounds > 1}

    def takes(self, session: Session, key: str, uid: str) -> None:
        """A conversation begins for somebody: that run."""
        if self._knows_partners:
            session.stored_data[CONVERSATIONS] = [*session.stored_data.get(CONVERSATIONS, ()), uid]
            self._unit_of_work.touch(session, data=True)
        taken = session.stored_data.get(TASKS_TAKEN, ())
        if (self._once or self._unrepeatable) and key not in taken:
            session.stored_data[TASKS_TAKEN] = [*taken, key]
            self._unit_of_work.touch(session, data=True)

    def may_take(self, session: Session, key: str) -> bool:
        """Whether somebody may go to that task."""
        return key not in self._unrepeatable or key not in session.stored_data.get(TASKS_TAKEN, ())

    def begins_round(self, session: Session, key: str) -> tuple[int, int]:
        """Somebody is about to wait for a task. Returns which round of it comes now, and how many there are."""
        count = self._rounds.get(key, 1)
        if count == 1:
            return 1, 1
        runs = _rounds_of(session, key).get("runs", ())
        number: int = len(runs) % count + 1
        self._note_round(session, key, round=number)
        return number, count

    def round_over(self, session: Session, key: str, uid: str, part: VisitPart) -> bool:
        """A conversation is over for somebody, that run. Whether they go on with another round.

        One that came to its end counts; in the stead of one that a partner left there is another.
        """
        count = self._rounds.get(key, 1)
        if count == 1:
            return False
        runs = _rounds_of(session, key).get("runs", ())
        if part == "finished":
            runs = [*runs, uid]
        goes_on = part == "partner_left" or (part == "finished" and len(runs) % count != 0)
        self._note_round(session, key, runs=[*runs], goes_on=goes_on)
        return goes_on

    def goes_on(self, session: Session, key: str) -> bool:
        """Whether another round comes after the conversation that was somebody's last."""
        return key in self._rounds and bool(_rounds_of(session, key).get("goes_on"))

    def _note_round(self, session: Session, key: str, **news: Any) -> None:
        of_tasks = session.stored_data.get(ROUNDS, {})
        session.stored_data[ROUNDS] = {**of_tasks, key: {**_rounds_of(session, key), **news}}
        self._unit_of_work.touch(session, data=True)

    def ended(self, session: Session, *, well: bool) -> None:
        """A visit is over.

        Who never got into a conversation, and lost their connection or met a mistake of ours, may try again.
        """
        if self._once and (well or session.stored_data.get(TASKS_TAKEN)):
            session.stored_data[FINISHED] = True
            self._unit_of_work.touch(session, data=True)

    def is_over(self, session: Session) -> bool:
        """Whether somebody was here, and may not come back."""
        return self._once and bool(session.stored_data.get(FINISHED))

    def may_come_again(self, session: Session) -> bool:
        """Whether another visit has anything for somebody: a task that they have not done, or may do again."""
        if self.is_over(session):
            return False
        return not self._tasks_are_all or any(self.may_take(session, key) for key in self._tasks)


def _rounds_of(session: Session, key: str) -> Mapping[str, Any]:
    entry: Mapping[str, Any] = session.stored_data.get(ROUNDS, {}).get(key, {})
    return entry
