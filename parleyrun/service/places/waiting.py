"""Waiting: people in pools, until they are matched, lose patience, or run out of time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from ...config.plan import Plan, TaskPlan
from ...runner.runner import Runner
from ...store.protocol import PoolRecord
from ..service_context import ServiceContext
from ..sessions import At, Session
from .pool import Entry, Match, Matching, Pool, find_matches

log = logging.getLogger(__name__)

EXIT = "EXIT"
"""What a waiting person writes to stop waiting."""

NOTICE_AFTER_SECONDS = 30.0


class Waiting:
    """All pools of a service. Runs on the desk; author code that matching needs runs on worker threads.

    `on_match(task, match)` takes a group that was found, `on_end(session, next_task)` somebody who waits no
    more; `next_task` is None for back to the overworld.
    """

    def __init__(
        self,
        plan: Plan,
        runner: Runner,
        context: ServiceContext,
        on_match: Callable[[TaskPlan, Match], None],
        on_end: Callable[[Session, str | None], None],
    ) -> None:
        self._plan = plan
        self._runner = runner
        self._context = context
        self._on_match = on_match
        self._on_end = on_end
        self._pools: Mapping[str, Pool] = {key: Pool(task) for key, task in plan.tasks.items()}
        self._closing = False

    def close(self) -> None:
        """Make no more matches."""
        self._closing = True

    def enter(self, session: Session, key: str) -> None:
        """Queue for a task. Matching happens now, as this is the moment at which something changed."""
        pool = self._pools[key]
        session.move(At.WAITING, since=self._context.wall_time(), task=key)
        self._context.unit_of_work.touch(session)
        self._context.unit_of_work.enter_pool(PoolRecord(session.id, key, session.since))
        self._queue(pool, session, waited_seconds=0.0, noticed=False)
        self._look(pool)

    def restore(self, session: Session, entry: PoolRecord) -> None:
        """Put somebody back who waited when the service was last closed; their time goes on counting."""
        waited_seconds = max(0.0, self._context.wall_time() - entry.since)
        self._queue(self._pools[entry.task], session, waited_seconds, entry.noticed)

    def look_at_all(self) -> None:
        """Look whether anybody can be matched, in every pool."""
        for pool in self._pools.values():
            self._look(pool)

    def _queue(self, pool: Pool, session: Session, waited_seconds: float, noticed: bool) -> None:
        entry = pool.add(session, self._context.timers.clock.monotonic() - waited_seconds)
        timers = []
        if not noticed:
            timers.append(
                self._context.call_later(NOTICE_AFTER_SECONDS - waited_seconds, self._notice, pool, entry)
            )
        if pool.task.max_time_in_pool is not None:
            seconds = pool.task.max_time_in_pool - waited_seconds
            timers.append(self._context.call_later(seconds, self._time_out, pool, entry))
        session.wait_with(tuple(timers))

    def leave(self, session: Session) -> None:
        """Take somebody out of their pool who will not be matched."""
        if session.task is not None:
            self._remove(self._pools[session.task], session, unmatched=True)

    def look_again(self, key: str) -> None:
        """Somebody who waits has come back: they can be matched again."""
        self._look(self._pools[key])

    def _look(self, pool: Pool) -> None:
        if pool.matching:
            pool.again = True
            return
        if self._closing:
            self._settle_in(pool)
            return
        present = pool.present()
        now = self._context.timers.clock.monotonic()
        if len(present) < pool.task.agents_required:
            self._looked(pool, Matching())
        elif not pool.needs_author_code:
            self._looked(pool, find_matches(pool.task, present, now))
        else:
            pool.matching = True
            self._runner.call(partial(self._look_on_worker, pool, present, now))

    def _look_on_worker(self, pool: Pool, present: list[Entry], now: float) -> None:
        found = Matching()
        try:
            found = find_matches(pool.task, present, now)
        finally:
            # Whatever happened, the pool must be looked at again one day.
            self._context.desk.put(self._looked, pool, found)

    def _looked(self, pool: Pool, found: Matching) -> None:
        pool.matching = False
        for match in found.matches:
            self._take(pool, match)
        for entry in found.failed:
            if pool.holds(entry):
                self._context.tell(entry.session, self._context.texts.world_failed)
                self._end(pool, entry, None)
        if pool.again:
            pool.again = False
            self._look(pool)
        else:
            self._settle_in(pool)

    def _take(self, pool: Pool, match: Match) -> None:
        """Take a match out of the pool, unless somebody in it went while it was being made."""
        if self._closing:
            return
        if not all(pool.holds(entry) and entry.session.present for entry in match.entries):
            pool.again = True
            return
        for entry in match.entries:
            self._remove(pool, entry.session, unmatched=False)
        self._on_match(pool.task, match)

    def _settle_in(self, pool: Pool) -> None:
        """Listen to those who stay. Only now: what they wrote ahead belongs to the task, had it begun."""
        for entry in pool:
            if not entry.listening:
                entry.listening = True
                self._context.announcements.show_place(entry.session)
                entry.session.mailbox.listen(partial(self._context.desk.put, self._wrote, pool, entry))

    def _wrote(self, pool: Pool, entry: Entry) -> None:
        while pool.holds(entry) and (message := entry.session.mailbox.take()) is not None:
            self._context.unit_of_work.consume(message)
            if message.text.strip().upper() == EXIT:
                self._context.tell(entry.session, self._context.texts.left_pool)
                self._end(pool, entry, None)
            else:
                self._context.tell(entry.session, self._context.texts.still_waiting)

    def _notice(self, pool: Pool, entry: Entry) -> None:
        if pool.holds(entry):
            self._context.tell(entry.session, self._context.texts.waiting)
            session = entry.session
            self._context.unit_of_work.enter_pool(
                PoolRecord(session.id, pool.task.key, session.since, noticed=True)
            )

    def _time_out(self, pool: Pool, entry: Entry) -> None:
        if not pool.holds(entry):
            return
        backup = pool.task.backup_task
        texts = self._context.texts
        if backup is None:
            self._context.tell(entry.session, texts.pool_timeout, task=pool.task.key)
        else:
            self._context.tell(entry.session, texts.pool_backup, task=pool.task.key, backup=backup)
        self._end(pool, entry, backup)

    def _end(self, pool: Pool, entry: Entry, next_task: str | None) -> None:
        self._remove(pool, entry.session, unmatched=True)
        self._on_end(entry.session, next_task)

    def _remove(self, pool: Pool, session: Session, *, unmatched: bool) -> None:
        """Take somebody out, and tell the world module, on a worker thread."""
        pool.remove(session)
        self._context.unit_of_work.leave_pool(session.id)
        if unmatched and self._plan.mark_removed is not None:
            self._runner.call(partial(self._plan.mark_removed, session.id, self._plan.config.page_id))
        if self._plan.after_agent_removed is not None:
            self._runner.call(partial(self._plan.after_agent_removed, session.id))
