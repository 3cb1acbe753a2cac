"""Functions of the author's: where they may stand, and whether they can be called with what they will get."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import FunctionType
from typing import Any

from ..text import is_slip_of, shown_path

_NAMES_KNOWN = 4096


@dataclass(frozen=True, slots=True)
class TaskFunction:
    """A function that a task may have: called `name` where it stands, or found in a mapping by the task's key."""

    name: str
    mapping: str
    arguments: tuple[str, ...]


ELIGIBILITY = TaskFunction("eligibility_function", "eligibility_functions", ("session",))
ROLES = TaskFunction("assign_roles", "assign_role_functions", ("agents",))

HOOKS: Mapping[str, tuple[str, ...]] = {
    "module_initialize": ("opt", "service"),
    "after_agent_removed": ("participant_id",),
    "mark_removed": ("participant_id", "page_id"),
    "confirm_message_delivery": ("event",),
    "handle_message_read": ("event",),
    "handle_bot_read": ("participant_id",),
    "before_delivery": ("message", "seat"),
    "get_app_token": (),
}
"""Functions that a world module may define, with their arguments."""

TASK_WORLDS = "task_functions"
ONBOARDINGS = "onboard_functions"
MAPPINGS = (ELIGIBILITY.mapping, ROLES.mapping, TASK_WORLDS, ONBOARDINGS)
"""Mappings of functions by task key that a world module may define."""

_IN_MODULES = (*HOOKS, ELIGIBILITY.name, ROLES.name)
_IN_WORLDS = (ELIGIBILITY.name, ROLES.name, "shutdown", "return_overworld", "MAX_AGENTS")
_MEANT = {
    **dict.fromkeys(
        ("eligibility", "eligible", "is_eligible", "eligibility_fn", "eligibility_func", "eligibility_check"),
        ELIGIBILITY.name,
    ),
    **dict.fromkeys(("assign_role", "assign_role_function", "assign_roles_function"), ROLES.name),
    **dict.fromkeys(("before_send", "before_sending"), "before_delivery"),
    **dict.fromkeys(("module_init", "init_module", "initialize_module"), "module_initialize"),
}
"""Names that people write for others, and that are no mere slips."""


@dataclass(frozen=True, slots=True)
class NearName:
    """A name of the author's that nobody looks for, and the one that was most likely meant."""

    owner: Any
    name: str
    meant: str
    value: Any


def places_of(wanted: TaskFunction, world: Any, module: Any, key: str) -> Iterator[tuple[Any, str, Any]]:
    """Yield the places where a task's function stands, the one that counts first.

    Args:
        wanted: Which function.
        world: The task's world.
        module: The world module.
        key: The task's key.

    Yields:
        `(owner, name, function)`: from the world itself, from whatever the module calls by the task's key, from
        the module's mapping by task key, and from the module.
    """
    for owner in (world, getattr(module, key, None)):
        function = getattr(owner, wanted.name, None) if owner is not None else None
        if function is not None:
            yield owner, wanted.name, function
    function = in_mapping(module, wanted.mapping, key)
    if function is not None:
        yield module, f"{wanted.mapping}[{key!r}]", function
    function = getattr(module, wanted.name, None)
    if function is not None:
        yield module, wanted.name, function


def in_mapping(module: Any, mapping: str, key: str) -> Any:
    """Return what a mapping of the module's has for a task; None without one."""
    functions = getattr(module, mapping, None)
    return functions.get(key) if isinstance(functions, Mapping) else None


def near_names_in_module(module: Any) -> Iterator[NearName]:
    """Yield functions and mappings of the module's own that are called almost like those that are looked for."""
    home = getattr(module, "__name__", None) if inspect.ismodule(module) else None
    for name, value in list(vars(module).items()):
        if isinstance(value, Mapping):
            meant = _meant(name, MAPPINGS)
        elif inspect.isroutine(value) and (home is None or getattr(value, "__module__", home) == home):
            meant = _meant(name, _IN_MODULES)
        else:
            meant = None
        if meant is not None and getattr(module, meant, None) is None:
            yield NearName(module, name, meant, value)


def near_names_in_world(world: type[Any], core: str) -> Iterator[NearName]:
    """Yield members of a world class that are called almost like those that are looked for, but not quite.

    Args:
        world: The class.
        core: How the modules of ours begin whose classes are not the author's; what those have is not written.
    """
    own = [kind for kind in world.__mro__ if kind is not object and not kind.__module__.startswith(core)]
    written = {name for kind in own for name in vars(kind)}
    for name in sorted(written):
        meant = _meant(name, _IN_WORLDS)
        if meant is None or meant in written:
            continue
        value = inspect.getattr_static(world, name)
        fits = isinstance(value, int) if meant == "MAX_AGENTS" else callable(getattr(world, name, None))
        if fits:
            yield NearName(world, name, meant, value)


@lru_cache(maxsize=_NAMES_KNOWN)  # each class of worlds has the names of its bases again
def _meant(name: str, known: tuple[str, ...]) -> str | None:
    if name.startswith("_") or name in known:
        return None
    meant = _MEANT.get(name)
    if meant in known:
        return meant
    return next((candidate for candidate in known if is_slip_of(name, candidate)), None)


@dataclass(frozen=True, slots=True)
class CallFault:
    """Why a call would fail. `code` is that of the finding."""

    code: str
    message: str
    hint: str


def function_fault(owner: Any, name: str, function: Any, arguments: tuple[str, ...]) -> CallFault | None:
    """Check a function that is called on its owner (a class, a module) and not on an instance of it."""
    fault = _call_fault(owner, name, function, arguments)
    if fault is None or fault.code != "wrong-arguments":
        return fault
    names = _parameter_names(function)
    if names[:1] in (["self"], ["cls"]) and _binding_error(function, (names[0], *arguments)) is None:
        decorator = "@staticmethod" if names[0] == "self" else "@classmethod"
        drop = " and drop 'self'" if names[0] == "self" else ""
        return replace(fault, hint=f"write {decorator} above it{drop}: it is called before there is a world")
    return fault


def method_fault(owner: type[Any], name: str) -> CallFault | None:
    """Check a method that is called on an instance of the class, without arguments."""
    raw = inspect.getattr_static(owner, name)
    if not inspect.isfunction(raw):
        fault = _call_fault(owner, name, getattr(owner, name), ())
        if fault is None or fault.code == "async-function":
            return fault
        if isinstance(raw, staticmethod) and _parameter_names(raw.__func__)[:1] == ["self"]:
            return replace(fault, hint="remove @staticmethod")
        return replace(fault, hint=f"write def {name}(self):")
    return _call_fault(owner, name, raw, ("self",))


def definition_of(function: Any) -> str:
    """Return `file.py:12`, where a function or class is written, or '' if that cannot be known."""
    function = inspect.unwrap(getattr(function, "__func__", function))
    code = getattr(function, "__code__", None)
    if code is not None:
        return f"{shown_path(code.co_filename)}:{code.co_firstlineno}"
    if isinstance(function, type):
        try:
            return f"{shown_path(inspect.getfile(function))}:{inspect.getsourcelines(function)[1]}"
        except (OSError, TypeError):
            return ""
    return ""


def named(owner: Any, name: str = "") -> str:
    """Return what a class, or something in it, is called, with its module: `worlds.demo.ChatWorld.parley`."""
    whole = owner.__name__ if inspect.ismodule(owner) else _class_name(owner)
    return f"{whole}.{name}" if name else whole


def written_at(function: Any) -> str:
    """Return ` (written at file.py:12)`, or nothing where that cannot be known."""
    place = definition_of(function)
    return f" (written at {place})" if place else ""


def _class_name(owner: Any) -> str:
    if not isinstance(owner, type):
        return type(owner).__name__
    return f"{owner.__module__}.{owner.__qualname__}"


def _call_fault(owner: Any, name: str, function: Any, arguments: tuple[str, ...]) -> CallFault | None:
    whole = named(owner, name)
    written = getattr(function, "__name__", name) if "[" in name else name
    mend = f"write def {written}({', '.join(arguments)}):"
    if not callable(function):
        message = f"expected {whole} to be a function, got a {type(function).__name__}"
        return CallFault("not-callable", message, mend if written.isidentifier() else "put a function there")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        message = f"expected {whole} to be a plain function, got an async one{written_at(function)}"
        return CallFault(
            "async-function", message, "write def instead of async def: every world has a thread of its own"
        )
    error = _binding_error(function, arguments)
    if error is None:
        return None
    signature = inspect.signature(function, follow_wrapped=False)
    bare = signature.replace(
        parameters=[each.replace(annotation=each.empty) for each in signature.parameters.values()],
        return_annotation=signature.empty,
    )
    taken = f"{written}{bare}: {error}{written_at(function)}"
    return CallFault("wrong-arguments", f"expected {whole} to take ({', '.join(arguments)}), got {taken}", mend)


def _binding_error(function: Any, arguments: tuple[str, ...]) -> str | None:
    """Return what Python would say about the call; None if it is fine, or nothing can be known of it.

    A decorator's own signature counts and not the one it wraps: what it hands on is its own affair.
    """
    if _plainly_takes(function, len(arguments)):
        return None
    try:
        signature = inspect.signature(function, follow_wrapped=False)
    except (ValueError, TypeError):
        return None
    try:
        signature.bind(*arguments)
    except TypeError as error:
        return str(error)
    return None


def _plainly_takes(function: Any, count: int) -> bool:
    """Whether a function has so many positional parameters, and nothing else that would have to be looked at."""
    if not isinstance(function, FunctionType) or hasattr(function, "__signature__"):
        return False
    code = function.__code__
    least = code.co_argcount - len(function.__defaults__ or ())
    return not code.co_kwonlyargcount and least <= count <= code.co_argcount


def _parameter_names(function: Any) -> list[str]:
    try:
        return list(inspect.signature(function, follow_wrapped=False).parameters)
    except (ValueError, TypeError):
        return []
