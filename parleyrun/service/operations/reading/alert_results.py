"""What operators are told of alerts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert that is open.

    Attributes:
        alert: The condition, with the model that it is about, if any.
        since: Since when, in wall time.
        told_at: When somebody was told of it last.
        text: What holds.
        is_told: Whether that was told, or given up, by all ways.
    """

    alert: str
    since: float
    told_at: float
    text: str
    is_told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsFound:
    """The open alerts, the oldest first; which conditions are watched, and by which ways somebody is told."""

    alerts: tuple[AlertRow, ...]
    watched: tuple[str, ...]
    ways: tuple[str, ...]
