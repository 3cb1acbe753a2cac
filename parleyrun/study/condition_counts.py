"""The counts of conditions: who gets which value, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from ..core.conditions import Condition, Value

AssignmentState = Literal["begun", "finished", "dropped"]
"""What became of somebody who was assigned: on the way, through with it, or gone before."""


@dataclass(frozen=True, slots=True)
class CellCount:
    """How many had one value: were assigned it, have finished, have dropped out."""

    begun: int = 0
    finished: int = 0
    dropped: int = 0

    @property
    def counting(self) -> int:
        """How many count for the balance: those on the way, and those who have finished."""
        return self.begun - self.dropped


class ConditionCounts:
    """The counts of one condition, kept as people are assigned, finish and drop out. One thread.

    Args:
        condition: Whose counts.
    """

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self._cells = {value: CellCount() for value in condition.values}
        self._quotas = {**condition.quotas}

    def add(self, value: Value, before: CellCount) -> None:
        """Add what is on record already; of a value that is not in the config any more, it counts for nothing."""
        if value in self._cells:
            cell = self._cells[value]
            self._cells[value] = CellCount(
                cell.begun + before.begun, cell.finished + before.finished, cell.dropped + before.dropped
            )

    def cell(self, value: Value) -> CellCount:
        """Return the counts of a value; of one that is not in the config any more, none."""
        return self._cells.get(value, CellCount())

    def draw(self) -> Value | None:
        """Return the value that the next one gets; None if enough have had each. Nothing is counted yet."""
        condition = self.condition
        open_values = [value for value in condition.values if self._is_open(value)]
        if not open_values:
            return None
        number = sum(cell.begun for cell in self._cells.values())
        lot = Random(f"{condition.seed}:{condition.name}:{number}")  # noqa: S311  # an order, and no secret
        if condition.assign == "random":
            return lot.choices(open_values, [condition.weight(value) for value in open_values])[0]
        if condition.assign == "blocked":
            value = self._in_block(number)
            if value in open_values:
                return value
        return self._fewest(open_values, lot)

    def set_quota(self, value: Value, quota: int | None) -> None:
        """From now on it is enough with so many of a value; None is what the config says."""
        if quota is None:
            quota = self.condition.quotas.get(value)
        if quota is None:
            self._quotas.pop(value, None)
        else:
            self._quotas[value] = quota

    def quota(self, value: Value) -> int | None:
        """Return with how many of a value it is enough; None for any number."""
        return self._quotas.get(value)

    def begin(self, value: Value) -> None:
        """Somebody has been assigned this."""
        cell = self.cell(value)
        self._cells[value] = CellCount(cell.begun + 1, cell.finished, cell.dropped)

    def end(self, value: Value, state: AssignmentState) -> None:
        """Somebody with this value has finished, or dropped out."""
        cell = self.cell(value)
        self._cells[value] = CellCount(
            cell.begun, cell.finished + (state == "finished"), cell.dropped + (state == "dropped")
        )

    def come_again(self, value: Value) -> None:
        """Somebody who had dropped out is on the way again."""
        cell = self.cell(value)
        self._cells[value] = CellCount(cell.begun, cell.finished, cell.dropped - 1)

    def _is_open(self, value: Value) -> bool:
        quota = self._quotas.get(value)
        return self.condition.weight(value) > 0 and (quota is None or self.cell(value).counting < quota)

    def _fewest(self, values: Sequence[Value], lot: Random) -> Value:
        shares = {value: self.cell(value).counting / self.condition.weight(value) for value in values}
        least = min(shares.values())
        return lot.choice([value for value in values if shares[value] == least])

    def _in_block(self, number: int) -> Value:
        condition = self.condition
        block = [
            value
            for value in condition.values
            for _ in range(max(0, round(condition.block * condition.weight(value))))
        ]
        index, place = divmod(number, len(block))
        Random(f"{condition.seed}:{condition.name}:block {index}").shuffle(block)  # noqa: S311  # as above
        return block[place]
