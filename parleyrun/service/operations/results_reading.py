"""From plain JSON back to a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def result_of(kind: type[T], values: Mapping[str, Any]) -> T:
    """Return the result of a class from what `plain` made of one; what the class does not know is left out."""
    made: T = _made(kind, values)
    return made


def _made(kind: Any, value: Any) -> Any:
    if is_dataclass(kind) and isinstance(value, Mapping):
        types = get_type_hints(kind)
        names = [field.name for field in fields(kind) if field.name in value]
        return kind(**{name: _made(types[name], value[name]) for name in names})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        return tuple(_made(get_args(kind)[0], each) for each in value)
    if value is not None:
        for one in get_args(kind):
            if is_dataclass(one):  # as one of `PersonRow | None`
                return _made(one, value)
    return value
