"""Finding the world classes a config names, and checking that they keep the world contract."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..core.worlds.world import World
from ..text import did_you_mean, nearest
from .diagnostics import Findings, KeyPath
from .schema import TaskConfig
from .signatures import CallFault, class_call_fault, method_fault, named, written_at

_CORE = World.__module__.rpartition(".")[0]
_METHODS = ("parley", "episode_done")
_OPTIONAL_METHODS = ("shutdown", "return_overworld")
_HOOKS = {
    "module_initialize": ("opt", "service"),
    "after_agent_removed": ("participant_id",),
    "mark_removed": ("participant_id", "page_id"),
}


class WorldFinder:
    """Resolves names in one world module. Every fault is found once, however many tasks share a class."""

    def __init__(self, module: Any, findings: Findings) -> None:
        self._module = module
        self._findings = findings
        self._told: set[tuple[Any, str]] = set()

    def world(self, name: str, path: KeyPath, *, ends: bool = True) -> type[Any] | None:
        """Return the class of that name, or None; a finding says what is wrong with it.

        `ends` says that its conversation is to be over some time.
        """
        if not name:
            return None
        found = self._class(name, path)
        if found is None:
            return None
        sound = self._check_contract(found, path)
        if sound and ends and inspect.getattr_static(found, "episode_done") is World.__dict__["episode_done"]:
            self._warn_never_ends(found, path)
        return found

    def seats(self, world: type[Any], task: TaskConfig) -> None:
        """Check that the world has room for as many people as the task needs."""
        limit = getattr(world, "MAX_AGENTS", None)
        if limit is None:
            return
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            message = f"expected {named(world, 'MAX_AGENTS')} to be a number of people or None, got {limit!r}"
            hint = f"write how many people the world seats, or leave it out{written_at(world)}"
            self._add("bad-max-agents", ("tasks", task.key, "task_world"), message, hint, (world, "MAX_AGENTS"))
        elif task.agents_required > limit:
            message = f"expected at most {limit}, as {named(world)} says (MAX_AGENTS), got {task.agents_required}"
            hint = f"lower agents_required, or raise MAX_AGENTS{written_at(world)}"
            self._findings.add("too-many-agents", ("tasks", task.key, "agents_required"), message, hint)

    def task_function(
        self, name: str, argument: str, world: type[Any], task: TaskConfig
    ) -> Callable[[Any], Any] | None:
        """Return a task's `eligibility_function` or `assign_roles`, if there is one.

        It is an attribute of the world class, or else of whatever the module calls by the task's key.
        """
        path: KeyPath = ("tasks", task.key, "task_world")
        for owner in (world, getattr(self._module, task.key, None)):
            if owner is not None and getattr(owner, name, None) is not None:
                return self._function(owner, name, (argument,), path)
        return None

    def hook(self, name: str) -> Callable[..., Any] | None:
        """Return a function that the world module may define, if it does."""
        if getattr(self._module, name, None) is None:
            return None
        return self._function(self._module, name, _HOOKS[name], ("world_module",))

    def _class(self, name: str, path: KeyPath) -> type[Any] | None:
        module = named(self._module)
        found = getattr(self._module, name, None)
        if found is None:
            hint = did_you_mean(name, self._classes(), "classes")
            self._findings.add("class-not-found", path, f"expected a class '{name}' in {module}, got none", hint)
            return None
        if not isinstance(found, type):
            message = f"expected {module}.{name} to be a class, got a {type(found).__name__}{written_at(found)}"
            self._findings.add("not-a-class", path, message, did_you_mean(name, self._classes(), "classes"))
            return None
        return found

    def _classes(self) -> list[str]:
        """The classes that the module has of its own."""
        return [
            name
            for name, value in vars(self._module).items()
            if isinstance(value, type) and not value.__module__.startswith(_CORE)
        ]

    def _check_contract(self, world: type[Any], path: KeyPath) -> bool:
        checks = [self._has_generate_world(world, path)]
        checks += [self._has_method(world, name, path) for name in _METHODS]
        for name in _OPTIONAL_METHODS:
            if hasattr(world, name):
                checks.append(self._accept(method_fault(world, name), path, (world, name)))
        return all(checks)

    def _has_generate_world(self, world: type[Any], path: KeyPath) -> bool:
        name = "generate_world"
        if not hasattr(world, name):
            return self._missing(world, name, "@staticmethod def generate_world(opt, agents): …", path)
        arguments = ("opt", "agents")
        if inspect.getattr_static(world, name) is World.__dict__[name]:
            return self._accept(_constructor_fault(world, arguments), path, (world, name))
        return self._accept(class_call_fault(world, name, arguments), path, (world, name))

    def _has_method(self, world: type[Any], name: str, path: KeyPath) -> bool:
        if not hasattr(world, name):
            return self._missing(world, name, f"def {name}(self): …", path)
        if name == "parley" and inspect.getattr_static(world, name) is World.__dict__[name]:
            hint = (
                self._near_method(world, name) or f"write def {name}(self): in {named(world)}{written_at(world)}"
            )
            message = f"expected {named(world)} to say what it does in parley(), got only World's own"
            return self._add("parley-not-written", path, message, hint, (world, name))
        return self._accept(method_fault(world, name), path, (world, name))

    def _missing(self, world: type[Any], name: str, example: str, path: KeyPath) -> bool:
        message = f"expected {named(world)} to have {name}, got none{written_at(world)}"
        hint = self._near_method(world, name) or f"write {example}, or let the class inherit from parleyrun.World"
        return self._add("method-missing", path, message, hint, (world, name))

    def _near_method(self, world: type[Any], name: str) -> str:
        own = [known for known, value in vars(world).items() if callable(value) and not known.startswith("__")]
        close = nearest(name, own)
        return f"did you mean {name} where you wrote '{close}'?" if close and close != name else ""

    def _warn_never_ends(self, world: type[Any], path: KeyPath) -> None:
        message = f"{named(world)} never ends: it has no episode_done of its own{written_at(world)}"
        hint = self._near_method(world, "episode_done") or "write def episode_done(self):"
        self._add("never-ends", path, message, hint, (world, "ends"))

    def _function(
        self, owner: Any, name: str, arguments: tuple[str, ...], path: KeyPath
    ) -> Callable[..., Any] | None:
        sound = self._accept(class_call_fault(owner, name, arguments), path, (owner, name))
        function: Callable[..., Any] = getattr(owner, name)
        return function if sound else None

    def _accept(self, fault: CallFault | None, path: KeyPath, about: tuple[Any, str]) -> bool:
        return fault is None or self._add(fault.code, path, fault.message, fault.hint, about)

    def _add(self, code: str, path: KeyPath, message: str, hint: str, about: tuple[Any, str]) -> bool:
        """Add a finding, once for each thing it is about. Always False, for those who ask whether all is well."""
        key = (id(about[0]), about[1])
        if key not in self._told:
            self._told.add(key)
            self._findings.add(code, path, message, hint)
        return False


def _constructor_fault(world: type[Any], arguments: tuple[str, ...]) -> CallFault | None:
    """Check a class that has World's own generate_world, which calls `cls(opt, agents)`."""
    try:
        inspect.signature(world).bind(*arguments)
    except TypeError as error:
        built = f"__init__{inspect.signature(world)}: {error}{written_at(world.__init__)}"
        return CallFault(
            "wrong-arguments",
            f"expected {named(world)} to be built from (opt, agents), got {built}",
            "write @staticmethod def generate_world(opt, agents): and build the world there",
        )
    except ValueError:
        return None
    return None
