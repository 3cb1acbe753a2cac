"""The alert conditions: what holds of a study now that somebody wants to be told of."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ...config.watching.watch_settings import AlertsConfig
from .alert_reading import AlertReading

FEWEST_OVER = 5
"""How many conversations have to be over within the window for a share of them to say anything."""

_GB = 10**9


class AlertConditions:
    """Holds readings against what a config says, one after the other. `look` is for one thread.

    Args:
        settings: What is watched.
        now: When the watch begins, in seconds of the monotonic clock.
    """

    def __init__(self, settings: AlertsConfig, now: float) -> None:
        self._settings = settings
        self._began = now
        self._begun = -1
        self._matched_at = now
        # The oldest one is at least as old as the window, once the watch is.
        self._readings: deque[AlertReading] = deque()

    def look(self, reading: AlertReading) -> dict[str, str]:
        """Return what holds now, by the name of the condition, each as a sentence without its full stop."""
        if reading.begun != self._begun:
            self._begun, self._matched_at = reading.begun, reading.now
        self._readings.append(reading)
        while len(self._readings) > 1 and self._readings[1].now <= reading.now - self._settings.window:
            self._readings.popleft()
        return dict(self._found(reading))

    def is_known(self, name: str, now: float) -> bool:
        """Whether the watch has gone on for long enough to know that a condition does not hold any more.

        What it goes by begins anew with each start, so at first it cannot know of those that look back.
        """
        settings = self._settings
        looks_back = {
            "nobody_matched_for": settings.nobody_matched_for or 0.0,
            "dropped_out_above": settings.window,
            "errors_above": settings.window,
        }
        return now - self._began >= looks_back.get(name, 0.0)

    def _found(self, reading: AlertReading) -> Iterator[tuple[str, str]]:
        settings, before = self._settings, self._readings[0]
        within = spoken(settings.window)
        longest = settings.nobody_matched_for
        if longest is not None and reading.longest_wait >= longest <= reading.now - self._matched_at:
            people = "1 person waits" if reading.waiting == 1 else f"{reading.waiting} people wait"
            yield "nobody_matched_for", f"nobody was matched for {spoken(longest)}, and {people}"
        over, dropped = reading.over - before.over, reading.dropped - before.dropped
        share = settings.dropped_out_above
        if share is not None and over >= FEWEST_OVER and dropped / over > share:
            of = f"{dropped} of {over} conversations that ended within {within}"
            yield "dropped_out_above", f"people dropped out of {of}: more than {share:.0%}"
        errors = reading.errors - before.errors
        if settings.errors_above is not None and errors > settings.errors_above:
            yield "errors_above", f"{errors} errors within {within}: more than {settings.errors_above}"
        if settings.cost_above is not None and reading.cost > settings.cost_above:
            yield "cost_above", f"models cost {reading.cost:.2f} so far: more than {settings.cost_above:g}"
        for model, why in reading.models.items() if settings.model_down is not None else ():
            if not settings.model_down or model in settings.model_down:
                yield f"model_down {model}", f"the model {model} does not answer: {why}"
        least, free = settings.disk_below, reading.free_bytes
        if least is not None and free is not None and free < least:
            yield "disk_below", f"{free / _GB:.2f} GB are free for the record: less than {least / _GB:.2f} GB"


def spoken(seconds: float) -> str:
    """Return a length of time as people say it: `90 seconds`, `10 minutes`, `4 hours`."""
    for unit, of in (("hour", 3600.0), ("minute", 60.0)):
        if seconds >= 2 * of or seconds == of:
            return f"{seconds / of:g} {unit}{'' if seconds == of else 's'}"
    return f"{seconds:g} seconds"
