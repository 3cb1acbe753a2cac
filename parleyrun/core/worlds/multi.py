"""Several tasks in one world."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import accumulate
from random import Random
from typing import Any

from ...errors import WorldError
from ..agents import Agent
from ..message import Act
from ..metrics.metrics import Report, add_reports, aggregate_named_reports
from ..seats import Seat
from ..sharing import create_agents_from_shared
from ..task_names import expand_tasks
from ..teachers.datatype import parse_datatype
from .task_world import create_task_world
from .world import World

log = logging.getLogger(__name__)


class MultiWorld(World):
    """Several tasks, each with a world of its own, and the same user agents in all of them.

    `opt['task']` lists the tasks. Each episode is one task's: they take turns, but for those that are through;
    in shuffled training they come by chance, as often as `opt['multitask_weights']` says: a number for each
    task, or `'stochastic'` for their numbers of episodes. `opt['aggregate_micro']` has reports weigh each
    example the same rather than each task. `default_world` is the class of the tasks' worlds.

    Args:
        opt: The options; `task` lists the tasks.
        agents: The user agents, who sit behind each task's teacher.
        shared: In their place, what `share()` of another one gave.
        default_world: The class of the tasks' worlds; None is one for two agents or for several, as there are.

    Raises:
        WorldError: Neither agents nor shared are given, two tasks have the same name, or the weights do
            not fit.
        TaskError: There is no task of such a name.
    """

    def __init__(
        self,
        opt: Mapping[str, Any],
        agents: Sequence[Seat | Agent] | Seat | Agent | None = None,
        shared: Mapping[str, Any] | None = None,
        default_world: type[World] | None = None,
    ) -> None:
        if agents is None and shared is None:
            raise WorldError(f"expected either agents or shared for {type(self).__name__}(opt, …), got neither")
        super().__init__(opt, create_agents_from_shared(shared["users"]) if shared is not None else agents)
        if shared is None:
            tasks = expand_tasks(opt.get("task"))
            self.worlds = [create_task_world({**opt, "task": task}, self.agents, default_world) for task in tasks]
        else:
            self.worlds = [self._copy(table) for table in shared["worlds"]]
        _refuse_same_names(self.worlds)
        self._weights = self._cumulative_weights(complain=shared is None)
        self._start_over()

    def _copy(self, table: Mapping[str, Any]) -> World:
        agents = create_agents_from_shared(table["agents"])
        world: World = table["world_class"](table["opt"], [*agents, *self.agents])
        return world

    def _start_over(self) -> None:
        self.current = 0
        self._next = 0
        self._between = True
        opt = self.opt
        # A generator of its own for each copy: chance must not depend on how many others there are.
        self._random = Random(f"{opt.get('seed')}:{opt.get('process_index')}:{opt.get('batchindex')}")  # noqa: S311 - the order of tasks is no secret

    def begin(self) -> bool:
        """Choose a task if an episode begins, and get its world ready. False once all tasks are through."""
        if not self._choose():
            return False
        ready: bool = self._world.begin()  # type: ignore[attr-defined]  # asked of worlds of turns only
        return ready

    @property
    def _world(self) -> World:
        return self.worlds[self.current]

    def _choose(self) -> bool:
        """See to it that the current task is one that goes on; False if there is none."""
        if not self._between and not self._world.epoch_done():
            return True
        count = len(self.worlds)
        first = self._next
        if self._weights is not None:
            first = self._random.choices(range(count), cum_weights=self._weights)[0]
        for place in range(first, first + count):
            index = place % count
            if not self.worlds[index].epoch_done():
                self.current = index
                self._next = index + 1
                self._between = False
                return True
        return False

    def _cumulative_weights(self, *, complain: bool) -> list[float] | None:
        weights = self.opt.get("multitask_weights")
        if not parse_datatype(self.opt.get("datatype") or "train").shuffled:
            if weights is not None and complain:
                log.warning(
                    "multitask_weights is ignored, as datatype %s is not shuffled", self.opt.get("datatype")
                )
            return None
        if weights == "stochastic":
            sizes = [world.num_episodes() for world in self.worlds]
            unknown = [world.getID() for world, size in zip(self.worlds, sizes, strict=True) if size is None]
            if unknown:
                raise WorldError(
                    f"expected tasks of a known size for multitask_weights 'stochastic', got {', '.join(unknown)}"
                )
            return list(accumulate(size or 0 for size in sizes))
        return list(accumulate(_numbers(weights, len(self.worlds))))

    def parley(self) -> None:
        """Take a step in the task whose episode it is. Does nothing once all tasks are through."""
        if self._choose():
            self._world.parley()
            self._count()

    def deliver(self, index: int, act: Act) -> list[tuple[Seat, Any]]:
        """Agent number `index` of this episode's task did this: have the others observe it."""
        seen: list[tuple[Seat, Any]] = self._world.deliver(index, act)  # type: ignore[attr-defined]  # as above
        return seen

    def cut_short(self) -> bool:
        """Return whether the task whose episode it is has cut its round short."""
        cut: bool = self._world.cut_short()  # type: ignore[attr-defined]  # as above
        return cut

    def update_counters(self) -> None:
        self._world.update_counters()
        self._count()

    def _count(self) -> None:
        super().update_counters()
        self._between = self._world.episode_done()

    def get_agents(self) -> list[Seat]:
        """Return the seats of the task whose episode it is."""
        return self._world.get_agents()

    def get_acts(self) -> list[Act | None]:
        return self._world.get_acts()

    def episode_done(self) -> bool:
        return self._world.episode_done()

    def epoch_done(self) -> bool:
        return all(world.epoch_done() for world in self.worlds)

    def display(self) -> str:
        return f"[{self._world.getID()}]\n{self._world.display()}"

    def getID(self) -> str:
        """Return the names of all tasks."""
        return ",".join(world.getID() for world in self.worlds)

    def num_examples(self) -> int | None:
        return _sum(world.num_examples() for world in self.worlds)

    def num_episodes(self) -> int | None:
        return _sum(world.num_episodes() for world in self.worlds)

    def report(self) -> Report:
        """Return `TASK/NAME` for each task, and over all of them `NAME`, `macro/NAME` and `micro/NAME`.

        What the user agents measured, who sit in all tasks, stands there by its name alone.
        """
        named = {world.getID(): add_reports(*(agent.report() for agent in own)) for world, own in self._own()}
        users = add_reports(*(agent.report() for agent in self._users()))
        return users | aggregate_named_reports(named, bool(self.opt.get("aggregate_micro")))

    def reset(self) -> None:
        for world in self.worlds:
            world.reset()
        self._start_over()

    def reset_agents(self) -> None:
        for world in self.worlds:
            world.reset_agents()

    def reset_metrics(self) -> None:
        for world in self.worlds:
            world.reset_metrics()

    def share(self) -> dict[str, Any]:
        tables = [
            {"world_class": type(world), "opt": world.opt, "agents": [agent.share() for agent in own]}
            for world, own in self._own()
        ]
        users = [agent.share() for agent in self._users()]
        return {"world_class": type(self), "opt": self.opt, "users": users, "worlds": tables}

    def shutdown(self) -> None:
        """Shut every task's world down, first to last, and the user agents with the last one."""
        with ExitStack() as stack:
            # A stack calls what came last first.
            for number, (world, own) in enumerate(reversed(self._own())):
                if number:
                    world.agents = own
                stack.callback(world.shutdown)

    def _users(self) -> Sequence[Any]:
        """Return the user agents. They are a program's own, which have more than seats for people."""
        return self.agents

    def _own(self) -> list[tuple[World, list[Any]]]:
        """Return each world with its task's own agents; the user agents come after them."""
        return [(world, world.agents[: len(world.agents) - len(self.agents)]) for world in self.worlds]


def _refuse_same_names(worlds: Sequence[World]) -> None:
    names = [world.getID() for world in worlds]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise WorldError(f"expected each task to have a name of its own, got two of: {', '.join(twice)}")


def _numbers(weights: Any, count: int) -> list[float]:
    if weights is None:
        return [1.0] * count
    try:
        numbers = [float(weight) for weight in (weights.split(",") if isinstance(weights, str) else weights)]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != count or min(numbers) < 0 or not 0 < sum(numbers) < float("inf"):
        raise WorldError(
            f"expected {count} weights (one for each task, none below 0, not all 0) or 'stochastic' at "
            f"'multitask_weights', got {weights!r}"
        )
    return numbers


def _sum(sizes: Any) -> int | None:
    known = list(sizes)
    return None if None in known else sum(known)
