"""What operators may ask of the study as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..request_kinds import ReadingRequest


@dataclass(frozen=True, slots=True)
class ShowOverview(ReadingRequest):
    """How many people are where, what goes on, what is paused, and what is wrong."""

    verb: ClassVar[str] = "overview"


@dataclass(frozen=True, slots=True)
class ListTasks(ReadingRequest):
    """The tasks, with who waits for them and is in them, and how many had which value of each condition."""

    verb: ClassVar[str] = "tasks"


@dataclass(frozen=True, slots=True)
class ListHosts(ReadingRequest):
    """The hosts of conversations, and the replicas of models: how each does, and what waits for it."""

    verb: ClassVar[str] = "hosts"


@dataclass(frozen=True, slots=True)
class ListModels(ReadingRequest):
    """How the models do: answers, failures by cause, tokens, cost, time."""

    verb: ClassVar[str] = "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTroubles(ReadingRequest):
    """The last warnings and errors of the log, newest first, and how many there were of each kind.

    Attributes:
        kind: Only those of this kind.
        at_most: How many to return.
    """

    verb: ClassVar[str] = "trouble"
    kind: str | None = None
    at_most: int = 100


@dataclass(frozen=True, slots=True)
class ShowStudy(ReadingRequest):
    """What runs: the config without its secrets, versions, and the starts of the service on this record."""

    verb: ClassVar[str] = "study"
