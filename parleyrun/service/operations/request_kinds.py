"""The two kinds of requests that operators make, and what their values may be."""

from __future__ import annotations

from typing import ClassVar, Literal

DoorState = Literal["open", "closed", "drain"]
EndKind = Literal["finished", "stopped", "timed out"]
Destination = Literal["overworld", "task", "out"]
Otherwise = Literal["nothing", "note", "out"]


class ReadingRequest:
    """A request that changes nothing and disturbs nobody."""

    __slots__ = ()

    verb: ClassVar[str]


class WritingRequest:
    """A request that changes something, and goes on record with who made it and why."""

    __slots__ = ()

    verb: ClassVar[str]
