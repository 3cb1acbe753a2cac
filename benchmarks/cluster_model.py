"""A model of a coordinator with K hosts: what it takes to serve so many people, by the costs of one message."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

FULL = 0.7
"""What share of a processor, or of what a store can take, is used at most: above that people wait in queues."""

SECONDS_A_LINE = 30.0
"""How often somebody in a conversation says something: what they read, think and write takes the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What was measured.

    Attributes:
        alone: CPU seconds a message in one process without hosts, the record in memory.
        coordinator: CPU seconds a message in a coordinator whose conversations are on hosts, the record in memory.
        commit: What the record in a file adds to that.
        host: CPU seconds a message on a host, with a world that only hands it on.
        store_turns: How many turns a second a store takes, of many people at once.
        person_bytes: Memory of a coordinator for one person in a conversation.
    """

    alone: float
    coordinator: float
    commit: float
    host: float
    store_turns: float
    person_bytes: float

    @property
    def mail(self) -> float:
        """CPU seconds that a message costs a coordinator and a host beyond what one process takes for it."""
        return self.coordinator + self.host - self.alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Talking:
    """How much is said: so many people, each a line every so many seconds, in worlds that compute for so long."""

    people: int
    seconds_a_line: float = SECONDS_A_LINE
    world_seconds: float = 0.0

    @property
    def messages(self) -> float:
        """How many are said in a second."""
        return self.people / self.seconds_a_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What that takes.

    Attributes:
        coordinator_use: How many processors one coordinator would need; it has one.
        store_use: What share of what one store takes would be used.
        shards: How many coordinators, each with a record of its own and some of the groups of tasks.
        hosts: How many hosts, over all shards.
        memory_bytes: What all coordinators hold for people.
    """

    coordinator_use: float
    store_use: float
    shards: int
    hosts: int
    memory_bytes: float


def needs(load: Talking, costs: Costs) -> Needs:
    """Return what a load takes, everything being even: people over shards, conversations over hosts."""
    coordinator_use = load.messages * (costs.coordinator + costs.commit)
    store_use = load.messages / costs.store_turns
    shards = max(1, ceil(max(coordinator_use, store_use) / FULL))
    hosts_use = load.messages * (costs.host + load.world_seconds)
    return Needs(
        coordinator_use=coordinator_use,
        store_use=store_use,
        shards=shards,
        hosts=max(shards, ceil(hosts_use / FULL)),
        memory_bytes=load.people * costs.person_bytes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many people one coordinator and one store can serve."""

    coordinator: int
    store: int

    def with_shards(self, largest_share: float) -> int:
        """Return how many there can be over all shards, if the largest group of tasks has that share of them."""
        return int(min(self.coordinator, self.store) / largest_share)


def limits(seconds_a_line: float, costs: Costs) -> Limits:
    """Return how many people are too many, if each says a line every so many seconds."""
    return Limits(
        coordinator=int(FULL / (costs.coordinator + costs.commit) * seconds_a_line),
        store=int(FULL * costs.store_turns * seconds_a_line),
    )
