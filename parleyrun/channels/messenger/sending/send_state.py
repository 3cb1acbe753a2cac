"""The send state: what waits for whom, who cannot be reached, and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from ....events import Delivery, Unsent
from ....runner.timers import Timers
from .rate_limiter import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, RateLimiter
from .retry_policy import ECHO_GRACE_SECONDS, Advance, Decision, GiveUpPerson, Hold, PausePage, Retry, StopPage
from .send_queues import Action, PersonQueue, QueueState, SendQueues
from .send_schedule import Change, SendSchedule

Lost = tuple[Delivery, int, int]
"""A line that is given up: itself, its first piece that is not sent, and how many it has."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Somebody who is not sent anything now: why, and how many lines wait for them."""

    participant_id: str
    reason: str
    lines: int = 0


class SendState:
    """Everything that the sender's lock guards, and every change of it. Nothing here blocks.

    Args:
        rates: Says how fast the page may send, and whether it may at all.
        timers: Call back where somebody has to wait.
        due: Takes a change that the timers bring; it is to be made with the lock.
    """

    def __init__(self, rates: RateLimiter, timers: Timers, due: Callable[[Change], None]) -> None:
        self._rates = rates
        self._clock = timers.clock
        self._queues = SendQueues()
        self._schedule = SendSchedule(self._queues, rates, timers, due)
        self._unreachable: dict[str, str] = {}
        self._closed = False

    def close(self) -> None:
        """Take nothing more, and let nobody have a turn."""
        self._closed = True
        self._schedule.close()

    def take_turns(self) -> list[PersonQueue]:
        """Make busy, and return, whoever can be served now."""
        return [] if self._closed else self._schedule.take_turns()

    def take_on(self, left: Unsent, open_line: Callable[[PersonQueue], None]) -> None:
        """Queue what an earlier process has left. What it may have sent gets a moment for its echo."""
        queue = self._queues.of(left.participant_id)
        queue.lines.extend(left.lines)
        open_line(queue)
        dealt_with = {sending.piece for sending in left.sendings if sending.state != "trying"}
        while queue.piece in dealt_with:
            queue.begin_piece(queue.piece + 1)
        if any(sending.piece == queue.piece for sending in left.sendings):
            self._schedule.wait(queue, ECHO_GRACE_SECONDS)
        else:
            self._queues.make_ready(queue)

    def put(self, delivery: Delivery) -> str | None:
        """Queue a line; or return why its person cannot be reached."""
        if self._closed:
            return None
        why_not = self._unreachable.get(delivery.participant_id)
        if why_not is None:
            queue = self._queues.of(delivery.participant_id)
            if not queue.lines or queue.lines[-1].seq < delivery.seq:  # else it was taken on at the start
                queue.lines.append(delivery)
            if queue.state is QueueState.IDLE:
                self._queues.make_ready(queue)
        return why_not

    def put_action(self, participant_id: str, slot: str, action: Action) -> None:
        """Queue an action, if it can be shown soon."""
        if self._closed or not self._may_act(participant_id):
            return
        queue = self._queues.of(participant_id)
        queue.actions[slot] = action
        if queue.state is QueueState.IDLE:
            self._queues.make_ready(queue)

    def take_back(self, participant_id: str, slot: str) -> None:
        """Forget an action, unless it is being shown already."""
        queue = self._queues.get(participant_id)
        if queue is not None:
            queue.actions.pop(slot, None)

    def heard(self, participant_id: str) -> None:
        """A person wrote: they can be reached, and what was held for them goes out."""
        self._unreachable.pop(participant_id, None)
        queue = self._queues.get(participant_id)
        if queue is not None:
            queue.heard_meanwhile = True
            if queue.state is QueueState.HELD:
                self._queues.make_ready(queue)

    def echoed(self, participant_id: str, seq: int, piece: int, mid: str) -> float | None:
        """A piece was shown. Return when it was sent, if it is the one that is under way or waits."""
        queue = self._queues.get(participant_id)
        if queue is None or not queue.lines or queue.lines[0].seq != seq:
            return None
        queue.echoes[piece] = mid
        if queue.piece != piece:
            return None
        if queue.state in (QueueState.WAITING, QueueState.HELD):
            self._queues.make_ready(queue)
        return queue.began_at

    def leave(self, queue: PersonQueue, decision: Decision | None) -> list[Lost]:
        """A worker has done with a queue: put it where it belongs; return what is lost with its person.

        `decision` is what to do about its first piece, None where that was not tried.
        """
        self._queues.leave(queue)
        if queue.heard_meanwhile and isinstance(decision, Hold | GiveUpPerson):
            decision = Retry(0.0, "the person wrote while it was under way")
        if isinstance(decision, Retry | Hold | PausePage) and queue.piece in queue.echoes:
            self._queues.make_ready(queue)  # its echo came while the attempt was under way
            return []
        match decision:
            case None:
                self._queues.rest(queue)
            case Advance():
                queue.suspect = queue.suspect and decision.dropped_because is not None
                queue.begin_piece(queue.piece + 1)
                if queue.current is None:
                    queue.lines.popleft()
                    queue.begin_line()
                self._queues.rest(queue)
            case Retry(0.0) | StopPage():
                self._queues.make_ready(queue)
            case Retry(seconds):
                queue.suspect = True
                self._schedule.wait(queue, seconds)
            case Hold(reason, seconds):
                self._schedule.hold(queue, reason, seconds)
            case PausePage():
                # Longer each time, so that somebody who alone is refused does not hold up the page for ever.
                seconds = FIRST_PAUSE_SECONDS * 2 ** min(queue.alike - 1, 16)
                self._schedule.wait(queue, min(LONGEST_PAUSE_SECONDS, seconds))
            case GiveUpPerson(reason):
                self._unreachable[queue.participant_id] = reason
                self._queues.remove(queue)
                first, *others = queue.lines
                return [(first, queue.piece, len(queue.pieces or ())), *((line, 0, 1) for line in others)]
            case _:
                assert_never(decision)
        return []

    def is_at_rest(self) -> bool:
        """Tell whether nothing is under way, nor can be sent before something changes."""
        # Whoever can be served is taken in the same step as the change that makes it possible.
        return not self._queues.under_way

    def has_sent_all_it_can(self) -> bool:
        return not self._queues.under_way and not (self._queues.ready and self._can_send())

    def waiting_lines(self) -> int:
        """Return how many lines wait to be sent."""
        return sum(len(queue.lines) for queue in self._queues)

    def unreachable(self) -> list[Unreachable]:
        """Return who cannot be sent anything now, and why."""
        given_up = [Unreachable(participant_id, why) for participant_id, why in self._unreachable.items()]
        held = [
            Unreachable(queue.participant_id, queue.held_because, len(queue.lines))
            for queue in self._queues
            if queue.state is QueueState.HELD
        ]
        return given_up + held

    def _may_act(self, participant_id: str) -> bool:
        queue = self._queues.get(participant_id)
        return (
            participant_id not in self._unreachable
            and self._can_send()
            and (queue is None or queue.state not in (QueueState.WAITING, QueueState.HELD))
        )

    def _can_send(self) -> bool:
        return self._rates.stopped is None and not self._rates.pausing(self._clock.monotonic())
