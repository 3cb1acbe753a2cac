"""When somebody dealt with a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

LONGEST_AGO = 31 * 86_400_000
"""How long ago, in milliseconds, something may have been for a client to be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTimes:
    """When a question was first shown, first touched, last changed, and when its answer was taken.

    All in milliseconds of wall time (since 1970, by the clock of the service); None where it is not known.
    """

    shown: int | None = None
    touched: int | None = None
    changed: int | None = None
    answered: int | None = None

    def told(self, ages: Any, at: int) -> FieldTimes:
        """Return these times with what a client says of them.

        Args:
            ages: How many milliseconds before it was sent each happened, by name. What is none is left aside: no
                answer is worth losing for its times.
            at: When that came.
        """
        if not isinstance(ages, Mapping):
            return self
        shown, touched, changed = (_moment(ages.get(name), at) for name in ("shown", "touched", "changed"))
        return replace(
            self,
            shown=_first(self.shown, shown),
            touched=_first(self.touched, touched),
            changed=changed if changed is not None else self.changed,
        )

    def as_dict(self) -> dict[str, int | None]:
        """Return them as plain values."""
        times = {"shown": self.shown, "touched": self.touched, "changed": self.changed}
        return {**times, "answered": self.answered}


def _moment(age: Any, at: int) -> int | None:
    if isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age <= LONGEST_AGO:
        return None
    return at - round(age)


def _first(known: int | None, told: int | None) -> int | None:
    return told if known is None else known if told is None else min(known, told)
