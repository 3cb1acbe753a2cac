"""Conditions: what an experiment varies, and what depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

Value = str | int | float | bool
"""What a condition can be."""

When = Mapping[str, tuple[Value, ...]]
"""For which values of conditions something holds: for each name one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One entry under `conditions:`.

    Attributes:
        name: Its key.
        values: What it can be, at least two.
        assign: `balanced`: the value that fewest have or have had to the end; `blocked`: each value equally often
            in each block of arrivals, in an order of its own; `random`: by lot.
        per: Whether each participant gets a value, on coming to a pool, or each group, as it is matched.
        weights: How often each value is to come, in proportion; 1 for those left out.
        quotas: With how many of a value it is enough; no limit for those left out.
        block: With `blocked`, how often each value of weight 1 stands in a block.
        seed: The same seed, and the same arrivals, give the same values.
    """

    name: str
    values: tuple[Value, ...]
    assign: Literal["balanced", "blocked", "random"] = "balanced"
    per: Literal["participant", "group"] = "participant"
    weights: Mapping[Value, float] = field(default_factory=dict)
    quotas: Mapping[Value, int] = field(default_factory=dict)
    block: int = 1
    seed: int = 0

    def weight(self, value: Value) -> float:
        """Return how often a value is to come, in proportion to the others."""
        return float(self.weights.get(value, 1.0))


def holds(when: When, values: Mapping[str, Value]) -> bool:
    """Return whether something holds for somebody with these values of the conditions."""
    return all(values.get(name) in wanted for name, wanted in when.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCondition(Generic[T]):
    """A value of a setting that depends on a condition; `otherwise` is what holds for everybody else."""

    when: When
    then: T
    otherwise: T


def under(setting: T | ByCondition[T], values: Mapping[str, Value]) -> T:
    """Return what a setting is for those with these values of the conditions."""
    if not isinstance(setting, ByCondition):
        return setting
    return setting.then if holds(setting.when, values) else setting.otherwise
