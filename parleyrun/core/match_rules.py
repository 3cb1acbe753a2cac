"""Match rules: who may be matched with whom, as a config says it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Who is matched with whom if that can be.

    Attributes:
        same: The names of values that are to be the same for all of a group.
        different: The names of values that no two of a group are to have in common.
        new_partners: Whether people who talked with each other before are to be kept apart.
        wait: How long, in seconds, the oldest of a group waits for that; then whoever is there will do.
    """

    same: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    new_partners: bool = False
    wait: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRules:
    """Who may be matched with whom.

    Attributes:
        same: The names of values that are the same for all of a group.
        different: The names of values that no two of a group have in common.
        new_partners: Whether nobody is matched with somebody they talked with before.
        prefer: What is to be so if it can be.
    """

    same: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    new_partners: bool = False
    prefer: Preference | None = None

    def __bool__(self) -> bool:
        return bool(self.same or self.different or self.new_partners or self.prefer)

    @property
    def names(self) -> tuple[str, ...]:
        """All values that something depends on."""
        liked = () if self.prefer is None else (*self.prefer.same, *self.prefer.different)
        return (*self.same, *self.different, *liked)

    def mixed(self, conditions: Iterable[str]) -> frozenset[str]:
        """Return which of these conditions people of one group may differ in."""
        liked = () if self.prefer is None else (*self.prefer.same, *self.prefer.different)
        named = {name.removeprefix("condition.") for name in (*self.different, *liked)}
        return frozenset(named.intersection(conditions))

    @property
    def knows_partners(self) -> bool:
        """Whether it must be known who talked with whom."""
        return self.new_partners or (self.prefer is not None and self.prefer.new_partners)
