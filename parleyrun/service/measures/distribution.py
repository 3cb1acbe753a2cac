"""Distributions: how values are spread, in a few numbers that never grow."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WAIT_BOUNDS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
COMMIT_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
GROUP_BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution at one moment.

    Attributes:
        up_to: How many values were at most so large, by that bound, in rising order; the last bound is infinite.
        total: All values together.
    """

    up_to: tuple[tuple[float, int], ...]
    total: float


class Distribution:
    """Counts values by how large they are. Any thread.

    Args:
        bounds: In rising order: up to which value each count goes. What is larger is counted, too.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = (*bounds, math.inf)
        self._lock = threading.Lock()  # guards both below
        self._counts = [0] * len(self._bounds)
        self._total = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += 1
            self._total += value

    def read(self) -> Spread:
        """Return what there is now."""
        with self._lock:
            counts, total = [*self._counts], self._total
        so_far, up_to = 0, []
        for bound, count in zip(self._bounds, counts, strict=True):
            so_far += count
            up_to.append((bound, so_far))
        return Spread(tuple(up_to), total)


class Waits:
    """How long people waited, by the task that they waited for. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the one below
        self._by_task: dict[str, Distribution] = {}

    def add(self, task: str, seconds: float) -> None:
        """Somebody has waited for so long, and waits no more."""
        with self._lock:
            waits = self._by_task.setdefault(task, Distribution(WAIT_BOUNDS))
        waits.add(seconds)

    def read(self) -> Mapping[str, Spread]:
        """Return how long people waited, by task."""
        with self._lock:
            by_task = {**self._by_task}
        return {task: waits.read() for task, waits in by_task.items()}


class GroupFigures:
    """How many records the store writes at once, and how long that takes it. Any thread."""

    def __init__(self) -> None:
        self.records = Distribution(GROUP_BOUNDS)
        self.seconds = Distribution(COMMIT_BOUNDS)

    def add(self, records: int, seconds: float) -> None:
        """A group is on record."""
        self.records.add(records)
        self.seconds.add(seconds)
