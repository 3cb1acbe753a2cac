"""Faults: what goes wrong because a test wants it to."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .moved_clock import MovedClock
from .refusals import Refusal
from .watched_state import WITHIN_SECONDS, WatchedState

THROTTLED = 613


@dataclass(slots=True, kw_only=True)
class GraphFault:
    """A failure that is still to happen. `times_left` None is without end; `psid` None is whoever comes."""

    refusal: Refusal
    times_left: int | None
    psid: str | None
    endpoint: str
    actions: bool
    sent_though: bool

    def is_for(self, endpoint: str, psid: str | None, *, action: bool) -> bool:
        fits_person = self.psid is None or self.psid == psid
        return fits_person and self.endpoint == endpoint and (self.actions or not action)


@dataclass(slots=True)
class HeldSends:
    """Sends whose answers are held back. `count` is how many wait; they go on when it is let go."""

    psid: str | None
    accepting: bool
    watched: WatchedState
    count: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, count: int = 1, within_seconds: float = WITHIN_SECONDS) -> None:
        """Wait until so many sends are held; fail if they do not come."""
        if not self.watched.until(lambda: self.count >= count, within_seconds):
            raise AssertionError(
                f"expected {count} sends to be held within {within_seconds:g} s, got {self.count}"
            )

    def release(self) -> None:
        """Let them go on, and hold no more."""
        self.released.set()


class GraphFaults:
    """What goes wrong. Guarded by the fake's lock, apart from waiting."""

    def __init__(self, watched: WatchedState, clock: MovedClock) -> None:
        self._watched = watched
        self._clock = clock
        self._faults: list[GraphFault] = []
        self._holds: list[HeldSends] = []
        self._drops: dict[bool, int] = {True: 0, False: 0}
        self._throttled_until = 0.0
        self._throttle_code = THROTTLED
        self.usage_percent: int | None = None
        self.closing = threading.Event()

    def add(self, fault: GraphFault) -> None:
        with self._watched:
            self._faults.append(fault)

    def drop(self, times: int, *, after_accepting: bool) -> None:
        with self._watched:
            self._drops[after_accepting] += times

    def throttle(self, seconds: float, code: int) -> None:
        with self._watched:
            self._throttled_until = self._clock.time() + seconds
            self._throttle_code = code

    def heal(self) -> None:
        with self._watched:
            self._faults.clear()
            self._drops = {True: 0, False: 0}
            self._throttled_until = 0.0
            self.usage_percent = None

    @contextmanager
    def holding(self, psid: str | None, *, accepting: bool) -> Iterator[HeldSends]:
        hold = HeldSends(psid, accepting, self._watched)
        with self._watched:
            self._holds.append(hold)
        try:
            yield hold
        finally:
            with self._watched:
                self._holds.remove(hold)
            hold.release()

    @property
    def throttled_seconds(self) -> float:
        """How long it is still throttled; 0 if it is not."""
        return max(0.0, self._throttled_until - self._clock.time())

    def check_throttle(self) -> None:
        """Raise `Refusal` while it is throttled."""
        if self.throttled_seconds:
            raise Refusal(self._throttle_code, None, "Calls to this api have exceeded the rate limit.")

    def take(self, endpoint: str, psid: str | None, *, action: bool = False) -> GraphFault | None:
        """Return the fault that this call runs into, which is then used up by as much."""
        for fault in self._faults:
            if fault.is_for(endpoint, psid, action=action):
                if fault.times_left is not None:
                    fault.times_left -= 1
                    if fault.times_left <= 0:
                        self._faults.remove(fault)
                return fault
        return None

    def take_drop(self, *, after_accepting: bool) -> bool:
        """Whether this call's connection is dropped at this point."""
        if not self._drops[after_accepting]:
            return False
        self._drops[after_accepting] -= 1
        return True

    def wait_held(self, psid: str | None, *, accepting: bool) -> None:
        """Wait while somebody holds this call. The lock is not held meanwhile."""
        with self._watched:
            found = [hold for hold in self._holds if hold.psid in (None, psid) and hold.accepting == accepting]
            for hold in found:
                hold.count += 1
        for hold in found:
            hold.released.wait()

    def let_go(self) -> None:
        """Let everything go that is held, for good."""
        self.closing.set()
        with self._watched:
            for hold in self._holds:
                hold.release()

    def pause(self, seconds: float) -> None:
        """Take that long, of real time."""
        if seconds > 0:
            self.closing.wait(seconds)

    def usage_headers(self, page_id: str) -> dict[str, str]:
        """Return what Graph tells of usage: nothing while all is calm."""
        if self.usage_percent is None and not self.throttled_seconds:
            return {}
        percent = self.usage_percent if self.usage_percent is not None else 100
        usage: dict[str, Any] = {"call_count": percent, "total_cputime": percent, "total_time": percent}
        minutes = math.ceil(self.throttled_seconds / 60)
        of_page = {"type": "messenger", **usage, "estimated_time_to_regain_access": minutes}
        return {
            "X-App-Usage": json.dumps(usage),
            "X-Business-Use-Case-Usage": json.dumps({page_id: [of_page]}),
        }
