"""Tool functions: Python functions that a model may call, described to it by their signatures."""

from __future__ import annotations

import enum
import inspect
import json
import logging
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import AgentError

log = logging.getLogger(__name__)

MAX_RESULT_CHARACTERS = 20_000

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
_SEAT = "seat"
"""A parameter of this name is given the seat that the model speaks from, and is no business of the model's."""


class ToolFunction:
    """A function, and what a model is told of it.

    Args:
        function: Its annotated parameters become the JSON schema, its docstring's first paragraph the description.

    Raises:
        AgentError: It has parameters that a model cannot be asked for.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = function.__name__
        self._function = function
        parameters = dict(inspect.signature(function).parameters)
        self._wants_seat = parameters.pop(_SEAT, None) is not None
        self._kinds = _annotations(function)
        self._schemas: dict[str, dict[str, Any]] = {}
        self._required: list[str] = []
        for name, parameter in parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
                raise AgentError(f"expected parameters with names of {self.name}(), got '{parameter}'")
            self._schemas[name] = _schema_of(self._kinds.get(name, str), f"{self.name}({name})")
            if parameter.default is parameter.empty:
                self._required.append(name)

    def description(self) -> dict[str, Any]:
        """Return what a request says of it."""
        paragraph = " ".join((inspect.getdoc(self._function) or "").partition("\n\n")[0].split())
        schema = {"type": "object", "properties": self._schemas, "required": self._required}
        return {
            "type": "function",
            "function": {"name": self.name, "description": paragraph, "parameters": schema},
        }

    def call(self, arguments: str, seat: Any) -> str:
        """Call it, and return what the model is told: the result, or what is wrong with the arguments, as JSON.

        Args:
            arguments: A JSON object, as the model wrote it.
            seat: The seat that the model speaks from.
        """
        try:
            given = json.loads(arguments or "{}")
        except (ValueError, RecursionError) as error:
            return _fault(f"expected arguments in JSON, got {arguments[:80]!r}: {error}")
        fault = self._fault_of(given)
        if fault:
            return _fault(fault)
        taken = {name: _taken(value, self._kinds.get(name)) for name, value in given.items()}
        try:
            result = self._function(**taken, **({_SEAT: seat} if self._wants_seat else {}))
        except Exception as error:
            log.exception("%s(), which a model called, failed", self.name)
            return _fault(f"{type(error).__name__}: {error}")
        try:
            told = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
        except (TypeError, ValueError) as error:
            log.error("%s() returned %s, which is no JSON: %s", self.name, type(result).__name__, error)
            return _fault("its result cannot be shown")
        return told[:MAX_RESULT_CHARACTERS]

    def _fault_of(self, given: Any) -> str:
        if not isinstance(given, dict):
            return f"expected an object of arguments, got {given!r:.80}"
        missing = [name for name in self._required if name not in given]
        unknown = [name for name in given if name not in self._schemas]
        if missing or unknown:
            return f"expected the arguments {', '.join(self._schemas) or 'none'}, got {', '.join(given) or 'none'}"
        for name, value in given.items():
            if not _fits(value, self._schemas[name]):
                return f"expected {self._schemas[name]} at '{name}', got {value!r:.80}"
        return ""


def unknown_tool(name: str, known: Mapping[str, ToolFunction]) -> str:
    """Return what a model is told that calls a function which is not there."""
    return _fault(f"there is no function {name!r:.60}; there are: {', '.join(known) or 'none'}")


def _fault(words: str) -> str:
    return json.dumps({"error": words}, ensure_ascii=False)


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception as error:  # an author's annotations may name anything
        raise AgentError(f"expected annotations of {function.__name__}() that can be read: {error}") from error


def _schema_of(kind: Any, where: str) -> dict[str, Any]:
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if kind is Any:
        return {}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [each.value for each in kind]}
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema_of(each, where) for each in inner]}
    if kind is type(None):
        return {"type": "null"}
    if kind in (list, tuple, set) or origin in (list, tuple, set, Sequence):
        return {"type": "array", "items": _schema_of(inner[0], where) if inner else {}}
    if kind is dict or origin in (dict, Mapping):
        return {"type": "object"}
    raise AgentError(
        f"expected str, int, float, bool, a Literal, a list or a dict at {where} of a tool, got {kind!r:.60}"
    )


def _taken(value: Any, kind: Any) -> Any:
    """Return what fits an annotation as the function expects it: a value of an enumeration as its member."""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    inner = typing.get_args(kind)
    if isinstance(value, list) and inner:
        return [_taken(each, inner[0]) for each in value]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        fitting = [each for each in inner if _fits(value, _schema_of(each, ""))]
        return _taken(value, fitting[0]) if fitting else value
    return value


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "object": lambda value: isinstance(value, dict),
}


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    if "anyOf" in schema:
        return any(_fits(value, each) for each in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if schema.get("type") == "array":
        return isinstance(value, list) and all(_fits(each, schema["items"]) for each in value)
    check = _CHECKS.get(schema.get("type", ""))
    return check is None or check(value)
