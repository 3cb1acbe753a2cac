"""Can a function be called with the arguments it will get? If not: which one, why, and where is it written?"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any

from ..text import shown_path


@dataclass(frozen=True, slots=True)
class CallFault:
    """Why a call would fail. `code` is that of the finding."""

    code: str
    message: str
    hint: str


def class_call_fault(owner: Any, name: str, arguments: tuple[str, ...]) -> CallFault | None:
    """Check a function that is called on its owner (a class, a module) and not on an instance of it."""
    function = getattr(owner, name)
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
    if not callable(function):
        message = f"expected {whole} to be a function, got a {type(function).__name__}"
        return CallFault("not-callable", message, f"write def {name}({', '.join(arguments)}):")
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
    message = f"expected {whole} to take ({', '.join(arguments)}), got {name}{bare}: {error}{written_at(function)}"
    return CallFault("wrong-arguments", message, f"write def {name}({', '.join(arguments)}):")


def _binding_error(function: Any, arguments: tuple[str, ...]) -> str | None:
    """Return what Python would say about the call; None if it is fine, or nothing can be known of it.

    A decorator's own signature counts and not the one it wraps: what it hands on is its own affair.
    """
    try:
        signature = inspect.signature(function, follow_wrapped=False)
    except (ValueError, TypeError):
        return None
    try:
        signature.bind(*arguments)
    except TypeError as error:
        return str(error)
    return None


def _parameter_names(function: Any) -> list[str]:
    try:
        return list(inspect.signature(function, follow_wrapped=False).parameters)
    except (ValueError, TypeError):
        return []
