"""The two kinds of requests: those that change nothing, and those that go on record."""

from __future__ import annotations

from typing import ClassVar


class ReadingRequest:
    """A request that changes nothing and disturbs nobody."""

    __slots__ = ()

    verb: ClassVar[str]


class WritingRequest:
    """A request that changes something, and goes on record with who made it and why."""

    __slots__ = ()

    verb: ClassVar[str]
