"""The sender: everybody's lines go out in order, and nobody waits for anybody else's trouble."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from ....events import Delivery, Unsent
from ....runner.timers import Timers
from .attempts import Attempts, SendResult, Sent
from .page_health import PageHealth, PageNews, PagePaused, PageProbe, PageStopped
from .piece_metadata import PieceName
from .piece_sender import PieceSender
from .rate_limiter import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS
from .retry_policy import ECHO_GRACE_SECONDS, Advance, Decision, GiveUpPerson, Hold, PausePage, Retry, StopPage
from .send_queues import Action, PersonQueue, QueueState, SendQueues
from .send_schedule import Change, SendSchedule
from .workers import Workers

log = logging.getLogger(__name__)

CLOSE_WITHIN_SECONDS = 10.0

Lost = tuple[Delivery, int, int]
"""A line that is given up: itself, its first piece that is not sent, and how many it has."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Somebody who is not sent anything now: why, and how many lines wait for them."""

    participant_id: str
    reason: str
    lines: int = 0


class Sender:
    """Sends lines and actions. Any thread; all methods but `close` return at once.

    `serving` and `attempts` do what blocks, on `workers`. `check_page` raises `ChannelError` as long as the page's
    token is no good; `gone` is told who cannot be reached any more.
    """

    def __init__(
        self,
        *,
        serving: PieceSender,
        attempts: Attempts,
        page: PageHealth,
        workers: Workers,
        timers: Timers,
        check_page: Callable[[], None],
        gone: Callable[[str], None],
    ) -> None:
        self._serving = serving
        self._attempts = attempts
        self._page = page
        self._workers = workers
        self._timers = timers
        self._probe = PageProbe(timers, workers, check_page, self._checked)
        self._gone = gone
        # Guards everything below, and the page. Nothing that may wait is done with it, as the store's writer takes
        # it to hand over lines.
        self._changed = threading.Condition()
        self._queues = SendQueues()
        self._schedule = SendSchedule(self._queues, page.rates, timers, self._due)
        self._unreachable: dict[str, str] = {}
        self._told_stop = ""
        self._closed = False

    def start(self, unsent: Iterable[Unsent]) -> None:
        """Take on what an earlier process has left. What it may have sent gets a moment for its echo."""
        with self._change():
            for left in unsent:
                self._take_on(left)

    def put(self, delivery: Delivery) -> None:
        """Queue a line."""
        with self._change():
            if self._closed:
                return
            why_not = self._unreachable.get(delivery.participant_id)
            if why_not is None:
                queue = self._queues.of(delivery.participant_id)
                if not queue.lines or queue.lines[-1].seq < delivery.seq:  # else it was taken on at the start
                    queue.lines.append(delivery)
                if queue.state is QueueState.IDLE:
                    self._queues.make_ready(queue)
        if why_not is not None:
            self._serving.drop(delivery, why_not)

    def act(self, participant_id: str, slot: str, action: Action) -> None:
        """Have an action shown, if that is possible soon; a newer one in the same slot takes its place."""
        with self._change():
            if self._closed or not self._may_act(participant_id):
                return
            queue = self._queues.of(participant_id)
            queue.actions[slot] = action
            if queue.state is QueueState.IDLE:
                self._queues.make_ready(queue)

    def take_back(self, participant_id: str, slot: str) -> None:
        """Have what is in this slot not shown, unless it was already."""
        with self._changed:
            queue = self._queues.get(participant_id)
            if queue is not None:
                queue.actions.pop(slot, None)

    def heard(self, participant_id: str) -> None:
        """A person wrote: they can be reached, and what was held for them goes out."""
        with self._change():
            self._unreachable.pop(participant_id, None)
            queue = self._queues.get(participant_id)
            if queue is not None:
                queue.heard_meanwhile = True
                if queue.state is QueueState.HELD:
                    self._queues.make_ready(queue)

    def echoed(self, name: PieceName, mid: str) -> None:
        """Messenger has shown this piece to its person: if its answer was lost, it is not sent again."""
        began_at = None
        with self._change():
            queue = self._queues.get(name.participant_id)
            if queue is not None and queue.lines and queue.lines[0].seq == name.seq:
                queue.echoes[name.piece] = mid
                if queue.piece == name.piece:
                    began_at = queue.began_at
                    if queue.state in (QueueState.WAITING, QueueState.HELD):
                        self._queues.make_ready(queue)
        # At once, as the process may die before the answer comes. It may also be of a piece that was given up.
        self._serving.confirm(name, mid, began_at)

    def wait_at_rest(self, timeout_seconds: float) -> bool:
        """Wait until nothing is under way, nor can be sent before something changes. False if it took too long."""
        with self._changed:
            return self._changed.wait_for(self._is_at_rest, timeout_seconds)

    def close(self) -> None:
        """Send what can be sent now, for a while, and leave the rest to the next start. Blocks."""
        with self._changed:
            self._changed.wait_for(self._has_sent_all_it_can, CLOSE_WITHIN_SECONDS)
            self._closed = True
            self._schedule.close()
        self._workers.close()

    def trouble(self) -> str | None:
        """Say what keeps the page from sending; None while all is well."""
        with self._changed:
            return self._page.trouble()

    def waiting_lines(self) -> int:
        """Return how many lines wait to be sent."""
        with self._changed:
            return sum(len(queue.lines) for queue in self._queues)

    def unreachable(self) -> list[Unreachable]:
        """Return who cannot be sent anything now, and why."""
        with self._changed:
            given_up = [Unreachable(participant_id, why) for participant_id, why in self._unreachable.items()]
            held = [
                Unreachable(queue.participant_id, queue.held_because, len(queue.lines))
                for queue in self._queues
                if queue.state is QueueState.HELD
            ]
        return given_up + held

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Hold the lock for a change, then serve whoever can be served after it."""
        with self._changed:
            yield
            taken = [] if self._closed else self._schedule.take_turns()
            self._changed.notify_all()
        for queue in taken:
            self._workers.run(partial(self._serve, queue))

    def _due(self, change: Change) -> None:
        with self._change():
            change()

    def _take_on(self, left: Unsent) -> None:
        queue = self._queues.of(left.participant_id)
        queue.lines.extend(left.lines)
        self._serving.open_line(queue)
        dealt_with = {sending.piece for sending in left.sendings if sending.state != "trying"}
        while queue.piece in dealt_with:
            queue.begin_piece(queue.piece + 1)
        if any(sending.piece == queue.piece for sending in left.sendings):
            self._schedule.wait(queue, ECHO_GRACE_SECONDS)
        else:
            self._queues.make_ready(queue)

    def _may_act(self, participant_id: str) -> bool:
        rates = self._page.rates
        queue = self._queues.get(participant_id)
        return (
            participant_id not in self._unreachable
            and rates.stopped is None
            and not rates.pausing(self._timers.clock.monotonic())
            and (queue is None or queue.state not in (QueueState.WAITING, QueueState.HELD))
        )

    def _is_at_rest(self) -> bool:
        # Whoever can be served is taken in the same step as the change that makes it possible.
        return not self._queues.under_way and not self._probe.is_under_way

    def _has_sent_all_it_can(self) -> bool:
        rates = self._page.rates
        can_send = rates.stopped is None and not rates.pausing(self._timers.clock.monotonic())
        return not self._queues.under_way and not (self._queues.ready and can_send)

    def _place(self, queue: PersonQueue, decision: Decision) -> list[Lost]:
        """Put a queue to where it belongs after an attempt; return what is lost together with its person."""
        if isinstance(decision, Retry | Hold | PausePage) and queue.piece in queue.echoes:
            self._queues.make_ready(queue)  # its echo came while the attempt was under way
            return []
        match decision:
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
        return []

    def _serve(self, queue: PersonQueue) -> None:
        verdict: SendResult | None
        decision: Decision | None = None
        if queue.lines:
            verdict, decision = self._serving.send_next(queue, self._page.worked_at)
        else:
            verdict = self._act(queue)
        news: PageNews | None = None
        lost: list[Lost] = []
        with self._change():
            self._queues.leave(queue)
            if verdict is not None:
                news = self._page.learn(verdict, self._timers.clock.monotonic())
                if isinstance(verdict, Sent):
                    self._told_stop = ""
                if isinstance(news, PageStopped):
                    self._probe.check_in(self._page.next_probe_seconds())
            if queue.heard_meanwhile and isinstance(decision, Hold | GiveUpPerson):
                decision = Retry(0.0, "the person wrote while it was under way")
            if decision is None:
                self._queues.rest(queue)
            else:
                lost = self._place(queue, decision)
        if news is not None:
            self._tell(news)
        if isinstance(decision, GiveUpPerson):
            for line, first, pieces in lost:
                self._serving.drop(line, decision.reason, first, pieces)
            self._gone(queue.participant_id)

    def _act(self, queue: PersonQueue) -> SendResult | None:
        with self._changed:
            action = queue.actions.pop(next(iter(queue.actions), ""), None)
        if action is None or action.until < self._timers.clock.monotonic():
            return None
        try:
            return self._attempts.act(queue.participant_id, action)
        except Exception:
            log.exception("%s could not be shown something that is no line", queue.participant_id)
            return None

    def _tell(self, news: PageNews) -> None:
        match news:
            case PagePaused(seconds):
                log.warning("Meta throttles the page: nothing is sent for %.0f s", seconds)
            case PageStopped(reason):
                if reason != self._told_stop:
                    self._told_stop = reason
                    log.error("the page may not send anything until this is mended: %s", reason)

    def _checked(self, is_mended: bool) -> None:
        """A page that was stopped was looked after. What is sent then shows whether it really is mended."""
        with self._change():
            self._probe.is_under_way = False
            if is_mended:
                self._page.rates.resume()
            else:
                self._probe.check_in(self._page.next_probe_seconds())
