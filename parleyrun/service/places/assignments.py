"""Assignments: which values of conditions people and groups have, and what becomes of them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from ...core.conditions import Condition, Value
from ...store.protocol import Assigned, AssignedCount
from ...study.condition_counts import AssignmentState, CellCount, ConditionCounts
from ..sessions import CONDITION, Session
from ..unit_of_work import UnitOfWork

ASSIGNMENT = "assignment"
"""Under this key of their `stored_data` stands what has become of somebody with a condition."""


class Assignments:
    """Draws values, each with the move that needs it, and keeps the counts. Runs on the desk.

    Args:
        conditions: Those of the config, by name.
        unit_of_work: Puts it on record.
    """

    def __init__(self, conditions: Mapping[str, Condition], unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work
        self._counts = {name: ConditionCounts(condition) for name, condition in conditions.items()}
        self._of_people = [name for name, condition in conditions.items() if condition.per == "participant"]
        self._of_groups = [name for name, condition in conditions.items() if condition.per == "group"]

    def restore(self, counted: Iterable[AssignedCount]) -> None:
        """Go on from the counts on record."""
        for each in counted:
            counts = self._counts.get(each.condition)
            if counts is not None:
                finished = each.count if each.state == "finished" else 0
                dropped = each.count if each.state == "dropped" else 0
                counts.add(each.value, CellCount(each.count, finished, dropped))

    def assign(self, session: Session) -> bool:
        """See to it that somebody has a value of each condition of participants.

        Returns:
            False if enough have had each value of one of them: then nothing is assigned.
        """
        missing = [name for name in self._of_people if name not in session.condition]
        drawn = {name: self._counts[name].draw() for name in missing}
        if any(value is None for value in drawn.values()):
            return False
        for name, value in drawn.items():
            assert value is not None
            self._counts[name].begin(value)
            self._record(name, session.id, value, "begun")
        if drawn:
            self._keep(session, {**session.condition, **drawn})
        if session.stored_data.get(ASSIGNMENT) == "dropped":
            self._come_again(session, missing)
        elif drawn and ASSIGNMENT not in session.stored_data:
            session.stored_data[ASSIGNMENT] = "begun"
        return True

    def cell(self, session: Session, apart: Container[str] = ()) -> tuple[Value | None, ...]:
        """Return somebody's values of the conditions of participants: who is matched with whom goes by them.

        All but those that are to be different, whose names are in `apart`.
        """
        return tuple(session.condition.get(name) for name in self._of_people if name not in apart)

    def cells(self) -> Mapping[str, Mapping[Value, CellCount]]:
        """Return how many had which value of each condition, and what became of them."""
        return {
            name: {value: counts.cell(value) for value in counts.condition.values}
            for name, counts in self._counts.items()
        }

    def quota_of(self, condition: str, value: Value) -> int | None:
        """Return with how many of a condition's value it is enough; None for any number."""
        return self._counts[condition].quota(value)

    def value_named(self, condition: str, name: str) -> Value | None:
        """Return the value of a condition that is written so; None if there is none."""
        counts = self._counts.get(condition)
        return None if counts is None else next((one for one in counts.condition.values if str(one) == name), None)

    def set_quota(self, condition: str, name: str, quota: int | None) -> None:
        """With how many of a value it is enough from now on; None is what the config says."""
        value = self.value_named(condition, name)
        if value is not None:
            self._counts[condition].set_quota(value, quota)

    def draw_for_group(self) -> dict[str, Value]:
        """Return values of the conditions of groups, for one that is about to begin; those with room left."""
        drawn = {name: self._counts[name].draw() for name in self._of_groups}
        return {name: value for name, value in drawn.items() if value is not None}

    def begin_group(self, uid: str, values: Mapping[str, Value], sessions: Iterable[Session]) -> None:
        """A group has begun, with these values."""
        for name, value in values.items():
            self._counts[name].begin(value)
            self._record(name, uid, value, "begun")
        for session in sessions:
            others = {name: value for name, value in session.condition.items() if name not in self._of_groups}
            if values or len(others) < len(session.condition):
                self._keep(session, {**others, **values})

    def end_group(
        self, uid: str, sessions: Iterable[Session], *, well: bool, going_on: Container[str] = ()
    ) -> None:
        """A group's conversation is over; `well` says that it came to its own end.

        Those whose ids are in `going_on` are not through yet.
        """
        people = list(sessions)
        state: AssignmentState = "finished" if well else "dropped"
        for name in self._of_groups:
            value = next((session.condition[name] for session in people if name in session.condition), None)
            if value is not None:
                self._counts[name].end(value, state)
                self._record(name, uid, value, state)
        for session in people:
            if well and session.id not in going_on and session.stored_data.get(ASSIGNMENT) == "begun":
                self._end(session, "finished")

    def went(self, session: Session) -> None:
        """A visit is over: who was on the way has dropped out."""
        if session.stored_data.get(ASSIGNMENT) == "begun":
            self._end(session, "dropped")

    def _come_again(self, session: Session, missing: list[str]) -> None:
        for name in self._of_people:
            if name in session.condition and name not in missing:
                self._counts[name].come_again(session.condition[name])
                self._record(name, session.id, session.condition[name], "begun")
        self._note(session, "begun")

    def _end(self, session: Session, state: AssignmentState) -> None:
        for name in self._of_people:
            if name in session.condition:
                self._counts[name].end(session.condition[name], state)
                self._record(name, session.id, session.condition[name], state)
        self._note(session, state)

    def _note(self, session: Session, state: AssignmentState) -> None:
        session.stored_data[ASSIGNMENT] = state
        self._unit_of_work.touch(session, data=True)

    def _keep(self, session: Session, values: Mapping[str, Any]) -> None:
        session.stored_data[CONDITION] = dict(values)
        self._unit_of_work.touch(session, data=True)

    def _record(self, condition: str, owner: str, value: Value, state: AssignmentState) -> None:
        self._unit_of_work.assign(Assigned(condition=condition, owner=owner, value=value, state=state))
