"""The alert board: which alerts are open, and what is still to be told of them, on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...errors import OperatorError
from ..operations.control_board import ControlBoard
from ..operations.reading.alert_results import AlertRow, AlertsFound
from ..unit_of_work import UnitOfWork
from .alert_notice import AlertNews, AlertNotice

CALM_SECONDS = 60.0
"""For how long a condition must not hold until its alert is over: one that comes and goes is one alert."""

_ALERT = "alert:"

Tell = Callable[[AlertNotice, Callable[[], None]], None]
"""Sends a notice; the second argument is called once that is done."""

RecordAlert = Callable[[str, str, Mapping[str, Any]], None]
"""Puts on record what became of an alert: its name, a sentence, and details."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWatchFacts:
    """What is known of a watch.

    Attributes:
        study: What the study is called.
        watched: The conditions that are watched.
        ways: How somebody is told.
        remind_after: After how many seconds somebody is told again.
        tell: Sends a notice.
    """

    study: str
    watched: tuple[str, ...]
    ways: tuple[str, ...]
    remind_after: float
    tell: Tell


class AlertBoard:
    """Opens and closes alerts. Runs on the desk; any thread may ask which are open.

    What is to be told goes on record first. It stays there until it was told or given up, so that a process that
    ends meanwhile tells it with the next start, and none tells twice what it has told.

    Args:
        controls: Where open alerts are kept.
        unit_of_work: Puts them on record.
        record: Puts on record what became of one, as an act.
        put: Has something done on the desk.
        wall_time: Returns wall time in seconds.
    """

    def __init__(
        self,
        controls: ControlBoard,
        unit_of_work: UnitOfWork,
        record: RecordAlert,
        put: Callable[..., None],
        wall_time: Callable[[], float],
    ) -> None:
        self._controls = controls
        self._unit_of_work = unit_of_work
        self._record = record
        self._put = put
        self._wall_time = wall_time
        self._calm_since: dict[str, float] = {}
        self._facts: AlertWatchFacts | None = None

    def begin(self, facts: AlertWatchFacts) -> None:
        """The watch begins: tell what was not told under an earlier start."""
        self._facts = facts
        for name, alert in self._open().items():
            if alert["news"] is not None:
                self._tell(name, alert)

    def settle(self, found: Mapping[str, str], known: Callable[[str], bool]) -> None:
        """Open and close alerts by what holds now.

        Args:
            found: What holds, by the name of the condition.
            known: Whether it is known of a condition, by its name, that it does not hold.
        """
        now, facts = self._wall_time(), self._facts
        assert facts is not None
        still_open = self._open()
        for name, text in found.items():
            self._calm_since.pop(name, None)
            alert = still_open.get(name)
            if alert is None or alert["news"] == "over":
                self._change(name, {"since": now, "told_at": now, "text": text}, "began")
            elif now - alert["told_at"] >= facts.remind_after:
                self._change(name, {**alert, "told_at": now, "text": text}, "reminder")
        for name, alert in still_open.items():
            if name in found or alert["news"] == "over":
                continue
            if now - self._calm_since.setdefault(name, now) >= CALM_SECONDS and known(name.partition(" ")[0]):
                del self._calm_since[name]
                self._change(name, alert, "over")

    def test(self) -> int:
        """Send a test, and return by how many ways. Raises `OperatorError` where there are none."""
        facts = self._facts
        if facts is None:
            raise OperatorError("nobody is told of anything: the config has no alerts:")
        notice = AlertNotice(
            study=facts.study, alert="test", news="test", text="this is a test of alerts", since=self._wall_time()
        )
        facts.tell(notice, lambda: None)
        return len(facts.ways)

    def found(self) -> AlertsFound:
        """Return the open alerts, the oldest first. Any thread."""
        facts = self._facts
        rows = [
            AlertRow(
                alert=name,
                since=alert["since"],
                told_at=alert["told_at"],
                text=alert["text"],
                is_told=alert["news"] is None,
            )
            for name, alert in self._open().items()
            if alert["news"] != "over" and facts is not None
        ]
        return AlertsFound(
            alerts=tuple(sorted(rows, key=lambda row: row.since)),
            watched=() if facts is None else facts.watched,
            ways=() if facts is None else facts.ways,
        )

    def _open(self) -> dict[str, dict[str, Any]]:
        """Return what is on record of alerts, by their names."""
        values = [*self._controls.values.items()]
        return {key.removeprefix(_ALERT): value for key, value in values if key.startswith(_ALERT)}

    def _change(self, name: str, alert: Mapping[str, Any], news: AlertNews) -> None:
        changed = {**alert, "news": news}
        self._controls.set({_ALERT + name: changed})
        self._record(name, str(changed["text"]), {"news": news, "since": changed["since"]})
        self._unit_of_work.after(partial(self._unit_of_work.once_recorded, partial(self._tell, name, changed)))

    def _tell(self, name: str, alert: Mapping[str, Any]) -> None:
        """Once that is on record: have it told. Any thread."""
        facts = self._facts
        assert facts is not None
        notice = AlertNotice(
            study=facts.study, alert=name, news=alert["news"], text=alert["text"], since=alert["since"]
        )
        facts.tell(notice, partial(self._put, self._told, name, alert))

    def _told(self, name: str, alert: Mapping[str, Any]) -> None:
        """On the desk: that was told, or nobody can be told. What has come since then is told by itself."""
        if self._controls.values.get(_ALERT + name) == alert:
            self._controls.set({_ALERT + name: None if alert["news"] == "over" else {**alert, "news": None}})
