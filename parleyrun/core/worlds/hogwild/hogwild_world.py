"""One world stepped by several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from math import ceil, inf
from multiprocessing.context import BaseContext
from typing import Any, NoReturn

from ....errors import WorldError
from ...metrics.metrics import Report, add_reports
from ...opt import whole_number
from ...sharing import override_opts_in_shared
from ...teachers.shards import process_shard
from ..batch import BatchWorld
from ..copies import CopiesWorld, world_to_copy
from ..world import World
from .crew import Crew


class HogwildWorld(World):
    """`opt['numthreads']` processes, each with a copy of one world (a `BatchWorld`, if `batchsize` is above 1).

    `parley()` queues an item, and returns; whichever process is free makes one parley of its world for it. Counts
    and reports are exact: they wait until all that was queued is done. One goes through an epoch as usual:

        with HogwildWorld(opt, world) as hogwild:
            while not hogwild.epoch_done():
                hogwild.parley()
            print(hogwild.report())

    An item is no example, but a step for whoever takes it. The examples are shared out beforehand: all opts in
    process k of n have `process_index` k and `processes` n, by which teachers choose their part. A process whose
    part is through, in valid or test, claims no more and gives back what it has claimed too much, so that there
    is an item for every step of the others. When all are through, the epoch is over and what is still queued
    counts as never queued. So every example comes exactly once, whoever is faster. Endless data (train) has
    no such end, and which examples come first is a matter of chance.

    Processes are started at the first parley, by `opt['start_method']`: `fork`, `spawn` or `forkserver`, by
    default what is usual where it runs. With the latter two everything in `share()` must be picklable, and its
    classes must be importable; what is in shared memory (a `multiprocessing.Value`, a model's weights that were
    put there) is in common, all else is each process's own. A process that raises or is killed makes the next
    parley, count or report raise `WorldError`, with its traceback. Processes end by `shutdown()`, or with this
    one, whatever ends it; they cannot start `multiprocessing` processes of their own. Not for Windows.

    Args:
        opt: The options, any mapping; it is never changed.
        agents: The world to make copies of.
        shared: In its place, what `share()` of another one of this class gave.
        world: The same as `agents`, as it is called in ParlAI.

    Raises:
        WorldError: Neither agents nor shared are given, or one of the options above cannot be used.
    """

    def __init__(
        self,
        opt: Mapping[str, Any],
        agents: World | None = None,
        shared: Mapping[str, Any] | None = None,
        *,
        world: World | None = None,
    ) -> None:
        self.world = world_to_copy(type(self).__name__, agents or world, shared)
        super().__init__(opt, self.world.agents)
        self._processes = whole_number(opt, "numthreads")
        self._batchsize = whole_number(opt, "batchsize")
        self._context = start_context(opt.get("start_method"))
        self._crew: Crew | None = None
        self._ended = False
        self._over = False
        self._worth_waiting_at: float = inf
        self._seen_at = 0
        self._begin_epoch(0)

    def parley(self) -> None:
        """Queue one item. Waits only while very many are queued; does nothing once the epoch is over."""
        (self._crew or self._start()).queue()

    def sync(self) -> None:
        """Wait until all that was queued is processed."""
        if self._crew is not None:
            self._crew.sync()
            self._count()

    def epoch_done(self) -> bool:
        """Return whether every process is through with its part.

        Once as many items are queued as an epoch needs at least, this waits for them, to know.
        """
        crew = self._crew
        if crew is None:
            return self._over if self._ended else self.world.epoch_done()
        if crew.queued >= self._worth_waiting_at:
            self._worth_waiting_at = inf
            crew.sync()
        elif crew.queued == self._seen_at:
            crew.look()  # which parley() has done, had there been one since
        self._seen_at = crew.queued
        if crew.over:
            self.sync()
        return crew.over

    def _start(self) -> Crew:
        if self._ended:
            raise WorldError(f"{type(self).__name__} has been shut down, and so have its processes")
        crew = Crew(self._tables(), self._context)
        crew.start()
        self._crew = crew
        return crew

    def _tables(self) -> list[dict[str, Any]]:
        table = self.world.share()
        if self._batchsize > 1 and not isinstance(self.world, CopiesWorld):
            table = {"world_class": BatchWorld, "opt": self.opt, "world": table}
        outer, count = process_shard(self.opt), self._processes
        return [
            override_opts_in_shared(
                table, {"process_index": outer.index * count + index, "processes": outer.count * count}
            )
            for index in range(count)
        ]

    def _begin_epoch(self, queued: int) -> None:
        size = self.num_examples()
        self._worth_waiting_at = inf if size is None else queued + ceil(size / self._batchsize)
        self._over = False

    def _count(self) -> None:
        crew = self._crew
        if crew is None:
            return
        self.total_parleys, self.total_exs = crew.done, crew.examples
        if crew.over and not self._over:
            self._over = True
            self.total_epochs += 1

    def get_total_parleys(self) -> int:
        """Return how many parleys all processes have made together. Waits for what is queued."""
        self.sync()
        return self.total_parleys

    def get_total_exs(self) -> int:
        """Return how many examples all processes have gone through together. Waits for what is queued."""
        self.sync()
        return self.total_exs

    def examples_so_far(self) -> int:
        """Return how many examples are known to be done. Unlike a count it never waits; for any thread."""
        crew = self._crew
        return self.total_exs if crew is None else crew.examples

    def get_total_epochs(self) -> float:
        self.sync()
        return super().get_total_epochs()

    def num_examples(self) -> int | None:
        return self.world.num_examples()

    def num_episodes(self) -> int | None:
        return self.world.num_episodes()

    def report(self) -> Report:
        """Return what all processes have measured together. Waits for what is queued."""
        reports = (self._crew or self._start()).ask("report")
        self._count()
        return add_reports(*reports)

    def display(self) -> NoReturn:
        self._refuse("display")

    def episode_done(self) -> NoReturn:
        self._refuse("episode_done")

    def get_acts(self) -> NoReturn:
        self._refuse("get_acts")

    def _refuse(self, method: str) -> NoReturn:
        raise WorldError(
            f"{type(self).__name__}.{method}() cannot be answered: its parleys are made in {self._processes} "
            "processes, each with an episode of its own; use the world itself, without numthreads"
        )

    def getID(self) -> str:
        return self.world.getID()

    def reset(self) -> None:
        """Begin anew in all processes, when all that was queued is processed. Counts stay."""
        self._begin_anew("reset")

    def reset_agents(self) -> None:
        self._begin_anew("reset_agents")

    def _begin_anew(self, method: str) -> None:
        self.sync()
        if self._crew is not None:
            self._crew.begin_anew(method)
            self._begin_epoch(self._crew.queued)

    def reset_metrics(self) -> None:
        self.sync()
        if self._crew is not None:
            self._crew.ask("reset_metrics")

    def share(self) -> dict[str, Any]:
        return {"world_class": type(self), "opt": self.opt, "world": self.world.share()}

    def shutdown(self) -> None:
        """End all processes, each after the parley it is at, and shut the world down that they have copies of.

        What is queued and not begun is dropped. Raises `WorldError` if a process failed in ending.
        """
        if self._ended:
            return
        self._ended = True
        self._count()
        crew, self._crew = self._crew, None
        try:
            failures = [] if crew is None else crew.end()
        finally:
            self.world.shutdown()
        if failures:
            raise WorldError("\n".join(failures))


def start_context(method: str | None) -> BaseContext:
    """Return how that method starts processes; None is what is usual. Raises `WorldError` for another one."""
    try:
        return multiprocessing.get_context(method)
    except ValueError:
        known = ", ".join(multiprocessing.get_all_start_methods())
        raise WorldError(f"expected one of {known} at 'start_method' of opt, got {method!r}") from None
