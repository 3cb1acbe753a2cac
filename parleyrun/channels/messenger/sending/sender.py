"""The sender: everybody's lines go out in order, and nobody waits for anybody else's trouble."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import assert_never

from ....events import Delivery, Unsent
from ....runner.thread_workers import Workers
from ....runner.timers import Timers
from .attempts import Attempts, SendResult, Sent
from .page_health import PageHealth, PageNews, PagePaused, PageProbe, PageStopped
from .piece_metadata import PieceName
from .piece_sender import PieceSender
from .retry_policy import Decision, GiveUpPerson
from .send_queues import NOTICE_SLOT, Action, PersonQueue
from .send_schedule import Change
from .send_state import Lost, SendState, Unreachable

log = logging.getLogger(__name__)

CLOSE_WITHIN_SECONDS = 10.0


class Sender:
    """Sends lines and actions. Any thread; all methods but `close` return at once.

    Args:
        pieces: Sends one piece and puts it on record; blocks.
        attempts: Shows actions; blocks.
        page: Follows what Meta's answers say about the page.
        workers: Do what blocks.
        timers: Give the time, and call back.
        check_page: Raises `ChannelError` as long as the page's token is no good; blocks.
        gone: Told who cannot be reached any more.
    """

    def __init__(
        self,
        *,
        pieces: PieceSender,
        attempts: Attempts,
        page: PageHealth,
        workers: Workers,
        timers: Timers,
        check_page: Callable[[], None],
        gone: Callable[[str], None],
    ) -> None:
        self._pieces = pieces
        self._attempts = attempts
        self._page = page
        self._workers = workers
        self._clock = timers.clock
        self._probe = PageProbe(timers, workers, check_page, self._checked)
        self._gone = gone
        # Guards everything below, and the page. Nothing that may wait is done with it, as the store's writer takes
        # it to hand over lines.
        self._changed = threading.Condition()
        self._state = SendState(page.rates, timers, self._due)
        self._told_stop = ""

    def start(self, unsent: Iterable[Unsent]) -> None:
        """Take on what an earlier process has left. What it may have sent gets a moment for its echo."""
        with self._change():
            for left in unsent:
                self._state.take_on(left, self._pieces.open_line)

    def put(self, delivery: Delivery) -> None:
        """Queue a line."""
        with self._change():
            why_not = self._state.put(delivery)
        if why_not is not None:
            self._pieces.drop(delivery, why_not)

    def act(self, participant_id: str, slot: str, action: Action) -> None:
        """Have an action shown, if that is possible soon; a newer one in the same slot takes its place."""
        with self._change():
            self._state.put_action(participant_id, slot, action)

    def take_back(self, participant_id: str, slot: str) -> None:
        """Have what is in this slot not shown, unless it was already."""
        with self._changed:
            self._state.take_back(participant_id, slot)

    def heard(self, participant_id: str) -> None:
        """A person wrote: they can be reached, and what was held for them goes out."""
        with self._change():
            self._state.heard(participant_id)

    def echoed(self, name: PieceName, mid: str) -> None:
        """Messenger has shown this piece to its person: if its answer was lost, it is not sent again."""
        with self._change():
            began_at = self._state.echoed(name.participant_id, name.seq, name.piece, mid)
        # At once, as the process may die before the answer comes. It may also be of a piece that was given up.
        self._pieces.confirm(name, mid, began_at)

    def wait_at_rest(self, timeout_seconds: float) -> bool:
        """Wait until nothing is under way, nor can be sent before something changes. False if it took too long."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._state.is_at_rest() and not self._probe.is_under_way, timeout_seconds
            )

    def close(self) -> None:
        """Send what can be sent now, for a while, and leave the rest to the next start. Blocks."""
        with self._changed:
            self._changed.wait_for(self._state.has_sent_all_it_can, CLOSE_WITHIN_SECONDS)
            self._state.close()
        self._workers.close()

    def trouble(self) -> str | None:
        """Say what keeps the page from sending; None while all is well."""
        with self._changed:
            return self._page.trouble()

    def waiting_lines(self) -> int:
        """Return how many lines wait to be sent."""
        with self._changed:
            return self._state.waiting_lines()

    def unreachable(self) -> list[Unreachable]:
        """Return who cannot be sent anything now, and why."""
        with self._changed:
            return self._state.unreachable()

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Hold the lock for a change, then serve whoever can be served after it."""
        with self._changed:
            yield
            taken = self._state.take_turns()
            self._changed.notify_all()
        for queue in taken:
            self._workers.run(partial(self._serve, queue))

    def _due(self, change: Change) -> None:
        with self._change():
            change()

    def _serve(self, queue: PersonQueue) -> None:
        """Serve a person, on a worker that has their queue for itself."""
        result: SendResult | None
        decision: Decision | None = None
        # A notice goes before the lines: whatever comes after a menu takes its buttons away.
        if queue.lines and NOTICE_SLOT not in queue.actions:
            result, decision = self._pieces.send_next(queue, self._page.worked_at)
        else:
            result = self._act(queue)
        news: PageNews | None = None
        with self._change():
            if result is not None:
                news = self._page.learn(result, self._clock.monotonic())
                if isinstance(result, Sent):
                    self._told_stop = ""
                if isinstance(news, PageStopped):
                    self._probe.check_in(self._page.next_probe_seconds())
            lost = self._state.leave(queue, decision)
        if news is not None:
            self._tell(news)
        if lost and isinstance(decision, GiveUpPerson):
            self._give_up(queue.participant_id, lost, decision.reason)

    def _give_up(self, participant_id: str, lost: list[Lost], reason: str) -> None:
        for line, first, pieces in lost:
            self._pieces.drop(line, reason, first, pieces)
        self._gone(participant_id)

    def _act(self, queue: PersonQueue) -> SendResult | None:
        with self._changed:
            slot = NOTICE_SLOT if NOTICE_SLOT in queue.actions else next(iter(queue.actions), "")
            action = queue.actions.pop(slot, None)
        if action is None or action.until < self._clock.monotonic():
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
            case _:
                assert_never(news)

    def _checked(self, is_mended: bool) -> None:
        """A page that was stopped was looked after. What is sent then shows whether it really is mended."""
        with self._change():
            self._probe.is_under_way = False
            if is_mended:
                self._page.rates.resume()
            else:
                self._probe.check_in(self._page.next_probe_seconds())
