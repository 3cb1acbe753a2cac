"""Participation: what somebody has taken part in already, and what they may not do a second time."""

from __future__ import annotations

from collections.abc import Mapping

from ..config.plan import TaskPlan
from .sessions import Session
from .unit_of_work import UnitOfWork

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
        tasks: The tasks, by their keys.
        once: Whether nobody may come back after the end of a visit.
        unit_of_work: Puts it on record.
    """

    def __init__(self, tasks: Mapping[str, TaskPlan], once: bool, unit_of_work: UnitOfWork) -> None:
        self._unrepeatable = frozenset(key for key, task in tasks.items() if task.config.not_again)
        self._knows_partners = any(task.config.matching.knows_partners for task in tasks.values())
        self._once = once
        self._unit_of_work = unit_of_work

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
