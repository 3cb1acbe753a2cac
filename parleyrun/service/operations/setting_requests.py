"""What operators set, and what holds until they set it otherwise: one frozen request for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .request_kinds import DoorState, WritingRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainHost(WritingRequest):
    """Empty a host: its conversations go on on others, each between two parleys, and no new ones come to it."""

    verb: ClassVar[str] = "drain"
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillHost(WritingRequest):
    """Have a host take new conversations again that was emptied."""

    verb: ClassVar[str] = "fill"
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseMatching(WritingRequest):
    """Match nobody any more for a task (None: for any), until it is resumed. Who waits goes on waiting."""

    verb: ClassVar[str] = "pause"
    task: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeMatching(WritingRequest):
    """Match people again for a task; None lifts the pause of all matching, and leaves those of single tasks."""

    verb: ClassVar[str] = "resume"
    task: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWait(WritingRequest):
    """Say for how many seconds somebody waits for a task at most, whatever its `max_time_in_pool`.

    It holds for those who wait now, too. Without `seconds` it is what the config says again.
    """

    verb: ClassVar[str] = "wait"
    task: str
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimeLimit(WritingRequest):
    """Say how long conversations of a task may last that begin from now on, whatever its `time_limit`.

    Those that go on keep the time that they have. Without `seconds` it is what the config says again.

    Attributes:
        task: The key of the task.
        seconds: How many seconds; 0 for as long as they take.
    """

    verb: ClassVar[str] = "time"
    task: str
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSize(WritingRequest):
    """Say how many people a conversation of a task takes, whatever its `agents_required`.

    It holds for all that begin from now on, for those who wait now, too. Without `least` it is what the config
    says again.

    Attributes:
        task: The key of the task.
        least: With how many it may begin.
        most: With how many it begins at once; as `least` if not given.
        wait: How many seconds the oldest waits for more than `least`.
    """

    verb: ClassVar[str] = "size"
    task: str
    least: int | None = None
    most: int | None = None
    wait: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuota(WritingRequest):
    """Say with how many of a condition's value it is enough. Without `quota` it is what the config says again."""

    verb: ClassVar[str] = "quota"
    condition: str
    value: str
    quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDoor(WritingRequest):
    """Let people in (`open`) or nobody new (`closed`); with `drain` nobody who is inside begins a task either."""

    verb: ClassVar[str] = "door"
    state: DoorState
