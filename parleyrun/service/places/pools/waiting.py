"""Waiting: people in pools, until they are matched, lose patience, or run out of time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ....config.plan import Plan, TaskPlan
from ....core.message import EXIT
from ....runner.runner import Runner
from ....store.protocol import PoolRecord, SavedRun
from ...current_plan import CurrentPlan
from ...service_context import ServiceContext
from ...sessions import At, Session
from .matching import Match, Matching, find_matches
from .meanwhile import Meanwhile
from .pool import Entry, Pool
from .pool_table import PoolTable
from .traits import PairRules, Traits

log = logging.getLogger(__name__)

NOTICE_AFTER_SECONDS = 30.0

FIRST_LOOK_SECONDS = 1.0
"""How soon a pool is looked at again in which author code decides, and nobody could be matched."""

LONGEST_LOOK_SECONDS = 5.0
"""How long at most, after as many looks in vain as it takes; each waits half as long again as the one before."""

REMOVED_AFTER_TIMEOUT = "removed_after_timeout"
REMOVED_FROM_POOL = "removed_from_pool"
SEEN_WAIT_MESSAGE = "seen_wait_message"
"""Flags that authors find in a participant's `stored_data`, as ParlAI's manager sets them."""


class Waiting:
    """Waits with people in the pools of a service, and matches them. Runs on the desk.

    Author code that matching needs runs on worker threads. `on_match(task, match)` takes a group that was found,
    `on_end(session, next_task)` somebody who waits no more; `next_task` is None for back to the overworld.
    `meanwhile` has what people do until then; without it that is nothing.
    """

    def __init__(
        self,
        plan: CurrentPlan,
        runner: Runner,
        context: ServiceContext,
        on_match: Callable[[TaskPlan, Match], None],
        on_end: Callable[[Session, str | None], None],
        meanwhile: Meanwhile | None = None,
    ) -> None:
        self._plan = plan
        self._runner = runner
        self._context = context
        self._on_match = on_match
        self._on_end = on_end
        self._meanwhile = meanwhile
        self._rules = _rules_of(plan.now)
        plan.on_change(self.wait_on)
        self._pools = PoolTable()
        self._closing = False

    def close(self) -> None:
        """Make no more matches."""
        self._closing = True

    def wait_on(self, plan: Plan | None = None) -> None:
        """Have all who wait go on waiting for what their tasks are now; their time goes on counting."""
        self._rules = _rules_of(plan or self._plan.now)
        now = self._context.timers.clock.monotonic()
        pools = self._pools.clear()
        waiting = [(entry, pool) for pool in pools for entry in pool]
        for pool in pools:
            pool.stop_looking()
        # The oldest first, also where those of several pools wait in one now.
        for entry, pool in sorted(waiting, key=lambda each: each[0].since):
            session = entry.session
            for timer in session.waiting_timers:
                timer.cancel()
            pool.remove(session)
            traits = self._rules[pool.task.key].traits(session)
            noticed = bool(session.stored_data.get(SEEN_WAIT_MESSAGE))
            its_pool = self._pool(pool.task.key, session, traits)
            self._queue(its_pool, session, traits, now - entry.since, noticed).is_new = entry.is_new
        self.look_at_all()

    def enter(self, session: Session, key: str) -> None:
        """Queue for a task. Matching happens now, as this is the moment at which something changed."""
        if not self._context.assignments.assign(session):
            self._context.tell_enough_people(session)
            self._context.desk.put(self._on_end, session, None)
            return
        traits = self._rules[key].traits(session)
        pool = self._pool(key, session, traits)
        pool.look_seconds = FIRST_LOOK_SECONDS
        session.move(At.WAITING, since=self._context.wall_time(), task=key)
        self._context.unit_of_work.touch(session)
        self._context.unit_of_work.enter_pool(PoolRecord(session.id, key, session.since))
        self._queue(pool, session, traits, waited_seconds=0.0, noticed=False).is_new = True
        self._look(pool)

    def restore(self, session: Session, entry: PoolRecord, run: SavedRun | None = None) -> None:
        """Put somebody back who waited when the service was last closed; their time goes on counting.

        `run` is what they were doing meanwhile, None for nothing.
        """
        waited_seconds = max(0.0, self._context.wall_time() - entry.since)
        traits = self._rules[entry.task].traits(session)
        pool = self._pool(entry.task, session, traits)
        self._queue(pool, session, traits, waited_seconds, entry.noticed)
        if self._meanwhile is not None:
            self._meanwhile.restore(session, pool.task, run)

    def look_at_all(self) -> None:
        """Look whether anybody can be matched, in every pool."""
        for pool in self._pools:
            self._look(pool)

    @property
    def pools(self) -> list[Pool]:
        return [*self._pools]

    def task_of(self, entry: Entry) -> TaskPlan:
        """Return what somebody waits for."""
        pool = self._pools.pool_of(entry.session.id)
        assert pool is not None
        return pool.task

    def entry_of(self, participant_id: str) -> Entry | None:
        """Return somebody's place in a queue, None if they wait for nothing."""
        return self._pools.entry_of(participant_id)

    def take_by_hand(self, match: Match) -> bool:
        """Take a group out that somebody has put together. False if one of them waits no more, or is away."""
        held: list[tuple[Pool, Session]] = []
        for entry in match.entries:
            pool = self._pools.pool_of(entry.session.id)
            if self._closing or pool is None or not pool.holds(entry) or not entry.session.present:
                return False
            held.append((pool, entry.session))
        for pool, session in held:
            self._remove(pool, session)
        self._on_match(held[0][0].task, match)
        return True

    def go_on_matching(self) -> None:
        """What is paused is another now: look at all pools, and then let those go whose time was up meanwhile."""
        self.look_at_all()
        for pool in self.pools:
            for entry in pool:
                if entry.overdue and not self._is_paused(pool):
                    entry.overdue = False
                    self._context.call_later(FIRST_LOOK_SECONDS, self._time_out, pool, entry)

    def _is_paused(self, pool: Pool) -> bool:
        return self._context.controls.is_paused(pool.task.key)

    def _pool(self, key: str, session: Session, traits: Traits) -> Pool:
        """Return where somebody waits for a task: with those who have the same, where it must be the same."""
        apart = self._plan.now.tasks[key].config.matching.mixed(self._plan.now.config.conditions)
        cell = (key, *self._context.assignments.cell(session, apart), *traits.same)
        pool = self._pools.at(cell)
        if pool is None:
            task = self._plan.now.tasks[key]
            task = task.under(session.condition) if session.condition else task
            pool = self._pools.add(Pool(self._context.controls.sized(task), self._rules[key], cell))
        return pool

    def _queue(self, pool: Pool, session: Session, traits: Traits, waited_seconds: float, noticed: bool) -> Entry:
        since = self._context.timers.clock.monotonic() - waited_seconds
        entry = self._pools.queue(pool, session, since, traits)
        timers = []
        if not noticed:
            timers.append(
                self._context.call_later(NOTICE_AFTER_SECONDS - waited_seconds, self._notice, pool, entry)
            )
        longest = self._context.controls.longest_wait(pool.task.key, pool.task.max_time_in_pool)
        if longest is not None:
            seconds = longest - waited_seconds
            timers.append(self._context.call_later(seconds, self._time_out, pool, entry))
        timers += [
            self._context.call_later(seconds - waited_seconds, self._look_for, pool, entry)
            for seconds in pool.changes_for(entry)
        ]
        session.wait_with(tuple(timers))
        return entry

    def leave(self, session: Session) -> None:
        """Take somebody out of their pool who will not be matched."""
        pool = self._pools.pool_of(session.id)
        if pool is not None:
            self._remove_unmatched(pool, session)

    def came_back(self, session: Session) -> None:
        """Somebody who waits is here again, or something is new of them."""
        pool = self._pools.pool_of(session.id)
        if pool is not None:
            pool.look_seconds = FIRST_LOOK_SECONDS
            self._look(pool)

    def look_again(self, key: str) -> None:
        """Something is new of somebody who waits for this task."""
        for pool in self._pools:
            if pool.task.key == key:
                pool.look_seconds = FIRST_LOOK_SECONDS
                self._look(pool)

    def look_where_authors_decide(self) -> None:
        """Something has happened that author code may make something of, in any pool it decides in."""
        for key in {pool.task.key for pool in self._pools if pool.needs_author_code and len(pool)}:
            self.look_again(key)

    def _look(self, pool: Pool) -> None:
        pool.stop_looking()
        if pool.matching:
            pool.again = True
            return
        if self._closing or self._is_paused(pool):
            self._settle_in(pool)
            return
        present = pool.present()
        now = self._context.timers.clock.monotonic()
        if not pool.could_match(present, now):
            self._looked(pool, Matching())
        elif not pool.needs_author_code:
            self._looked(pool, find_matches(pool, present, now, self._context.texts.person_name))
        else:
            pool.matching = True
            self._runner.call(partial(self._look_on_worker, pool, present, now))

    def _look_on_worker(self, pool: Pool, present: list[Entry], now: float) -> None:
        found = Matching()
        try:
            found = find_matches(pool, present, now, self._context.texts.person_name)
        finally:
            # Whatever happened, the pool must be looked at again one day.
            self._context.desk.put(self._looked, pool, found)

    def _looked(self, pool: Pool, found: Matching) -> None:
        pool.matching = False
        pool.look_from = found.look_from
        for match in found.matches:
            # Who has come in the meantime goes before a bot.
            if not (match.filling and pool.again):
                self._take(pool, match)
        for entry in found.failed:
            if pool.holds(entry):
                entry.session.trip_failed()
                self._context.tell(entry.session, self._context.texts.world_failed)
                self._end(pool, entry, None)
        if pool.again:
            pool.again = False
            self._look(pool)
        else:
            self._settle_in(pool)
            self._look_later(pool)
            self._pools.drop_if_empty(pool)

    def _look_later(self, pool: Pool) -> None:
        """Where author code turned down those who could be a group, it may think otherwise in a moment.

        Where there was too much to compare for one look, the next one goes on with that.
        """
        if self._closing or not (pool.needs_author_code or pool.look_from):
            return
        present, now = pool.present(), self._context.timers.clock.monotonic()
        if pool.could_match(present, now):
            pool.next_look = self._context.call_later(pool.look_seconds, self._look, pool)
            pool.look_seconds = min(LONGEST_LOOK_SECONDS, pool.look_seconds * 1.5)

    def _take(self, pool: Pool, match: Match) -> None:
        """Take a match out of the pool, unless somebody in it went while it was being made."""
        if self._closing or self._is_paused(pool):
            return
        if not all(pool.holds(entry) and entry.session.present for entry in match.entries):
            pool.again = True
            return
        match = replace(match, passed_over=(*match.passed_over, *self._pools.passed_over_elsewhere(pool, match)))
        for entry in match.entries:
            self._remove(pool, entry.session)
        self._on_match(pool.task, match)

    def _look_for(self, pool: Pool, entry: Entry) -> None:
        """Somebody has waited for so long that others may be with them than before, or bots."""
        if pool.holds(entry):
            self._look(pool)

    def _settle_in(self, pool: Pool) -> None:
        """Listen to those who stay. Only now: what they wrote ahead belongs to the task, had it begun."""
        for entry in pool:
            if not entry.listening:
                entry.listening = True
                self._context.announcements.show_place(entry.session)
                if entry.is_new and self._meanwhile is not None and not self._closing:
                    entry.is_new = False
                    self._meanwhile.begin(entry.session, pool.task)
                entry.session.mailbox.listen(partial(self._context.desk.put, self._wrote, pool, entry))

    def _wrote(self, pool: Pool, entry: Entry) -> None:
        meanwhile = self._meanwhile
        while pool.holds(entry) and (message := entry.session.mailbox.take()) is not None:
            leaves = message.text.strip().upper() == EXIT
            if not leaves and meanwhile is not None and meanwhile.take(entry.session, message):
                continue
            self._context.unit_of_work.consume(message)
            if leaves:
                self._context.tell(entry.session, self._context.texts.left_pool)
                self._remove(pool, entry.session)
                self._context.hooks.removed(entry.session.id)
                self._on_end(entry.session, None)
            elif self._context.texts.still_waiting:
                self._context.reading_signs.read(entry.session.id, message.carried_line)
                self._context.tell(entry.session, self._context.texts.still_waiting)
        if meanwhile is not None and pool.holds(entry):
            meanwhile.take_answers(entry.session)

    def _notice(self, pool: Pool, entry: Entry) -> None:
        if pool.holds(entry):
            self._context.tell(entry.session, self._context.texts.waiting)
            self._note(entry.session, SEEN_WAIT_MESSAGE, True)
            session = entry.session
            self._context.unit_of_work.enter_pool(
                PoolRecord(session.id, pool.task.key, session.since, noticed=True)
            )

    def _time_out(self, pool: Pool, entry: Entry) -> None:
        if not pool.holds(entry):
            return
        if self._is_paused(pool):
            entry.overdue = True  # they have their look once it goes on
            return
        backup = pool.task.backup_task
        texts = self._context.texts
        if backup is None:
            self._context.visits.happened(entry.session, "no_partner")
            self._context.tell(entry.session, texts.pool_timeout, task=pool.task.key)
        else:
            self._context.tell(entry.session, texts.pool_backup, task=pool.task.key, backup=backup)
        self._note(entry.session, REMOVED_AFTER_TIMEOUT, True)
        self._end(pool, entry, backup)

    def _end(self, pool: Pool, entry: Entry, next_task: str | None) -> None:
        self._remove_unmatched(pool, entry.session)
        self._on_end(entry.session, next_task)

    def _remove(self, pool: Pool, session: Session) -> None:
        self._pools.remove(pool, session)
        if self._meanwhile is not None:
            self._meanwhile.end(session)
        self._pools.drop_if_empty(pool)
        self._context.visits.waited(session)
        self._context.unit_of_work.leave_pool(session.id)
        # The notice was about this wait, however it ended.
        self._note(session, SEEN_WAIT_MESSAGE, False)

    def _remove_unmatched(self, pool: Pool, session: Session) -> None:
        """Take somebody out who did not ask for it, and tell the world module."""
        self._remove(pool, session)
        self._note(session, REMOVED_FROM_POOL, True)
        self._context.hooks.left_pool_unmatched(session.id)
        self._context.hooks.removed(session.id)

    def _note(self, session: Session, flag: str, value: bool) -> None:
        """Set a flag that authors look for in `stored_data`."""
        if bool(session.stored_data.get(flag)) is not value:
            session.stored_data[flag] = value
            self._context.unit_of_work.touch(session, data=True)


def _rules_of(plan: Plan) -> dict[str, PairRules]:
    return {key: PairRules(task.config.matching) for key, task in plan.tasks.items()}
