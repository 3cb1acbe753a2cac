"""The world: what steps by `parley()`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from inspect import getattr_static
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ...errors import WorldError
from ..agents import Agent
from ..message import Act
from ..seats import Seat

if TYPE_CHECKING:
    from ..metrics.metrics import Report

INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has ended."""


class _OwnData:
    """A class attribute of which each world has its own copy; the class itself has what was written there."""

    def __init__(self, default: Any) -> None:
        self._default = default

    def __get__(self, world: World | None, _kind: type[World]) -> Any:
        if world is None:
            return self._default
        world.data = deepcopy(self._default)
        return world.data


class _OfSeats:
    """What the seats know of the conversation, for the world too; a value of the author's own goes before it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, world: World | None, _kind: type[World]) -> str | None:
        known = (getattr(agent, self._name, None) for agent in getattr(world, "agents", None) or ())
        return next((value for value in known if value is not None), None)


class World:
    """What authors subclass: an overworld, an onboarding world or a task world, or a world without people.

    A service builds one with `generate_world(opt, agents)` and then calls `parley()` again and again, always
    on one thread at a time, until `episode_done()`. A program of yours does it itself:

        with World(opt, agents) as world:
            while not world.epoch_done():
                world.parley()
            print(world.report())

    Leaving the `with` block shuts the world down, whatever happened in it. With `opt['quiet_interrupt']` a Ctrl-C
    in it then ends the program with one line and exit code 130.

    Args:
        opt: The options, any mapping; it is never changed.
        agents: The seats, in their order; a single one is taken as a list of one.
        shared: What `share()` of another world of this class gave: this one becomes its copy, without agents.
    """

    MAX_AGENTS: ClassVar[int | None] = None
    """How many people this world can seat; None is any number. Checked against `agents_required`."""

    data: Any = _OwnData({})
    """An onboarding world's findings, handed on as `agent.onboard_data`; None turns the person away."""

    # Which conversation this is, in a service; None outside of one (see `Seat`).
    task_id: str | None = _OfSeats("task_id")  # type: ignore[assignment]  # it stands in for one
    conversation_id: str | None = _OfSeats("conversation_id")  # type: ignore[assignment]
    run_id: str | None = _OfSeats("run_id")  # type: ignore[assignment]

    clock: ClassVar[staticmethod[[], float]] = staticmethod(time.monotonic)
    """Seconds that only ever grow, for `get_time()`."""

    # Here rather than in __init__, which authors often do not call.
    total_parleys = 0
    total_exs = 0
    total_epochs = 0
    acts: list[Act | None] = []
    _began: float | None = None

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        # `data = {}` in a class body would be one dict for everybody who ever goes through that world.
        data = getattr_static(cls, "data")
        if isinstance(data, dict | list):
            cls.data = _OwnData(data)

    def __init__(
        self,
        opt: Mapping[str, Any] | None = None,
        agents: Sequence[Seat | Agent] | Seat | Agent | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> None:
        self.opt: Mapping[str, Any] = {} if opt is None else opt
        given = _agents_of(shared) if shared is not None and "agents" in shared else agents or ()
        # An agent of a program may have less than a seat has; its world asks no more of it than it has.
        self.agents: list[Seat] = [*given] if isinstance(given, Iterable) else [given]  # type: ignore[list-item]
        self.acts = [None] * len(self.agents)
        self._began = self.clock()

    @classmethod
    def generate_world(cls, opt: Mapping[str, Any], agents: Sequence[Seat]) -> World:
        """Build the world for these agents. Authors override it, mostly as a static method."""
        return cls(opt, agents)

    def parley(self) -> Any:
        """Take one step: let agents act, let others observe. An overworld returns a task key or 'EXIT'.

        Here it is empty, for a subclass that calls it. Raises `WorldError` where there is none but this.
        """
        if type(self).parley is not World.parley:
            return None
        raise WorldError(f"{type(self).__name__}.parley() is not written: every world needs one")

    def episode_done(self) -> bool:
        """Return True once the conversation is over."""
        return False

    def epoch_done(self) -> bool:
        """Return True once there is nothing left to step through."""
        return False

    def reward(self) -> float | Mapping[str, float] | None:
        """Return how well a conversation went that is over: a number, or several by name; or None.

        Optional. `parleyrun eval CONFIG` scores conversations by it; a service never asks. It is called once,
        after the last parley and before `shutdown()`, however the conversation came to its end. Numbers that are
        0 or 1 count as success.
        """
        return None

    def update_counters(self) -> None:
        """Count the parley that has just been made: one parley, one example, perhaps the end of an epoch."""
        self.total_parleys += 1
        self.total_exs += 1
        if self.epoch_done():
            self.total_epochs += 1

    def getID(self) -> str:
        """Return the name of the task, and that of the class where there is none."""
        task = getattr(self, "opt", {}).get("task")  # authors may leave World's own __init__ out
        return str(task or type(self).__name__)

    def get_agents(self) -> list[Seat]:
        """Return the seats, in order."""
        return self.agents

    def get_acts(self) -> list[Act | None]:
        """Return what each agent did in the last parley, in order; None for one who did nothing."""
        return self.acts

    def display(self) -> str:
        """Return the last parley in words, a line for each act."""
        lines = [
            f"[{act.get('id', '')}]: {act.get('text', '')}".rstrip() for act in self.get_acts() if act is not None
        ]
        if lines and self.episode_done():
            lines.append("- - - end of the episode - - -")
        return "\n".join(lines)

    def num_examples(self) -> int | None:
        """Return how many examples an epoch has; None where that is not known."""
        return _size(self.agents, "num_examples")

    def num_episodes(self) -> int | None:
        """Return how many episodes an epoch has; None where that is not known."""
        return _size(self.agents, "num_episodes")

    def get_total_parleys(self) -> int:
        """Return how many parleys were made since the world was built."""
        return self.total_parleys

    def get_total_exs(self) -> int:
        """Return how many examples were gone through since the world was built."""
        return self.total_exs

    def get_total_epochs(self) -> float:
        """Return how many epochs were gone through: to the fraction where an epoch's size is known."""
        size = self.num_examples()
        return self.get_total_exs() / size if size else self.total_epochs

    def get_time(self) -> float:
        """Return how many seconds ago the world was built."""
        return 0.0 if self._began is None else max(0.0, self.clock() - self._began)

    def report(self) -> Report:
        """Return what the agents measured since the last `reset_metrics`, by name."""
        from ..metrics.metrics import add_reports

        return add_reports(*(agent.report() for agent in self.get_agents() if hasattr(agent, "report")))

    def reset(self) -> None:
        """Begin anew: agents forget the conversation and go back to the beginning of their data. Counts stay."""
        self.reset_agents()
        self.acts = [None] * len(self.agents)

    def reset_agents(self) -> None:
        """Have every agent begin anew."""
        _tell(self.agents, "reset")

    def reset_metrics(self) -> None:
        """Have every agent begin to measure anew."""
        _tell(self.agents, "reset_metrics")

    def share(self) -> dict[str, Any]:
        """Return what a copy of this world is built from: `world_class(opt, shared=…)`."""
        agents: Sequence[Any] = self.agents  # of a program: those of people cannot be copied
        return {"world_class": type(self), "opt": self.opt, "agents": [agent.share() for agent in agents]}

    def clone(self) -> Self:
        """Return a copy that shares what can be shared."""
        return type(self)(self.opt, None, self.share())

    def shutdown(self) -> None:
        """Let go of whatever the world holds. Called once, on a worker thread, after the last parley."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.shutdown()
        # Authors may leave World's own __init__ out, and with it opt.
        if isinstance(error, KeyboardInterrupt) and getattr(self, "opt", {}).get("quiet_interrupt"):
            print("interrupted", file=sys.stderr)
            raise SystemExit(INTERRUPTED) from None


def _agents_of(shared: Mapping[str, Any]) -> list[Agent]:
    # Copies are for those who make them: a world that people sit in never loads this.
    from ..sharing import create_agents_from_shared

    return create_agents_from_shared(shared.get("agents", ()))


def _size(agents: Sequence[Any], name: str) -> int | None:
    """Return what the first agent that knows says of the size of its data."""
    for agent in agents:
        size = getattr(agent, name, None)
        if size is not None:
            known: int | None = size()
            return known
    return None


def _tell(agents: Sequence[Any], name: str) -> None:
    for agent in agents:
        method = getattr(agent, name, None)
        if method is not None:
            method()
