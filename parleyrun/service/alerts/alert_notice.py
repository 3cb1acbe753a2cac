"""The alert notice: what somebody is told, and the ways to tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

AlertNews = Literal["began", "reminder", "over", "test"]

_SAID = {"began": "ALERT", "reminder": "STILL", "over": "OVER", "test": "TEST"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertNotice:
    """Something that somebody is told. It names nobody.

    Attributes:
        study: What the study is called.
        alert: The name of the condition, with the model that it is about, if any.
        news: Whether it began, goes on, or is over; or that this is a test.
        text: What holds, as a sentence without its full stop.
        since: Since when, in wall time.
    """

    study: str
    alert: str
    news: AlertNews
    text: str
    since: float

    @property
    def title(self) -> str:
        """The notice in one line."""
        return f"{_SAID[self.news]} {self.study}: {self.text}"


class AlertNotSent(Exception):
    """A notice could not be told; the message says why, without any secret."""


class AlertWay(Protocol):
    """A way to tell somebody. Used on one thread, which it may block for some seconds."""

    name: str

    def send(self, notice: AlertNotice) -> None:
        """Tell of it. Raises `AlertNotSent`."""
