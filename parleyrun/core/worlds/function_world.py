"""Worlds that are plain functions: the oldest form, in which a function holds the whole conversation itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from .world import World


class FunctionWorld(World):
    """A world of one parley, which calls the author's function; when that returns, the conversation is over.

    `arguments` names what the function is called with, in order.
    """

    arguments: ClassVar[tuple[str, ...]] = ()
    function: ClassVar[Callable[..., Any]]
    over = False

    def call(self) -> Any:
        """Call the author's function, and return what it returns."""
        agent = self.agents[0]
        known = {
            "manager": getattr(agent, "manager", None),
            "opt": self.opt,
            "agent": agent,
            "agents": self.agents,
            "task_id": getattr(agent, "task_id", None),
        }
        return type(self).function(*(known[name] for name in self.arguments))

    def parley(self) -> Any:
        self.call()
        self.over = True

    def episode_done(self) -> bool:
        return self.over

    def __reduce__(self) -> tuple[Any, ...]:
        # The class was made for the function, so nobody can import it: it is made again.
        base = type(self).__mro__[1]
        return _empty_world, (base, type(self).function), self.__dict__


class FunctionOverworld(FunctionWorld):
    """An overworld that is a function: it returns the key of a task, 'EXIT', or None to be called again."""

    arguments = ("opt", "agent")

    def parley(self) -> Any:
        return self.call()


class FunctionOnboarding(FunctionWorld):
    """An onboarding that is a function: what it returns goes to `agent.onboard_data`."""

    arguments = ("opt", "agent", "task_id")

    def parley(self) -> Any:
        found = self.call()
        self.data = {} if found is None else found
        self.over = True


class FunctionTask(FunctionWorld):
    """A task's conversation that is a function."""

    arguments = ("manager", "opt", "agents", "task_id")


def world_of_function(base: type[FunctionWorld], function: Callable[..., Any]) -> type[FunctionWorld]:
    """Return a class of worlds that are this function.

    Args:
        base: What it is used for, which says with what arguments it is called.
        function: The author's function. Its worlds can be pickled where it can be imported by its name.

    Returns:
        A class with the function's name, for `generate_world(opt, agents)`.
    """
    name = getattr(function, "__name__", type(function).__name__)
    body: Mapping[str, Any] = {
        "function": staticmethod(function),
        "__module__": getattr(function, "__module__", None) or base.__module__,
        "__qualname__": getattr(function, "__qualname__", name),
        "__doc__": function.__doc__,
    }
    return type(name, (base,), dict(body))


def _empty_world(base: type[FunctionWorld], function: Callable[..., Any]) -> FunctionWorld:
    kind = world_of_function(base, function)
    return kind.__new__(kind)
