"""Reading what was pickled into a store without running any code that the pickle names.

Whoever reads a record need not trust the file it comes from, nor have the author's modules at hand: of what is
not plain data only the name is kept.
"""

from __future__ import annotations

import base64
import io
import math
import pickle
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.message import FrozenDict

_BUILTINS = {"bytearray": bytearray, "complex": complex, "frozenset": frozenset, "set": set}


def loads(pickled: bytes | None) -> Any:
    """Return what was pickled; objects of classes come back as `Unknown`. None stays None.

    A pickle that cannot be read at all comes back as `Unknown` too.
    """
    if pickled is None:
        return None
    try:
        return _PlainUnpickler(io.BytesIO(pickled)).load()
    except Exception as error:  # a damaged pickle may fail in any way
        return Unknown.named(f"unreadable: {type(error).__name__}")()


def to_json(value: Any) -> Any:
    """Return the value as `json` can write it, and every JSON reader can read it.

    Bytes become base64, numbers that JSON has no word for become strings, objects their class's name.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((to_json(item) for item in value), key=str)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return str(value)


def strings_in(value: Any) -> Iterator[str]:
    """Yield every string in a value, keys included, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from strings_in(key)
            yield from strings_in(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, Unknown):
        yield from strings_in(value.held)


class Unknown:
    """Stands for an object whose class is not loaded. `held` is whatever the pickle gave it."""

    name = "object"

    def __new__(cls, *values: Any, **more: Any) -> Unknown:
        unknown = super().__new__(cls)
        unknown.held = [*values, more] if more else [*values]
        return unknown

    def __init__(self, *_values: Any, **_more: Any) -> None:
        self.held: list[Any]

    @classmethod
    def named(cls, name: str) -> type[Unknown]:
        return type("Unknown", (cls,), {"name": name})

    def append(self, value: Any) -> None:
        self.held.append(value)

    def extend(self, values: Any) -> None:
        self.held.extend(values)

    add = append
    __setstate__ = append

    def __setitem__(self, key: Any, value: Any) -> None:
        self.held.append((key, value))

    def __call__(self, *values: Any, **more: Any) -> Unknown:
        return type(self)(*values, **more)

    def __str__(self) -> str:
        return f"<{self.name}>"


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == FrozenDict.__module__ and name == FrozenDict.__name__:
            return FrozenDict
        if module == "builtins" and name in _BUILTINS:
            return _BUILTINS[name]
        return Unknown.named(f"{module}.{name}")
