"""Finding the world classes a config names, and checking that they keep the world contract."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..core.worlds.function_world import (
    FunctionOnboarding,
    FunctionOverworld,
    FunctionTask,
    FunctionWorld,
    run_of,
    world_of_function,
    world_of_run,
)
from ..core.worlds.world import World
from ..registry import bundled_home
from ..text import did_you_mean, nearest
from .author_functions import (
    ELIGIBILITY,
    HOOKS,
    MAPPINGS,
    ONBOARDINGS,
    ROLES,
    TASK_WORLDS,
    CallFault,
    NearName,
    TaskFunction,
    function_fault,
    in_mapping,
    method_fault,
    named,
    near_names_in_module,
    near_names_in_world,
    places_of,
    written_at,
)
from .diagnostics import Findings, KeyPath
from .schema import TaskConfig
from .tasks.group_entries import most_seats

_CORE = World.__module__.rpartition(".")[0]
_METHODS = ("parley", "episode_done")
_OPTIONAL_METHODS = ("shutdown", "return_overworld")

READY_WORLDS = "parleyrun.worlds"
"""The group of the worlds that come with parleyrun."""

MENU = "Menu"
"""Of these the overworld of whoever writes none."""


ImportNamed = Callable[[str, KeyPath], Any]
"""Imports a module of that name, which the config has at that place; None, with a finding, if there is none."""


class WorldFinder:
    """Resolves names of worlds. Every fault is found once, however many tasks share a class.

    Args:
        module: The world module.
        findings: Learns what is wrong.
        import_named: Imports what `module:Class` names.
    """

    def __init__(self, module: Any, findings: Findings, import_named: ImportNamed) -> None:
        self._module = module
        self._findings = findings
        self._import_named = import_named
        self._told: set[tuple[Any, str]] = set()

    def overworld(self, name: str) -> type[Any] | None:
        """Return the overworld of that name, a class or a function; None if there is none, or it is wrong.

        Without a name it is the menu that comes with parleyrun.
        """
        if not name and self._findings.has_errors:
            return None
        name = name or f"{bundled_home(READY_WORLDS)}:{MENU}"
        return self._named_world(name, "", ("overworld",), FunctionOverworld, ends=False)

    def task_world(self, task: TaskConfig) -> type[Any] | None:
        """Return a task's world: the one the config names, or else what the module's `task_functions` have."""
        path: KeyPath = ("tasks", task.key)
        function = in_mapping(self._module, TASK_WORLDS, task.key)
        if task.task_world:
            return self._named_world(task.task_world, task.key, (*path, "task_world"), FunctionTask)
        if function is None:
            add_missing_world(task, self._findings)
            return None
        return self._world(f"{TASK_WORLDS}[{task.key!r}]", self._module, function, path, FunctionTask)

    def onboard_world(self, task: TaskConfig) -> type[Any] | None:
        """Return a task's onboarding, found in the same way; None without one."""
        path: KeyPath = ("tasks", task.key)
        if task.onboard_world:
            return self._named_world(task.onboard_world, task.key, (*path, "onboard_world"), FunctionOnboarding)
        function = in_mapping(self._module, ONBOARDINGS, task.key)
        if function is None:
            return None
        return self._world(f"{ONBOARDINGS}[{task.key!r}]", self._module, function, path, FunctionOnboarding)

    def step_world(self, name: str, key: str, path: KeyPath) -> type[Any] | None:
        """Return a world that stands among the forms around a task; None, with a finding, if there is none."""
        return self._named_world(name, key, path, FunctionOnboarding)

    def knows(self, name: str) -> bool:
        """Whether the world module has something of that name."""
        return hasattr(self._module, name)

    @property
    def classes(self) -> list[str]:
        """The names of the classes of the world module."""
        return _classes_in(self._module)

    def eligibility(self, world: type[Any], task: TaskConfig) -> Callable[[Any], Any] | None:
        """Return what says whether somebody may take part in a task, if the author has written that."""
        return self._task_function(ELIGIBILITY, world, task)

    def assign_roles(self, world: type[Any], task: TaskConfig) -> Callable[[Any], Any] | None:
        """Return what gives those who were matched their roles, if the author has written that."""
        return self._task_function(ROLES, world, task)

    def hook(self, name: str) -> Callable[..., Any] | None:
        """Return a function that the world module may define, if it does."""
        function = getattr(self._module, name, None)
        if function is None:
            return None
        return self._function(self._module, name, function, HOOKS[name], ("world_module",))

    def look_for_near_names(self, tasks: Mapping[str, TaskConfig]) -> None:
        """Warn of what is called almost like something that is looked for, and is therefore never called."""
        for near in near_names_in_module(self._module):
            self._warn_of_near_name(near, ("world_module",))
        for mapping in MAPPINGS:
            self._check_keys(mapping, getattr(self._module, mapping, None), tasks)

    def seats(self, world: type[Any], task: TaskConfig) -> None:
        """Check that the world has room for as many people and bots as the task needs."""
        limit = getattr(world, "MAX_AGENTS", None)
        if limit is None:
            return
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            message = f"expected {named(world, 'MAX_AGENTS')} to be a number of people or None, got {limit!r}"
            hint = f"write how many people the world seats, or leave it out{written_at(world)}"
            self._add("bad-max-agents", ("tasks", task.key, "task_world"), message, hint, (world, "MAX_AGENTS"))
            return
        people, bots = most_seats(task)
        if people + bots > limit:
            got, at = f"{people}", "agents_required"
            if bots:
                got, at = f"{people} and {bots} of bots", "bots"
            message = f"expected at most {limit}, as {named(world)} says (MAX_AGENTS), got {got}"
            hint = f"lower agents_required, or raise MAX_AGENTS{written_at(world)}"
            self._findings.add("too-many-agents", ("tasks", task.key, at), message, hint)

    def _named_world(
        self, whole_name: str, key: str, path: KeyPath, base: type[FunctionWorld], *, ends: bool = True
    ) -> type[Any] | None:
        """Return the world that a config names, as `Class` or as `module:Class`; None, with a finding, for none.

        Of a mapping by task key it is what that has for the task of this key.
        """
        path_of_module, colon, name = whole_name.rpartition(":")
        module = self._import_named(path_of_module, path) if colon else self._module
        if module is None:
            return None
        found = getattr(module, name, None)
        if found is None and not colon and not vars(module):
            self._miss_world_module(name, path)
            return None
        found = found.get(key) if isinstance(found, Mapping) else found
        return self._world(name, module, found, path, base, ends=ends)

    def _miss_world_module(self, name: str, path: KeyPath) -> None:
        message = f"expected the key 'world_module', as '{name}' is to be in it, got none"
        self._findings.add("missing-key", path, message, f"add world_module, or write module:{name}")

    def _world(
        self, name: str, module: Any, found: Any, path: KeyPath, base: type[FunctionWorld], *, ends: bool = True
    ) -> type[Any] | None:
        """Return a world of that name, or None; a finding says what is wrong with it.

        `base` is what a function becomes in that place. `ends` says that the conversation is to be over some time.
        """
        if inspect.isroutine(found):
            function = self._function(module, name, found, base.arguments, path)
            return None if function is None else world_of_function(base, function)
        run = run_of(found)
        if run is not None:
            function = self._function(found, "run", run, base.arguments, path)
            return None if function is None else world_of_run(base, found, function)
        world = self._class(name, module, found, path)
        if world is None:
            return None
        sound = self._check_contract(world, path)
        if sound and ends and inspect.getattr_static(world, "episode_done") is World.__dict__["episode_done"]:
            self._warn_never_ends(world, path)
        for near in near_names_in_world(world, _CORE):
            self._warn_of_near_name(near, path)
        return world

    def _class(self, name: str, home: Any, found: Any, path: KeyPath) -> type[Any] | None:
        module = named(home)
        if found is None:
            hint = did_you_mean(name, _classes_in(home), "classes")
            self._findings.add("class-not-found", path, f"expected a class '{name}' in {module}, got none", hint)
            return None
        if not isinstance(found, type):
            message = f"expected {module}.{name} to be a class, got a {type(found).__name__}{written_at(found)}"
            self._findings.add("not-a-class", path, message, did_you_mean(name, _classes_in(home), "classes"))
            return None
        return found

    def _task_function(
        self, wanted: TaskFunction, world: type[Any], task: TaskConfig
    ) -> Callable[[Any], Any] | None:
        for owner, name, function in places_of(wanted, world, self._module, task.key):
            return self._function(owner, name, function, wanted.arguments, ("tasks", task.key, "task_world"))
        return None

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
        return self._accept(function_fault(world, name, getattr(world, name), arguments), path, (world, name))

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
        self, owner: Any, name: str, function: Any, arguments: tuple[str, ...], path: KeyPath
    ) -> Callable[..., Any] | None:
        sound = self._accept(function_fault(owner, name, function, arguments), path, (owner, name))
        made: Callable[..., Any] = function
        return made if sound else None

    def _warn_of_near_name(self, near: NearName, path: KeyPath) -> None:
        message = f"nothing ever looks for {named(near.owner, near.name)}{written_at(near.value)}"
        self._add("near-name", path, message, f"did you mean '{near.meant}'?", (near.owner, near.name))

    def _check_keys(self, name: str, functions: Any, tasks: Mapping[str, TaskConfig]) -> None:
        """Find what a mapping of functions by task key has for no task, and one that is no mapping."""
        path: KeyPath = ("world_module",)
        if functions is None:
            return
        whole = named(self._module, name)
        if not isinstance(functions, Mapping):
            message = (
                f"expected {whole} to be a mapping of functions by task key, got a {type(functions).__name__}"
            )
            self._add("not-callable", path, message, f"write {name} = {{'chat': f}}", (self._module, name))
            return
        for key in functions:
            if key not in tasks:
                message = f"{whole} has a function for '{key}', and there is no such task"
                hint = did_you_mean(str(key), tasks, "tasks")
                self._add("key-of-no-task", path, message, hint, (self._module, f"{name}[{key!r}]"))

    def _accept(self, fault: CallFault | None, path: KeyPath, about: tuple[Any, str]) -> bool:
        return fault is None or self._add(fault.code, path, fault.message, fault.hint, about)

    def _add(self, code: str, path: KeyPath, message: str, hint: str, about: tuple[Any, str]) -> bool:
        """Add a finding, once for each thing it is about. Always False, for those who ask whether all is well."""
        key = (id(about[0]), about[1])
        if key not in self._told:
            self._told.add(key)
            self._findings.add(code, path, message, hint)
        return False


def _classes_in(module: Any) -> list[str]:
    """The classes that a module has of its own."""
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and not value.__module__.startswith(_CORE)
    ]


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


def add_missing_world(task: TaskConfig, findings: Findings) -> None:
    """Add that a task has no world, unless it has one that is wrong."""
    path: KeyPath = ("tasks", task.key, "task_world")
    if findings.has_error_at(path):
        return
    findings.add(
        "missing-key",
        path,
        f"expected the key 'task_world' in '{task.key}' (the task's world), or the task's key in {TASK_WORLDS}",
        "write task_world: and the name of a class of the world module",
    )
