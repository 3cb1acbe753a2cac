"""What the hosts of a service need of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.bot_seats.bot_desk import BotMeans
from ..runner.timers import Timers
from ..runner.turn import Commit
from .host_orders import EndReport
from .hosted_run import HostedRun
from .runs_connection import RunsConnection

TakeReports = Callable[[RunsConnection, Sequence[Any]], None]
"""Takes a batch of what a host reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What the hosts of a service need of it.

    Attributes:
        take: Takes what they report.
        over: Told of a run that ends without a host, with a report as of one.
        commit: Records a turn.
        shows_forms: Says whether somebody can be shown a form as a whole.
        timers: The clock.
        means: What all bots have in common; None where there are no models.
    """

    take: TakeReports
    over: Callable[[HostedRun, EndReport], None]
    commit: Commit
    shows_forms: Callable[[str], bool]
    timers: Timers
    means: BotMeans | None
