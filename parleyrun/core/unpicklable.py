"""What keeps a value from being pickled, found by trying what it holds, and what that holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

MOST_TRIES = 300
"""How many values are tried before the search makes do with what it has found."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """The innermost value that fails. `path` leads to it: `.model.locks['a']`."""

    path: str
    value: Any


class PickleSearch:
    """One search. `fails(value)` says whether a value, on its own, cannot be pickled."""

    def __init__(self, fails: Callable[[Any], bool]) -> None:
        self._fails = fails
        self._seen: list[Any] = []  # kept alive, so that `is` never takes one value for another
        self._tries = 0

    def culprit(self, value: Any, path: str = "") -> Culprit | None:
        """Return what is to blame for a value that fails; None if all it fails of was looked into already."""
        self._seen.append(value)
        fails_by_others = False
        for step, part in _parts(value):
            if self._tries >= MOST_TRIES:
                break
            self._tries += 1
            if not self._fails(part):
                continue
            fails_by_others = True
            if not any(part is seen for seen in self._seen):
                found = self.culprit(part, path + step)
                if found is not None:
                    return found
        return None if fails_by_others else Culprit(path, value)


def _parts(value: Any) -> list[tuple[str, Any]]:
    """Return what a pickle of the value would hold, each with its step of the path; nothing if nobody can know."""
    if isinstance(value, dict):
        return [(f"[{key!r:.40}]", part) for key, part in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return [(f"[{index}]", part) for index, part in enumerate(value)]
    if isinstance(value, partial):
        return [(".func", value.func), (".args", value.args), (".keywords", value.keywords)]
    if isinstance(value, type) or _is_pickled_its_own_way(type(value)):
        return []
    return _state_of(value)


def _is_pickled_its_own_way(kind: type[Any]) -> bool:
    own = (vars(base) for base in kind.__mro__ if base is not object)
    return any("__reduce__" in names or "__reduce_ex__" in names for names in own)


def _state_of(value: Any) -> list[tuple[str, Any]]:
    try:
        state = value.__getstate__()
    except BaseException:  # the author's code: it may raise anything, and what it raised is no part of the value
        return []
    if isinstance(state, tuple) and len(state) == 2:  # what is in the instance's dict, and what is in slots
        in_dict, in_slots = state
        state = {**(in_dict or {}), **(in_slots or {})}
    return [(f".{name}", part) for name, part in state.items()] if isinstance(state, dict) else []
