"""Placement: on which host a run goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .host_link import HostOffer

READY_WEIGHT = 10
"""A run that waits for its turn to execute weighs as much as so many that rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStanding:
    """What counts when a run is placed.

    Attributes:
        offer: What the host has.
        runs: How many runs are on it.
        ready: How many of them wait for their turn to execute.
        takes: Whether it takes new runs: it answers, has room, and is not being emptied.
    """

    offer: HostOffer
    runs: int = 0
    ready: int = 0
    takes: bool = True

    @property
    def load(self) -> float:
        """How much it has to do, for what it has to do it with."""
        return (self.runs + READY_WEIGHT * self.ready) / max(self.offer.cpus, 0.1)


def fits(offer: HostOffer, needed: Mapping[str, float]) -> bool:
    """Return whether a host has as much of everything as a task asks for."""
    return all(amount <= _amount_of(offer, name) for name, amount in needed.items())


def best_host(standings: Iterable[HostStanding], needed: Mapping[str, float]) -> str | None:
    """Return the name of the host that has the least to do among those that fit; None if none does."""
    able = [standing for standing in standings if standing.takes and fits(standing.offer, needed)]
    return min(able, key=lambda standing: (standing.load, standing.offer.name)).offer.name if able else None


def _amount_of(offer: HostOffer, name: str) -> float:
    return offer.cpus if name == "CPU" else offer.resources.get(name, 0.0)
