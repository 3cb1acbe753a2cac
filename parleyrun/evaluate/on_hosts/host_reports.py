"""What a host of an evaluation has to report, until it is fetched."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

from ...engines.host.outbox import Outbox
from ...engines.host.work_log import ReportingHandler
from ...engines.host_orders import BeatReport, HostLoad
from .portion_orders import FaultReport


class HostReports:
    """Any thread."""

    def __init__(self) -> None:
        self._outbox = Outbox()
        self.log_handler = ReportingHandler(self._outbox)
        """Has what a host of its own process logs reported: warnings and errors."""

    def put(self, report: Any) -> None:
        """Add a report; one that cannot be pickled is a fault. Blocks while too many wait."""
        self._outbox.put(report)

    def beat(self, number: int) -> None:
        """Report that this host is there."""
        self._outbox.put(BeatReport(number, HostLoad(waiting_reports=len(self._outbox))), waits=False)

    def take(self, seconds: float) -> Sequence[Any]:
        """Return what there is, oldest first; with nothing there wait for it, so long at most."""
        return self._outbox.take(seconds)

    def end(self) -> None:
        """Keep nobody waiting any more."""
        self._outbox.close()


def packed_reports(reports: Sequence[Any]) -> bytes:
    """Return a batch as bytes, empty for none; with a `FaultReport` in it where something cannot travel."""
    if not reports:
        return b""
    try:
        return pickle.dumps([*reports], 5)
    except Exception:
        return pickle.dumps([_portable(each) for each in reports], 5)


def _portable(report: Any) -> Any:
    try:
        pickle.dumps(report, 5)
    except Exception as error:
        record = getattr(report, "record", None)
        of = "" if record is None else f" of {record.key.in_words()}"
        return FaultReport(
            f"expected what is measured{of} to be pickled, so that it can leave its host, got "
            f"{type(error).__name__}: {error}: have each metric's class at the top of a module"
        )
    return report
