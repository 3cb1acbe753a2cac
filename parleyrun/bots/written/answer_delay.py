"""The answer delay: bots that need no time take some, so that they look like a model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from ...config.kinds import Quantity
from ...config.sections import Field
from ...core.thinking import CallLater, think
from ...runner.timers import Timers
from ..opt_names import TIMERS

SECONDS = "seconds"

SECONDS_FIELD = Field(SECONDS, Quantity(0, 3600, unit="seconds"), "how long an answer takes")


def take_time(opt: Mapping[str, Any]) -> None:
    """Wait as long as `opt['seconds']` says, by the clock of the service where there is one; hold no slot."""
    seconds = float(opt.get(SECONDS) or 0)
    if seconds > 0:
        timers: Timers | None = opt.get(TIMERS)
        call_later: CallLater = _call_later if timers is None else timers.call_later
        think(lambda thinking: thinking.wait(seconds, call_later))


def _call_later(seconds: float, callback: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, callback)
    timer.daemon = True
    timer.start()
