"""Who and what was assigned which value of a condition, as columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..places.asked_record import AskedRecord
from .table_column import ColumnKind, ColumnNames, TableColumn, kind_of, kind_that_holds

_ASSIGNED = "SELECT condition, owner, value FROM assignments ORDER BY condition, owner"


class AssignedConditions:
    """All that was assigned, and the columns for it.

    Args:
        file: The store.

    Attributes:
        columns: One for each condition, in the order of their names.
    """

    def __init__(self, file: AskedRecord) -> None:
        self._of: dict[str, dict[str, Any]] = {}
        kinds: dict[str, ColumnKind] = {}
        for condition, owner, written in file.each(_ASSIGNED):
            value = json.loads(written)
            self._of.setdefault(owner, {})[condition] = value
            kinds[condition] = kind_that_holds(kinds.get(condition, kind_of(value)), value)
        names = ColumnNames()
        self._names = {condition: names.of("condition", condition) for condition in kinds}
        self.columns = tuple(_column(condition, self._names[condition], kind) for condition, kind in kinds.items())

    def of_person(self, participant_id: str) -> dict[str, Any]:
        """Return a person's value of each condition of persons."""
        return self._of.get(participant_id, {})

    def of_run(self, uid: str, people: Iterable[str]) -> dict[str, Any]:
        """Return a conversation's value of each condition: its own, and what all its people have in common."""
        theirs = [self.of_person(who) for who in people]
        first = theirs[0] if theirs else {}
        shared = {name: value for name, value in first.items() if all(one.get(name) == value for one in theirs)}
        return shared | self._of.get(uid, {})

    def cells(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values of conditions by the names of their columns; None where there is none."""
        return {column: values.get(condition) for condition, column in self._names.items()}


def _column(condition: str, name: str, kind: ColumnKind) -> TableColumn:
    return TableColumn(name=name, kind=kind, about=f"the value of the condition '{condition}'")
