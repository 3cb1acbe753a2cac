"""The world library without any service: examples a second, in one process and in several.

The task has 100,000 questions of a few words (`synthetic_task.py`), all held in memory; `repeat_label` says the
right answer, and every answer is scored (accuracy and F1). From the first parley to the report, the CPU time of
this process: other programs on the machine hardly disturb it. `one world` is a `DialogPartnerWorld`, and the loop
by hand has the same teacher and the same agent, without a world. They take turns, ROUNDS times each, and what
counts is the median, of ratios too.

Processes are timed by the clock on the wall, with nothing of their start in it: they share the machine's cores
with the process that queues, and whatever else runs. The busy agent computes the same at each act, for 1 ms or
more; two processes of it are held against one plain world. The no-op agent answers nothing, so what is left is the
library itself.

A `BatchWorld` of 256 copies is timed from a world that is there to one that is ready; its memory is what Python
has allocated meanwhile and not freed (measured once more for that, as measuring takes time).
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

from figures import Figure
from processes import Failed
from synthetic_task import Busy, NoOp, SyntheticTeacher, go_through, go_through_by_hand, opt, world_of

from parleyrun.bots.repeat_label import RepeatLabelAgent
from parleyrun.core.worlds import Agent, BatchWorld, HogwildWorld, World

EXAMPLES = 100_000
BATCHES = (8, 64)
ROUNDS = 5
BUSY_EXAMPLES = 1_000
BUSY_ROUNDS = 3
ITEMS = 200_000
PROCESSES = 2
COPIES = 256

EACH_SECOND_AT_LEAST = 100_000
BY_HAND_AT_MOST = 2.0
BATCH_AT_LEAST = 1.0
TWO_PROCESSES_AT_LEAST = 1.8
ITEMS_AT_LEAST = 200_000
BUSY_AT_LEAST = 1.0
COPIES_SECONDS_AT_MOST = 0.5
COPIES_MEGABYTES_AT_MOST = 20.0


def measure(_folder: Path) -> list[Figure]:
    return [*_one_process(), *_several_processes(), *_copies()]


def _one_process() -> list[Figure]:
    by_hand, alone = [], []
    batches: dict[int, list[float]] = {size: [] for size in BATCHES}
    options = opt(EXAMPLES)
    for _ in range(ROUNDS):
        teacher, student = SyntheticTeacher(options), RepeatLabelAgent(options)
        by_hand.append(_cpu_seconds(lambda: go_through_by_hand(teacher, student)))  # noqa: B023 - called at once
        alone.append(_cpu_seconds_of(world_of(options)))
        for size, seconds in batches.items():
            seconds.append(_cpu_seconds_of(BatchWorld({**options, "batchsize": size}, world_of(options))))
    largest = batches[BATCHES[-1]]
    return [
        Figure("one world", EXAMPLES / median(alone), "examples/s", at_least=EACH_SECOND_AT_LEAST),
        Figure("one world / by hand, time", _ratio(alone, by_hand), "x", at_most=BY_HAND_AT_MOST),
        Figure(f"batch of {BATCHES[-1]} / one world, speed", _ratio(alone, largest), "x", at_least=BATCH_AT_LEAST),
        Figure("an example by hand", _microseconds(by_hand), "us"),
        Figure("an example in one world", _microseconds(alone), "us"),
        *(
            Figure(f"an example in a batch of {size}", _microseconds(seconds), "us")
            for size, seconds in batches.items()
        ),
    ]


def _several_processes() -> list[Figure]:
    ratios, items, acts = [], [], []
    for _ in range(BUSY_ROUNDS):
        one = _wall_seconds(world_of(opt(BUSY_EXAMPLES), Busy), BUSY_EXAMPLES)
        acts.append(one / BUSY_EXAMPLES * 1000)
        ratios.append(one / _wall_seconds(_hogwild(BUSY_EXAMPLES, Busy), BUSY_EXAMPLES))
        items.append(ITEMS / _wall_seconds(_hogwild(ITEMS, NoOp), ITEMS))
    return [
        Figure("an act of the busy agent", median(acts), "ms", at_least=BUSY_AT_LEAST),
        Figure("2 processes / one world, busy, speed", median(ratios), "x", at_least=TWO_PROCESSES_AT_LEAST),
        Figure("2 processes, no-op agent", median(items), "items/s", at_least=ITEMS_AT_LEAST),
    ]


def _copies() -> list[Figure]:
    options = opt(EXAMPLES)
    root = world_of(options)
    build: Callable[[], World] = lambda: BatchWorld({**options, "batchsize": COPIES}, root)  # noqa: E731 - made twice
    began = time.perf_counter()
    build()
    seconds = time.perf_counter() - began
    tracemalloc.start()
    try:
        kept = build()
        megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    finally:
        tracemalloc.stop()
    if kept.num_examples() != EXAMPLES:
        raise Failed(f"expected copies of {EXAMPLES} examples, got {kept.num_examples()}")
    return [
        Figure(f"{COPIES} copies, to make", seconds, "s", at_most=COPIES_SECONDS_AT_MOST),
        Figure(f"{COPIES} copies, on top of one", megabytes, "MB", at_most=COPIES_MEGABYTES_AT_MOST),
    ]


def _hogwild(examples: int, student: type[Agent]) -> World:
    options = opt(examples, numthreads=PROCESSES)
    return HogwildWorld(options, world_of(options, student))


def _cpu_seconds_of(world: World) -> float:
    with world:
        return _cpu_seconds(lambda: go_through(world))


def _cpu_seconds(work: Callable[[], int]) -> float:
    began = time.process_time()
    _expect(EXAMPLES, work())
    return time.process_time() - began


def _wall_seconds(world: World, examples: int) -> float:
    with world:
        world.report()  # whatever has to be started for it is started now
        began = time.perf_counter()
        scored = go_through(world)
        seconds = time.perf_counter() - began
    _expect(examples, scored)
    return seconds


def _expect(examples: int, scored: int) -> None:
    if scored != examples:
        raise Failed(f"expected {examples} examples to be scored, got {scored}")


def _ratio(these: list[float], those: list[float]) -> float:
    return median(one / other for one, other in zip(these, those, strict=True))


def _microseconds(seconds: list[float]) -> float:
    return median(seconds) / EXAMPLES * 1e6
