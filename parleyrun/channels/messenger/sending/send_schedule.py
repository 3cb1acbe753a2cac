"""The schedule: whose turn it is now, and who waits for a moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ....runner.timers import Timer, Timers
from .rate_limiter import RateLimiter
from .send_queues import Lane, PersonQueue, QueueState, SendQueues

Change = Callable[[], None]


class SendSchedule:
    """Takes people's turns as far as the rates allow. The sender's lock guards it.

    `due(change)` is called on the timers' thread, without the lock, when a moment has come: it is to make the
    change with the lock and then ask whose turn it is.
    """

    def __init__(
        self, queues: SendQueues, rates: RateLimiter, timers: Timers, due: Callable[[Change], None]
    ) -> None:
        self._queues = queues
        self._rates = rates
        self._timers = timers
        self._due = due
        self._wake: Timer | None = None

    def take_turns(self) -> list[PersonQueue]:
        """Make busy, and return, whoever can be served now."""
        taken: list[PersonQueue] = []
        now = self._timers.clock.monotonic()
        while self._queues.ready:
            wait_seconds = self._rates.wait_seconds(now, self._queues.under_way)
            if wait_seconds is None:
                break  # an answer, or a probe, will make a change
            if wait_seconds > 0:
                self._wake_in(wait_seconds)
                break
            media_wait_seconds = self._rates.media_wait_seconds(now)
            queue = self._queues.take([lane for lane in Lane if lane is not Lane.MEDIA or not media_wait_seconds])
            if queue is None:
                if media_wait_seconds:
                    self._wake_in(media_wait_seconds)
                break
            self._rates.take(now, media=queue.lane is Lane.MEDIA)
            taken.append(queue)
        return taken

    def wait(self, queue: PersonQueue, seconds: float) -> None:
        """Put a queue aside for a time."""
        queue.state = QueueState.WAITING
        self._set_timer(queue, seconds)

    def hold(self, queue: PersonQueue, reason: str, seconds: float | None) -> None:
        """Put a queue aside until its person writes, or for that time."""
        queue.state = QueueState.HELD
        queue.held_because = reason
        queue.cancel_timer()
        if seconds is not None:
            self._set_timer(queue, seconds)

    def close(self) -> None:
        """Let no moment come any more."""
        for queue in self._queues:
            queue.cancel_timer()
        if self._wake is not None:
            self._wake.cancel()

    def _set_timer(self, queue: PersonQueue, seconds: float) -> None:
        queue.cancel_timer()

        def waited() -> None:
            # One that was cancelled may fire once more, and the queue may have another by then.
            if queue.timer is timer:
                self._queues.make_ready(queue)

        timer = queue.timer = self._timers.call_later(seconds, partial(self._due, waited))

    def _wake_in(self, seconds: float) -> None:
        when = self._timers.clock.monotonic() + seconds
        if self._wake is None or self._wake.when > when:
            if self._wake is not None:
                self._wake.cancel()
            self._wake = self._timers.call_later(seconds, partial(self._due, self._woken))

    def _woken(self) -> None:
        self._wake = None
