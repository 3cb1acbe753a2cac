"""Shared values: what all seats of a model have in common, by names that outlive the process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from ...errors import NotRestored

ValueName = tuple[str | int, ...]
"""A model's name, and the keys that lead to a value in its share table; no name for what all models have."""

_SMALL_TEXT = 4096
_MOST_IN_A_LIST = 100
_DEEPEST = 5
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType)
_NEVER = (type, type(None), bool, int, float, complex, Enum, ModuleType, *_FUNCTIONS)
"""Values that are no model's own, or cost nothing in a pickle."""


class SharedValues:
    """What the share tables of models hold, found by identity and by name.

    In a pickle such a value is named, and not copied: a model's weights, its connection, whatever holds a lock.
    It is filled before anybody is let in, on one thread, and read by any thread from then on.
    """

    def __init__(self) -> None:
        self.names: dict[int, tuple[ValueName, ...]] = {}
        """The names of each value by its `id()`: several where models share it. The values are kept alive here."""
        self._values: dict[ValueName, Any] = {}
        self._models: set[str] = set()

    def __len__(self) -> int:
        return len(self.names)

    def add(self, model: str, table: Mapping[str, Any]) -> None:
        """Name what the share table of a model holds, and the table itself. After what all models have."""
        self._models.add(model)
        self._name((model,), table)
        for path, value in _within(table, ()):
            self._name((model, *path), value)

    def value(self, names: tuple[ValueName, ...]) -> Any:
        """Return the value that has one of these names in this process, the first that is known.

        Raises:
            NotRestored: There is none.
        """
        for name in names:
            if name in self._values:
                return self._values[name]
        name = names[0]
        model = name[0]
        if model not in self._models:
            known = ", ".join(sorted(self._models)) or "none"
            raise NotRestored(
                f"the model '{model}' is not under models: any more (there are: {known})", may_fit_again=True
            )
        path = ".".join(map(str, name[1:]))
        raise NotRestored(f"the model '{model}' has no '{path}' any more", may_fit_again=True)

    def add_beside(self, model: str, what: str, value: Any) -> None:
        """Name something else that a model has, besides its share table."""
        self._name((model, what), value)

    def add_common(self, what: str, value: Any) -> None:
        """Name what all models have, such as the clock of the service."""
        self._name(("", what), value)

    def _name(self, name: ValueName, value: Any) -> None:
        known = self.names.get(id(value), ())
        if not known or known[0][0] not in ("", name[0]):
            self.names[id(value)] = (*known, name)
        self._values[name] = value


def _within(value: Any, path: ValueName) -> Iterator[tuple[ValueName, Any]]:
    """Yield what tables and short lists hold that is worth a name, however deep, with the way to it."""
    if len(path) >= _DEEPEST:
        return
    if isinstance(value, Mapping):
        items = [(key, item) for key, item in value.items() if isinstance(key, str | int)]
    elif type(value) in (list, tuple) and len(value) <= _MOST_IN_A_LIST:
        items = list(enumerate(value))
    else:
        return
    for key, item in items:
        if _is_worth_a_name(item):
            yield (*path, key), item
            yield from _within(item, (*path, key))


def _is_worth_a_name(value: Any) -> bool:
    if isinstance(value, str | bytes):
        return len(value) >= _SMALL_TEXT
    if isinstance(value, _NEVER):
        return False
    # Python has one empty tuple for all, and others may have one empty mapping.
    return not isinstance(value, tuple | frozenset | Mapping | list | set) or len(value) > 0
