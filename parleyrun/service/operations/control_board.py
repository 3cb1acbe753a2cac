"""The control board: what operators have set, and what holds until they set it otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...config.plan import TaskPlan
from ...core.group_size import GroupSize
from ...store.operator_records import CHECK_PREFIX, Control

ALL = "*"
"""Stands for all tasks."""

DOOR = "door"
_PAUSED = "paused:"
_ENDING = "end:"
_WAIT = "wait:"
_QUOTA = "quota:"
_TIME = "time:"
_SIZE = "size:"
_BEGUN = "begun:"
_TAKEN = "taken:"
_MODEL = "model:"
_SWAPPED = "swapped:"


class ControlBoard:
    """What is paused, whether the door is open, and which conversations are to end.

    It is changed on the desk; any thread may look. `record` puts a change on record with the move that makes it.
    """

    def __init__(self, record: Callable[[Control], None]) -> None:
        self._record = record
        self.values: dict[str, Any] = {}
        """All that is set, by its key. For looking: where nothing is, nothing need be asked about anybody."""

    def restore(self, values: Mapping[str, Any]) -> None:
        """Be as the record says."""
        self.values = {**values}

    def set(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Set some things (None lifts one), and return what they were before."""
        before = {key: self.values.get(key) for key in changes}
        for key, value in changes.items():
            if value == before[key]:
                continue
            if value is None:
                del self.values[key]
            else:
                self.values[key] = value
            self._record(Control(key, value))
        return before

    @property
    def door(self) -> str:
        """`open`, `closed`, or `drain`."""
        return str(self.values.get(DOOR, "open")) if self.values else "open"

    def is_paused(self, task: str) -> bool:
        """Whether nobody is matched for that task."""
        values = self.values
        return bool(values) and (pause_of(ALL) in values or pause_of(task) in values)

    @property
    def paused(self) -> tuple[str, ...]:
        """The keys of what is paused; `*` for all matching."""
        return tuple(sorted(key.removeprefix(_PAUSED) for key in [*self.values] if key.startswith(_PAUSED)))

    def longest_wait(self, task: str, otherwise: float | None) -> float | None:
        """Return for how many seconds somebody waits for a task at most, None for ever; or what else holds."""
        seconds: float | None = self.values.get(wait_of(task), otherwise) if self.values else otherwise
        return seconds

    def time_limit(self, task: str) -> int | None:
        """Return how many seconds conversations of a task may last that begin now; 0 for as long as they take.

        None where that is as the config says.
        """
        seconds: int | None = self.values.get(time_of(task)) if self.values else None
        return seconds

    def sized(self, task: TaskPlan) -> TaskPlan:
        """Return a task with the size of the conversations that begin now."""
        size = self.values.get(size_of(task.key)) if self.values else None
        return task if size is None else task.sized(GroupSize(**size))

    def begins(self, uid: str, task: str) -> None:
        """A conversation begins: what is set for its task now holds in it to its end, over restarts too."""
        under = {"time": self.time_limit(task), "size": self.values.get(size_of(task))} if self.values else {}
        kept = {name: value for name, value in under.items() if value is not None}
        if kept:
            self.set({_begun(uid): kept})

    def time_limit_in(self, uid: str) -> int | None:
        """Return what `time_limit` was when that conversation began."""
        seconds: int | None = self.values.get(_begun(uid), {}).get("time") if self.values else None
        return seconds

    def sized_in(self, uid: str, task: TaskPlan) -> TaskPlan:
        """Return a task with the size that held when that conversation began."""
        size = self.values.get(_begun(uid), {}).get("size") if self.values else None
        return task if size is None else task.sized(GroupSize(**size))

    def is_taken(self, uid: str, role: str) -> bool:
        """Whether an operator has taken over that bot's seat. Any thread."""
        return bool(self.values) and taken_of(uid, role) in self.values

    def model_in(self, uid: str, role: str) -> str | None:
        """Return the name of the model that an operator wants in that bot's seat. Any thread."""
        name: str | None = self.values.get(model_of(uid, role)) if self.values else None
        return name

    def swapped_in(self, uid: str, role: str) -> Mapping[str, Any] | None:
        """Return which bot an operator has put in a person's seat, as plain JSON; None if there is none."""
        swapped: Mapping[str, Any] | None = self.values.get(swapped_of(uid, role)) if self.values else None
        return swapped

    def open_check(self, participant_id: str) -> Mapping[str, Any] | None:
        """Return the question that somebody has open, as plain JSON."""
        return self.values.get(check_of(participant_id)) if self.values else None

    def forget(self, participant_id: str) -> None:
        """Somebody is erased, and with them the question that they have open."""
        if self.open_check(participant_id) is not None:
            self.set({check_of(participant_id): None})

    @property
    def open_checks(self) -> dict[str, Mapping[str, Any]]:
        """The questions that people have open, by their ids."""
        found = {**self.values}
        return {
            key.removeprefix(CHECK_PREFIX): check for key, check in found.items() if key.startswith(CHECK_PREFIX)
        }

    @property
    def quotas(self) -> dict[str, int]:
        """With how many of a value it is enough, by what `quota_of` calls them."""
        return {key: quota for key, quota in {**self.values}.items() if key.startswith(_QUOTA)}

    @property
    def endings(self) -> dict[str, Any]:
        """How conversations are to end that may not have ended yet, by their runs."""
        found = {**self.values}
        return {key.removeprefix(_ENDING): how for key, how in found.items() if key.startswith(_ENDING)}

    def ended(self, uid: str) -> None:
        """A conversation is over: nothing that was set for it matters any more."""
        if self.values:
            known = (ending_of(uid), _begun(uid))
            over = [key for key in self.values if key in known or seat_in(key) == uid]
            self.set(dict.fromkeys(over))


def pause_of(task: str) -> str:
    """Return the name under which it is set that a task is paused."""
    return f"{_PAUSED}{task}"


def wait_of(task: str) -> str:
    """Return the name under which it is set how long people wait for a task at most."""
    return f"{_WAIT}{task}"


def is_of_pools(key: str) -> bool:
    """Say whether what has that name is something that those who wait go by."""
    return key.startswith((_WAIT, _SIZE))


def time_of(task: str) -> str:
    """Return the name under which it is set how long conversations of a task may last."""
    return f"{_TIME}{task}"


def size_of(task: str) -> str:
    """Return the name under which it is set how many people a conversation of a task takes."""
    return f"{_SIZE}{task}"


def taken_of(uid: str, role: str) -> str:
    """Return the name under which it is set that a bot's seat is taken over."""
    return f"{_TAKEN}{uid}:{role}"


def model_of(uid: str, role: str) -> str:
    """Return the name under which it is set which model speaks in a bot's seat."""
    return f"{_MODEL}{uid}:{role}"


def swapped_of(uid: str, role: str) -> str:
    """Return the name under which it is set that a bot sits in a person's seat."""
    return f"{_SWAPPED}{uid}:{role}"


def seat_in(key: str) -> str | None:
    """Return the conversation of whose bot's seat something is set; None if that is no such name."""
    return key.split(":", 2)[1] if key.startswith((_TAKEN, _MODEL, _SWAPPED)) else None


def check_of(participant_id: str) -> str:
    """Return the name under which it is set which question somebody has open."""
    return f"{CHECK_PREFIX}{participant_id}"


def _begun(uid: str) -> str:
    return f"{_BEGUN}{uid}"


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
