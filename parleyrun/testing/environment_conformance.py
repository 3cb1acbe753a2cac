"""Whether a world without people keeps the contract of the world library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from ..core.metrics.metrics import Metric, values_of
from ..core.worlds.world import World
from .contract_faults import ContractFaults

METHODS = (
    "parley",
    "update_counters",
    "episode_done",
    "epoch_done",
    "display",
    "getID",
    "get_acts",
    "get_agents",
    "get_time",
    "get_total_parleys",
    "get_total_exs",
    "get_total_epochs",
    "num_examples",
    "num_episodes",
    "report",
    "reset",
    "reset_agents",
    "reset_metrics",
    "share",
    "clone",
    "shutdown",
)


def check_environment(build: Callable[[], World], *, most_parleys: int = 2_000) -> None:
    """Check that a world of agents keeps the contract of the world library.

    Checked are the methods there are, that counts are exact, that a `reset` brings the same epoch again, that a
    copy leaves the world it was made from alone, and that a `with` block shuts every agent down once.

    Args:
        build: Returns a new world each time it is called.
        most_parleys: How often it is stepped at most, where its epoch does not end before.

    Raises:
        AssertionError: It does not; the text lists all that is wrong.
    """
    faults = ContractFaults("the world breaks the contract of the world library")
    checks = _Checks(build, most_parleys, faults)
    for check in (checks.methods, checks.epochs, checks.copies, checks.shutdown):
        faults.run(check)
    faults.raise_if_any()


class _Checks:
    def __init__(self, build: Callable[[], World], most_parleys: int, faults: ContractFaults) -> None:
        self._build = build
        self._most_parleys = most_parleys
        self._expect = faults.expect

    def methods(self) -> None:
        """its methods"""
        with self._build() as world:
            missing = [name for name in METHODS if not callable(getattr(world, name, None))]
            self._expect(not missing, f"expected the methods {', '.join(missing)}, got none")
            self._expect(isinstance(world.getID(), str) and bool(world.getID()), "expected getID() to be a name")
            self._expect(isinstance(world.display(), str), "expected display() to return text")
            counts = (world.get_total_parleys(), world.get_total_exs(), world.get_total_epochs())
            self._expect(counts == (0, 0, 0), f"expected a new world to have counted nothing, got {counts}")
            for size in (world.num_examples(), world.num_episodes()):
                self._expect(size is None or size >= 0, f"expected a size to be a number or None, got {size!r}")

    def epochs(self) -> None:
        """going through an epoch, and through it again after reset()"""
        with self._build() as world:
            first = self._epoch(world)
            self._nothing_after_the_end(world)
            world.reset()
            world.reset_metrics()
            self._expect(first == self._epoch(world), "expected reset() to bring the same epoch again")
            self._nothing_after_the_end(world)

    def _epoch(self, world: World) -> tuple[list[str], dict[str, Any]]:
        shown = []
        parleys, exs, epochs = world.get_total_parleys(), world.get_total_exs(), world.get_total_epochs()
        for number in range(1, self._most_parleys + 1):
            if world.epoch_done():
                break
            world.parley()
            shown.append(repr(world.get_acts()))
            now = world.get_total_parleys()
            self._expect(now == parleys + number, f"expected {parleys + number} parleys to be counted, got {now}")
            self._expect(isinstance(world.episode_done(), bool), "expected episode_done() to be True or False")
        self._expect(isinstance(world.display(), str), "expected display() to return text")
        report = world.report()
        strays = [name for name, metric in report.items() if not isinstance(metric, Metric)]
        self._expect(not strays, f"expected metrics in the report, got others at {', '.join(strays)}")
        if world.epoch_done():
            size, gone_through = world.num_examples(), world.get_total_exs() - exs
            self._expect(
                size in (None, gone_through), f"expected {size} examples to be counted, got {gone_through}"
            )
            gone = world.get_total_epochs() - epochs
            self._expect(gone == 1, f"expected one epoch to be counted, got {gone}")
            scored = report["exs"].value() if "exs" in report else gone_through
            self._expect(scored == gone_through, f"expected {gone_through} examples to be scored, got {scored}")
        return shown, values_of(report)

    def _nothing_after_the_end(self, world: World) -> None:
        if world.epoch_done():
            before = (world.get_total_parleys(), world.get_total_exs(), values_of(world.report()))
            world.parley()
            after = (world.get_total_parleys(), world.get_total_exs(), values_of(world.report()))
            self._expect(before == after, "expected parley() to do nothing once the epoch is done")

    def copies(self) -> None:
        """making a copy"""
        with self._build() as world, self._build() as fresh, world.clone() as copy:
            self._expect(type(copy) is type(world), f"expected a {type(world).__name__} of clone(), got {copy!r}")
            copy.parley()
            counted = (world.get_total_parleys(), world.get_total_exs())
            self._expect(counted == (0, 0), f"expected a copy to count for itself, but the world has {counted}")
            fresh.parley()
            self._expect(copy.get_acts() == fresh.get_acts(), "expected a copy to begin like a new world")

    def shutdown(self) -> None:
        """leaving a with block by an exception"""
        calls: Counter[str] = Counter()
        world = self._build()
        for agent in world.get_agents():
            _count_calls(agent, calls)
        try:
            with world:
                world.parley()
                raise _Deliberate
        except _Deliberate:
            pass
        wrong = [f"{name}: {count}" for name, count in calls.items() if count != 1]
        self._expect(not wrong, f"expected every agent to be shut down once, got {', '.join(wrong)}")


class _Deliberate(Exception):
    pass


def _count_calls(agent: Any, calls: Counter[str]) -> None:
    name = f"{agent.getID()} ({id(agent):x})"
    calls[name] = 0
    shutdown = agent.shutdown

    def counting() -> None:
        calls[name] += 1
        shutdown()

    agent.shutdown = partial(counting)
