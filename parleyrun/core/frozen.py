"""Mappings that cannot be changed, for values that cross threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn


class FrozenDict(dict[str, Any]):
    """A dict that cannot be changed, all the way down.

    Nested mappings become `FrozenDict`, lists become tuples. It is a real dict, so that `json`, `pickle` and
    `isinstance` take it as one. `copy()` gives a plain dict to whoever wants to build a changed one.
    """

    __slots__ = ()

    def __init__(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        merged = {**(values or {}), **more}
        super().__init__({key: freeze(value) for key, value in merged.items()})

    def copy(self) -> dict[str, Any]:
        """Return a plain, changeable dict of the same values (nested values stay frozen)."""
        return dict(self)

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[str, Any]]]:
        return (type(self), (dict(self),))

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none, as it can change; this one cannot
        return hash(frozenset(self.items()))

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is shared and cannot be changed; use copy() to build another")

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse


def freeze(value: Any) -> Any:
    """Return the value with every mapping in it a `FrozenDict` and every list a tuple."""
    if isinstance(value, FrozenDict):
        return value
    if isinstance(value, Mapping):
        return FrozenDict(value)
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return value
