"""The control board: what operators have set, and what holds until they set it otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...store.operator_records import Control

ALL = "*"
"""Stands for all tasks."""

DOOR = "door"
_PAUSED = "paused:"
_ENDING = "end:"
_WAIT = "wait:"
_QUOTA = "quota:"


class ControlBoard:
    """What is paused, whether the door is open, and which conversations are to end.

    It is changed on the desk; any thread may look. `record` puts a change on record with the move that makes it.
    """

    def __init__(self, record: Callable[[Control], None]) -> None:
        self._record = record
        self._values: dict[str, Any] = {}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Be as the record says."""
        self._values = {**values}

    def set(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Set some things (None lifts one), and return what they were before."""
        before = {key: self._values.get(key) for key in changes}
        for key, value in changes.items():
            if value == before[key]:
                continue
            if value is None:
                del self._values[key]
            else:
                self._values[key] = value
            self._record(Control(key, value))
        return before

    @property
    def door(self) -> str:
        """`open`, `closed`, or `drain`."""
        return str(self._values.get(DOOR, "open")) if self._values else "open"

    def is_paused(self, task: str) -> bool:
        """Whether nobody is matched for that task."""
        values = self._values
        return bool(values) and (pause_of(ALL) in values or pause_of(task) in values)

    @property
    def paused(self) -> tuple[str, ...]:
        """The keys of what is paused; `*` for all matching."""
        return tuple(sorted(key.removeprefix(_PAUSED) for key in [*self._values] if key.startswith(_PAUSED)))

    def longest_wait(self, task: str, otherwise: float | None) -> float | None:
        """Return for how many seconds somebody waits for a task at most, None for ever; or what else holds."""
        seconds: float | None = self._values.get(wait_of(task), otherwise) if self._values else otherwise
        return seconds

    @property
    def quotas(self) -> dict[str, int]:
        """With how many of a value it is enough, by what `quota_of` calls them."""
        return {key: quota for key, quota in {**self._values}.items() if key.startswith(_QUOTA)}

    @property
    def endings(self) -> dict[str, Any]:
        """How conversations are to end that may not have ended yet, by their runs."""
        found = {**self._values}
        return {key.removeprefix(_ENDING): how for key, how in found.items() if key.startswith(_ENDING)}

    def ended(self, uid: str) -> None:
        """A conversation is over: nobody need end it any more."""
        if self._values and ending_of(uid) in self._values:
            self.set({ending_of(uid): None})


def pause_of(task: str) -> str:
    """Return the name under which it is set that a task is paused."""
    return f"{_PAUSED}{task}"


def wait_of(task: str) -> str:
    """Return the name under which it is set how long people wait for a task at most."""
    return f"{_WAIT}{task}"


def is_wait(key: str) -> bool:
    """Say whether that is such a name."""
    return key.startswith(_WAIT)


def quota_of(condition: str, value: str) -> str:
    """Return the name under which it is set with how many of a value it is enough."""
    return _QUOTA + json.dumps([condition, value])


def condition_and_value(key: str) -> tuple[str, str] | None:
    """Return of what such a name is; None for another name."""
    if not key.startswith(_QUOTA):
        return None
    condition, value = json.loads(key.removeprefix(_QUOTA))
    return condition, value


def ending_of(uid: str) -> str:
    """Return the name under which it is set that a conversation is to end."""
    return f"{_ENDING}{uid}"
