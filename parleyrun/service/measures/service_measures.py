"""Measures: what is measured of a service, read at one moment, for whoever watches it from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .distribution import Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All since this start. Nothing in it names anybody.

    Attributes:
        ended: How many conversations ended, by task and outcome.
        waits: How long people waited who wait no more, in seconds, by task.
        sources: How many warnings and errors the log had, by level and by class of error, or logger.
        queues: About how many things wait to be done, by what does them: `desk`, `store`.
        group_records: How many records the store wrote at once; empty for one that does not tell.
        group_seconds: How long that took it.
        started_at: When this start was, in wall time.
    """

    ended: Mapping[tuple[str, str], int]
    waits: Mapping[str, Spread]
    sources: Mapping[tuple[str, str], int]
    queues: Mapping[str, int]
    group_records: Spread
    group_seconds: Spread
    started_at: float
