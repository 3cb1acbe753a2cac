"""Hooks: functions of the world module that are told of what happens to people."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..runner.runner import Runner
from .current_plan import CurrentPlan

log = logging.getLogger(__name__)


class Hooks:
    """Calls the author's hooks on worker threads: one after the other for each person, never two at a time."""

    def __init__(self, plan: CurrentPlan, runner: Runner) -> None:
        self._plan = plan
        self._runner = runner
        self._lock = threading.Lock()  # guards _waiting
        # What waits, by person. Somebody is in here as long as something of theirs is being done.
        self._waiting: dict[str, deque[Callable[[], object]]] = {}

    def left_pool_unmatched(self, participant_id: str) -> None:
        """Somebody is out of a pool without a match, and not by EXIT: `mark_removed`."""
        page_id = _page_of(participant_id, self._plan.now.config.page_ids)
        self._call(self._plan.now.mark_removed, participant_id, page_id, of=participant_id)

    def removed(self, participant_id: str) -> None:
        """Somebody is out of a pool, or their task run has ended: `after_agent_removed`."""
        self._call(self._plan.now.after_agent_removed, participant_id, of=participant_id)

    def delivered(self, participant_id: str, seq: int, default: Callable[[], None]) -> None:
        """Lines are on somebody's screen: `confirm_message_delivery`, then `default` unless it returns False."""
        hook = self._plan.now.confirm_message_delivery
        if hook is None:
            default()
        else:
            event = {"sender": {"id": participant_id}, "delivery": {"seq": seq}}
            self._queue(participant_id, partial(_unless_replaced, hook, event, default))

    def read(self, participant_id: str, seq: int, default: Callable[[], None]) -> bool:
        """Somebody has read lines: `handle_message_read`, then `default` unless it returns False.

        Returns:
            True if there is no such hook: the caller does what is done by default, at once.
        """
        hook = self._plan.now.handle_message_read
        if hook is None:
            return True
        event = {"sender": {"id": participant_id}, "read": {"seq": seq}}
        self._queue(participant_id, partial(_unless_replaced, hook, event, default))
        return False

    def bot_reads(self, participant_id: str, default: Callable[[], None]) -> None:
        """A world without partners has read somebody's words: `handle_bot_read`, then `default` unless False."""
        hook = self._plan.now.handle_bot_read
        if hook is None:
            default()
        else:
            self._queue(participant_id, partial(_unless_replaced, hook, participant_id, default))

    def then(self, participant_id: str, work: Callable[[], object]) -> None:
        """Do something once no hook of this person is waiting or running: at once where there is none."""
        with self._lock:
            waiting = self._waiting.get(participant_id)
            if waiting is not None:
                waiting.append(work)
                return
        work()

    def _call(self, hook: Callable[..., Any] | None, *arguments: object, of: str) -> None:
        if hook is not None:
            self._queue(of, partial(_told, hook, *arguments))

    def _queue(self, participant_id: str, work: Callable[[], object]) -> None:
        with self._lock:
            waiting = self._waiting.get(participant_id)
            if waiting is not None:
                waiting.append(work)
                return
            self._waiting[participant_id] = deque([work])
        self._runner.call(partial(self._work_off, participant_id))

    def _work_off(self, participant_id: str) -> None:
        while True:
            with self._lock:
                waiting = self._waiting[participant_id]
                if not waiting:
                    del self._waiting[participant_id]
                    return
                work = waiting.popleft()
            try:
                work()
            except Exception:  # what waits behind it must not wait for ever
                log.exception("what was to come after a hook of %s failed", participant_id)


def _unless_replaced(hook: Callable[..., Any], argument: object, default: Callable[[], None]) -> None:
    if _told(hook, argument) is not False:
        default()


def _told(hook: Callable[..., Any], *arguments: object) -> Any:
    """Call a hook. What it raises is logged with its name and its arguments' kinds; nobody else notices."""
    try:
        return hook(*arguments)
    except BaseException as error:  # author code may raise anything at all
        kinds = ", ".join(type(argument).__name__ for argument in arguments)
        name = getattr(hook, "__qualname__", type(hook).__name__)
        log.error("the hook %s(%s) raised %s", name, kinds, type(error).__name__, exc_info=error)
        return None


def _page_of(participant_id: str, page_ids: Sequence[str]) -> str | None:
    """Return the page that a participant came over, or the only one there is; None without any."""
    if len(page_ids) < 2:
        return page_ids[0] if page_ids else None
    channel, _, native_id = participant_id.partition(":")
    page_id = native_id.partition(":")[0]
    return page_id if channel == "messenger" and page_id in page_ids else None
