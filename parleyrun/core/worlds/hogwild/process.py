"""What runs in one of the processes of a `HogwildWorld`."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Semaphore
from threading import Thread
from typing import Any

from ...sharing import create_world_from_shared
from ..world import World

WORK, END = "work", "end"
"""The orders that are not a method of the world: to process items until called, and to end."""

DONE, ANSWER, FAILED = "done", "answer", "failed"
"""What a process reports, each as `(kind, value)`: `(items, examples, epoch over)`; what came of an order; the
traceback of what ended it."""

CHUNK_SECONDS = 0.001
"""How long the items take, about, that a process claims at once: much longer than claiming them, and so short
that nobody sits idle for long while another has items left."""

MOST_CLAIMED = 64


@dataclass(frozen=True, slots=True)
class Shared:
    """What the parent and all its processes share.

    Nothing of it is ever held, as a lock would be, so that a process which is killed takes nothing with it.
    `queued` counts the items that nobody has claimed. While `calling` is set its permits are no items, but one
    for each process that is to come and listen. `ending` is set once and for all.
    """

    queued: Semaphore
    calling: Any
    ending: Any


@dataclass(frozen=True, slots=True)
class Line:
    """A process's ends of its pipes, and what it has of the parent's.

    Nothing is ever sent along `lifeline`, whose other end only the parent has: it ends with the parent.
    `inherited` is that other end, of which a forked process has a copy that it must close.
    """

    orders: Connection
    reports: Connection
    lifeline: Connection
    inherited: Connection | None


def run_process(table: Mapping[str, Any], shared: Shared, line: Line) -> None:
    """Build a world from what `share()` gave, and do with it what the parent orders, until it says `END`."""
    _leave_signals_to_the_parent()
    if line.inherited is not None:
        line.inherited.close()
    Thread(target=_end_with_the_parent, args=(line.lifeline,), name="lifeline", daemon=True).start()
    try:
        with create_world_from_shared(table) as world:
            _Process(world, shared, line).obey()
    except BaseException:
        # Whatever it is, SystemExit too: the parent waits for this process and has to know.
        # A parent that was killed reads nothing any more, and this process ends with it.
        with suppress(BrokenPipeError):
            line.reports.send((FAILED, traceback.format_exc()))
        sys.exit(1)


def _leave_signals_to_the_parent() -> None:
    # Ctrl-C reaches the whole group of processes, but the parent is who ends its own.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # A handler of the parent's, which a forked process has inherited, is not meant for this one.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end_with_the_parent(lifeline: Connection) -> None:
    lifeline.poll(None)
    # Not sys.exit, which would end this thread only: the world may be busy for an hour, and nobody waits for it.
    os._exit(1)


class _Process:
    def __init__(self, world: World, shared: Shared, line: Line) -> None:
        self._world = world
        self._shared = shared
        self._orders = line.orders
        self._reports = line.reports
        self._examples = 0

    def obey(self) -> None:
        """Carry orders out, until `END`, or the end of the parent."""
        while True:
            try:
                order = self._orders.recv()
            except EOFError:
                return
            if order == END:
                return
            if order == WORK:
                over = bool(self._world.epoch_done())
                self._reports.send((ANSWER, over))
                if not over:
                    self._work()
            else:
                self._reports.send((ANSWER, getattr(self._world, order)()))

    def _work(self) -> None:
        """Process items until the epoch of this world is over, or the parent calls."""
        queued = self._shared.queued
        most = 1
        over = False
        while not over:
            queued.acquire()
            if self._shared.calling.value:
                return
            claimed = 1
            if most > 1:
                # Items are quick. Whoever queues them may have lost its core to this process by the first one; as
                # soon as it has it back, there are more, which is cheaper than to wake up for each.
                os.sched_yield()
            while claimed < most and queued.acquire(False):
                claimed += 1
            began = World.clock()
            made, over = self._step(claimed)
            # Before they are missing in the report: an item is always either queued, claimed or reported.
            for _ in range(claimed - made):
                queued.release()
            self._report(made, over)
            if self._shared.ending.value:
                return
            most = _next_chunk(most, World.clock() - began)

    def _step(self, items: int) -> tuple[int, bool]:
        """Process so many items, or fewer if the epoch comes to its end; return how many, and whether it has."""
        world, ending = self._world, self._shared.ending
        for made in range(1, items + 1):
            world.parley()
            if world.epoch_done():
                return made, True
            if ending.value:
                return made, False
        return items, False

    def _report(self, items: int, over: bool) -> None:
        before, self._examples = self._examples, self._world.get_total_exs()
        self._reports.send((DONE, (items, self._examples - before, over)))


def _next_chunk(most: int, took_seconds: float) -> int:
    if took_seconds < CHUNK_SECONDS:
        return min(2 * most, MOST_CLAIMED)
    return max(most // 2, 1) if took_seconds > 2 * CHUNK_SECONDS else most
