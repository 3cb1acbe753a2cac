"""How often a world that waits is looked at, while nothing happens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TickPace:
    """A pace that slows down.

    Attributes:
        first_seconds: How soon it is looked at the first time.
        growth: How much longer it takes each time, as a part of the time in which nothing has happened. With 1 it
            doubles; with 0.1 a world that counts seconds by itself is late by a tenth of them at most.
    """

    first_seconds: float
    growth: float
