"""Going once through tasks with an agent, in as many copies and processes as are wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..core.agents import Agent
from ..core.bot_seats.model_source import ModelFigures
from ..core.create_task import create_task
from ..core.metrics.metrics import Report
from ..core.opt import whole_number
from ..core.worlds.hogwild.hogwild_world import HogwildWorld
from ..core.worlds.world import World
from ..errors import TaskError, WorldError
from .answers_metric import figures_in
from .dialogue_world import FILES, METADATA, DialogueWorld, in_order
from .log.example_record import ExampleRecord
from .measured_agent import measured
from .scores_by_task import ScoresByTask, scores_by_task
from .side_by_side import SideBySideWorld

Watch = Callable[[int | None, Callable[[], int]], AbstractContextManager[None]]
"""Shows how far the work is while its block runs: of so many examples (None: nobody knows), so many are done."""


WHICH_OF_BOTH = "threads are for agents that wait for a server, batches and processes for those that compute"


def unwatched(_total: int | None, _count: Callable[[], int]) -> AbstractContextManager[None]:
    """Show nothing."""
    return nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What an evaluation found, and how long it took.

    Attributes:
        report: What was measured of the answers.
        tasks: The names that the tasks have in the report.
        examples: How many there were.
        seconds: How long it took.
        models: What models took to answer that tell that.
        failures: The examples that went wrong, and are in no figure.
        stopped: Why not all examples were asked; empty where they were.
    """

    report: Report
    tasks: tuple[str, ...]
    examples: int
    seconds: float
    models: tuple[ModelFigures, ...] = ()
    failures: tuple[ExampleRecord, ...] = ()
    stopped: str = ""

    def scores(self) -> ScoresByTask:
        """Return what was measured as plain numbers, task by task."""
        return scores_by_task(self.report, self.tasks)


def evaluate(
    opt: Mapping[str, Any],
    agent: Agent,
    tasks: Sequence[str],
    default_world: type[World] | None = None,
    *,
    concurrency: int = 1,
    watch: Watch = unwatched,
    clock: Callable[[], float] = time.monotonic,
) -> Evaluation:
    """Go once through the tasks that `opt` says.

    Args:
        opt: The options; `task` names the tasks, `batchsize` and `numthreads` say how many copies and processes.
        agent: Who does them. It is shut down at the end.
        tasks: The single names of the tasks.
        default_world: The class of a task's world, where its teacher asks for no other.
        concurrency: How many examples are asked at the same time, by threads: for an agent that waits for a
            server. Not together with more than one copy or process.
        watch: What shows how far it is; the count may be asked for on any thread.
        clock: Seconds that only grow.

    Returns:
        What was measured, and how long it took.

    Raises:
        TaskError: There is no such task.
        WorldError: `batchsize` or `numthreads` is no number from 1, or not 1 besides a concurrency.
        ModelError: A model does not answer; the message names the example.
    """
    with _world(opt, agent, default_world, concurrency) as world:
        began = clock()
        if isinstance(world, HogwildWorld):
            # Before it is watched, perhaps by threads: the first parley forks, best done while there are none.
            world.parley()
        with watch(world.num_examples(), _count_of(world)):
            while not world.epoch_done():
                world.parley()
        report = world.report()
        models = figures_in(report)
        return Evaluation(
            report=report,
            tasks=_names_in_report(world, tasks),
            examples=world.get_total_exs(),
            seconds=clock() - began,
            models=models,
        )


@contextmanager
def evaluation_with_dialogues(
    opt: Mapping[str, Any],
    agent: Agent,
    tasks: Sequence[str],
    *,
    folder: Path,
    metadata_name: str,
    concurrency: int = 1,
    watch: Watch = unwatched,
) -> Iterator[tuple[Evaluation, Iterator[str]]]:
    """Evaluate as `evaluate` does, and yield with it what was said, a conversation a line, task by task.

    Args:
        opt: As above, and so are `agent`, `tasks` and `watch`.
        agent: Who does the tasks.
        tasks: The single names of the tasks.
        folder: Where files may be kept meanwhile; they are gone after the block.
        metadata_name: What each line calls the file of its metadata.
        concurrency: As above.
        watch: What shows how far it is.

    Raises:
        TaskError: There can be no files in the folder.
    """
    try:
        made = TemporaryDirectory(prefix=".dialogues-", dir=folder)
    except OSError as error:
        raise TaskError(f"cannot write to the folder {folder}: {error.strerror or error}") from error
    with made as own:
        starts = {name: str(Path(own, str(place))) for place, name in enumerate(tasks)}
        own_opt = {**opt, FILES: starts, METADATA: metadata_name}
        found = evaluate(own_opt, agent, tasks, DialogueWorld, concurrency=concurrency, watch=watch)
        yield found, in_order(list(starts.values()))


def _world(opt: Mapping[str, Any], agent: Agent, default_world: type[World] | None, concurrency: int) -> World:
    if concurrency > 1:
        _refuse_both(opt)
    world = create_task(opt, measured(agent, opt), default_world)
    episodes = world.num_episodes()
    copies = concurrency if episodes is None else min(concurrency, episodes)
    return world if copies <= 1 else SideBySideWorld(opt, world, copies)


def _refuse_both(opt: Mapping[str, Any]) -> None:
    for name in ("batchsize", "numthreads"):
        if whole_number(opt, name) > 1:
            raise WorldError(f"expected a concurrency, or {name}, got both: {WHICH_OF_BOTH}")
    if opt.get("dynamic_batching"):
        raise WorldError(f"expected a concurrency, or dynamic_batching, got both: {WHICH_OF_BOTH}")


def _count_of(world: World) -> Callable[[], int]:
    """Return what tells how many examples are done, at once and from any thread."""
    return world.examples_so_far if isinstance(world, HogwildWorld) else world.get_total_exs


def _names_in_report(world: World, tasks: Sequence[str]) -> tuple[str, ...]:
    """A teacher is called after its task, but one of the user's own may have given itself another name."""
    names = tuple(world.getID().split(","))
    return names if len(names) == len(tasks) else tuple(tasks)
