"""Group sizes: how many people a conversation takes, and how long it waits for more of them."""

from __future__ import annotations

from dataclasses import dataclass

from .conditions import When


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSize:
    """How many people a conversation takes.

    Attributes:
        least: With how many it may begin.
        most: With how many it begins at once.
        wait: How long, in seconds, its oldest waits for more than `least`.
    """

    least: int
    most: int
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsBy:
    """How many people a conversation needs, by condition."""

    when: When
    then: GroupSize
    otherwise: GroupSize
