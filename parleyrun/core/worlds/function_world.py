"""Worlds that are plain functions: the oldest form, in which a function holds the whole conversation itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from .world import World

_OURS = f"{__name__.partition('.')[0]}."


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
    """An overworld that is a function: it returns the key of a task, 'EXIT', or None to be called again.

    It may also return a world, which is then the overworld: it is asked from there on.
    """

    arguments = ("opt", "agent")
    made: Any = None

    def parley(self) -> Any:
        if self.made is not None:
            return self.made.parley()
        found = self.call()
        if not callable(getattr(found, "parley", None)):
            return found
        self.made = found
        return found.parley()

    def return_overworld(self) -> None:
        """Go on with the world that was made, if it knows how to; else the function makes another one."""
        if callable(getattr(self.made, "return_overworld", None)):
            self.made.return_overworld()
        elif self.made is not None:
            self.shutdown()
            self.made = None

    def episode_done(self) -> bool:
        return self.over if self.made is None else bool(self.made.episode_done())

    def shutdown(self) -> None:
        if self.made is not None and callable(getattr(self.made, "shutdown", None)):
            self.made.shutdown()
        else:
            super().shutdown()


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


_OF_CLASS = ("assign_roles", "eligibility_function", "MAX_AGENTS")
"""What a class says of its worlds besides how they run."""


def run_of(kind: Any) -> Callable[..., Any] | None:
    """Return the `run` of a class of the oldest form, which is called and holds the whole conversation itself.

    None for anything else: a class with a `generate_world` of its author's is built, whatever else it has.
    """
    if not isinstance(kind, type):
        return None
    written = [each for each in kind.__mro__ if each is not object and not each.__module__.startswith(_OURS)]
    if any("generate_world" in vars(each) for each in written):
        return None
    found = next((vars(each)["run"] for each in written if "run" in vars(each)), None)
    return found.__get__(None, kind) if isinstance(found, staticmethod | classmethod) else None


def world_of_run(base: type[FunctionWorld], kind: type[Any], run: Callable[..., Any]) -> type[FunctionWorld]:
    """Return a class of worlds that are the `run` of a class; it says of itself what that class does.

    Args:
        base: What it is used for, which says with what arguments it is called.
        kind: The author's class.
        run: What `run_of` returned for it.
    """
    made = world_of_function(base, run)
    made.__name__ = kind.__name__
    for name in _OF_CLASS:
        value = getattr(kind, name, None)
        if value is not None:
            setattr(made, name, staticmethod(value) if callable(value) else value)
    return made


def _empty_world(base: type[FunctionWorld], function: Callable[..., Any]) -> FunctionWorld:
    kind = world_of_function(base, function)
    return kind.__new__(kind)
