"""What operators may ask about alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .request_kinds import ReadingRequest, WritingRequest


@dataclass(frozen=True, slots=True)
class ListAlerts(ReadingRequest):
    """The alerts that are open, what is watched, and by which ways somebody is told."""

    verb: ClassVar[str] = "alerts"


@dataclass(frozen=True, slots=True)
class SendTestAlert(WritingRequest):
    """Send a test by all ways by which somebody is told of alerts."""

    verb: ClassVar[str] = "alarm"
