"""The window: for how long after a person's last words the page may write to them."""

from __future__ import annotations

import math
from enum import Enum

from ....events import Lines, Notes
from ....runner.timers import Clock
from ..page_people import CHANNEL

OPEN_SECONDS = 24 * 3600.0
HUMAN_AGENT_SECONDS = 7 * 24 * 3600.0


class MessagingWindow(Enum):
    """What may be sent to a person now: an answer, what a human agent writes, or nothing."""

    OPEN = "open"
    HUMAN_AGENT = "human agent"
    CLOSED = "closed"


class MessagingWindows:
    """Knows when people were last heard: those of this process from memory, others from the record. Any thread."""

    def __init__(self, clock: Clock, lines: Lines, notes: Notes, *, human_agent: bool) -> None:
        self._clock = clock
        self._lines = lines
        self._notes = notes
        self._human_agent = human_agent
        # Single dict operations are atomic, and an entry that is lost is found again in the record.
        self._heard: dict[str, float] = {}
        self._tidy_at = 1024

    def heard(self, participant_id: str, at: float) -> None:
        """A person wrote or pressed something at that time (wall time, seconds)."""
        self._heard[participant_id] = max(at, self._heard.get(participant_id, at))
        if len(self._heard) >= self._tidy_at:
            self._tidy()

    def came(self, participant_id: str, at: float) -> None:
        """They did so without words, of which the record would know: note it there."""
        self._notes.keep(CHANNEL, _came_key(participant_id), f"{at:.3f}")

    def heard_at(self, participant_id: str) -> float | None:
        """Return when a person was last heard, for `shut`; None if that is not in memory."""
        return self._heard.get(participant_id)

    def shut(self, participant_id: str, window: MessagingWindow, heard_at: float | None) -> None:
        """Meta says that this window, in which something was sent, is over.

        `heard_at` is what it was sent upon: words that came since have opened a window which Meta did not mean.
        """
        if self._heard.get(participant_id, -math.inf) > (-math.inf if heard_at is None else heard_at):
            return
        passed = OPEN_SECONDS if window is MessagingWindow.OPEN else HUMAN_AGENT_SECONDS
        self._heard[participant_id] = self._clock.time() - passed

    def window_of(self, participant_id: str) -> MessagingWindow:
        """Return what may be sent now. May block. For somebody of whom nothing is known, Meta is the judge."""
        at = self._heard.get(participant_id)
        if at is None:
            at = self._last_heard(participant_id)
            if at is None:
                return MessagingWindow.OPEN
            self._heard.setdefault(participant_id, at)
        silent_seconds = self._clock.time() - at
        if silent_seconds < OPEN_SECONDS:
            return MessagingWindow.OPEN
        if self._human_agent and silent_seconds < HUMAN_AGENT_SECONDS:
            return MessagingWindow.HUMAN_AGENT
        return MessagingWindow.CLOSED

    def _last_heard(self, participant_id: str) -> float | None:
        """Ask the record; it may block."""
        key = _came_key(participant_id)
        came_at = self._notes.kept(CHANNEL, key).get(key)
        wrote_at = self._lines.last_heard(participant_id)
        times = [at for at in (wrote_at, None if came_at is None else float(came_at)) if at is not None]
        return max(times, default=None)

    def _tidy(self) -> None:
        """Forget those who have been silent for a day; the record knows of them."""
        since = self._clock.time() - OPEN_SECONDS
        for participant_id, at in list(self._heard.items()):
            if at <= since:
                self._heard.pop(participant_id, None)
        self._tidy_at = max(1024, 2 * len(self._heard))


def _came_key(participant_id: str) -> str:
    return f"{participant_id}/came"
