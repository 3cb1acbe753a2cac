"""Reading what teachers and agents measure, example by example where they can begin to measure anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.metrics.metrics import Report, add_reports


class Gauge:
    """Reads the report of a teacher or an agent.

    One whose class has a `report` of its own, and no `reset_metrics` to go with it, reports what it has measured
    since it was made: of such a one only the last report counts.

    Args:
        measured: Who is read.
    """

    def __init__(self, measured: Any) -> None:
        self._measured = measured
        self._has_report = callable(getattr(measured, "report", None))
        self._begins_anew = self._has_report and _begins_anew(type(measured))

    @property
    def tells_at_end(self) -> bool:
        """Whether what was measured can only be told all together."""
        return self._has_report and not self._begins_anew

    def read(self) -> Report:
        """Return what was measured since the last time, as far as it can be told apart."""
        if not self._begins_anew:
            return {}
        report: Report = self._measured.report()
        if report:
            self._measured.reset_metrics()
        return report

    def rest(self) -> Report:
        """Return what can only be told all together, at the end."""
        return add_reports(self._measured.report()) if self.tells_at_end else {}


def _begins_anew(kind: type) -> bool:
    definers: dict[str, int] = {}
    for place, base in enumerate(kind.__mro__):
        for name in ("report", "reset_metrics"):
            if name in vars(base):
                definers.setdefault(name, place)
    return "report" in definers and definers.get("reset_metrics", len(kind.__mro__)) <= definers["report"]


def add_to(totals: Report, report: Mapping[str, Any]) -> None:
    """Add a report to totals, in place."""
    totals.update(add_reports({name: totals[name] for name in report if name in totals}, report))
