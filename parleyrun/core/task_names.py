"""Tasks by name: which there are, and from a name to the class that teaches it.

A name is `task:teacher:options`, as in `babi:Task1k:1`, or begins with the path of a module of yours, as in
`my.tasks:Sums:easy`. Names in a list are set apart by commas, and `#QA` stands for all tasks with that tag.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeGuard

from ..errors import TaskError
from ..registry import Registry
from ..text import did_you_mean

if TYPE_CHECKING:
    from .teachers.teachers import Teacher

    TaskHome = ModuleType | type[Teacher]
    """What a task's name leads to: a module with teachers, or a single one."""

_SUFFIX = "Teacher"
_DEFAULT = "DefaultTeacher"


def default_datapath() -> Path:
    """Return the folder of all data: `$PARLEYRUN_DATAPATH`, else one in your home."""
    given = os.environ.get("PARLEYRUN_DATAPATH")
    return Path(given).expanduser() if given else Path.home() / ".cache" / "parleyrun" / "data"


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """A task as the list of tasks shows it.

    Args:
        name: What it is asked for by: `squad`, `babi:All1k`.
        description: What it asks, in a sentence.
        tags: What kind of task it is; `#QA` stands for all that are tagged `QA`.
        licence: The licence its data is under.
        citation: Whom to cite, if anybody.
        homepage: Where its data comes from.
        members: The single tasks it stands for, where it stands for several.
        setting: The opt without which it has nothing to read, if there is one.
        aliases: Other names of it.
    """

    name: str
    description: str
    tags: tuple[str, ...] = ()
    licence: str = ""
    _: KW_ONLY
    citation: str = ""
    homepage: str = ""
    members: tuple[str, ...] = ()
    setting: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def task(self) -> str:
        """What the name begins with: the name under which the task is registered."""
        return self.name.partition(":")[0]


class TaskRegistry(Registry["TaskHome"]):
    """Tasks by name, and what the list of tasks says of them.

    A module that is registered may say so itself, in a `CATALOGUE` of `TaskEntry`s.
    """

    def __init__(self) -> None:
        super().__init__("a task", "parleyrun.tasks", _fault)
        self._entries: dict[str, Sequence[TaskEntry]] = {}

    def register_lazily(self, name: str, where: str, entries: Sequence[TaskEntry] = ()) -> None:
        """Register what stands at `where`; with `entries` it can be listed without being imported."""
        super().register_lazily(name, where)
        self._entries[name] = entries

    def entries(self) -> list[TaskEntry]:
        """Return what there is to say of all tasks; those that come with parleyrun first."""
        names = dict.fromkeys([*self._entries, *self.names()])
        return [entry for name in names for entry in self.entries_of(name)]

    def entries_of(self, name: str) -> Sequence[TaskEntry]:
        """Return what there is to say of the task that is registered under this name; nothing if there is none."""
        if name not in self._entries:
            home = self.find(name)
            if home is None:
                return ()
            if name not in self._entries:
                said = (home.__doc__ or "").partition("\n")[0]
                self._entries[name] = getattr(home, "CATALOGUE", None) or (TaskEntry(name, said),)
        return self._entries[name]


def _fault(_name: str, home: Any) -> str | None:
    if isinstance(home, ModuleType):
        return None if _teachers_of(home) else "is a module without a subclass of parleyrun.Teacher"
    return None if _is_teacher(home) else "is neither a module nor a subclass of parleyrun.Teacher that can teach"


TASKS = TaskRegistry()
"""The tasks there are. A package adds one by the entry point `parleyrun.tasks`: a module, or a teacher."""


def find_entries(tag: str | None = None) -> tuple[TaskEntry, ...]:
    """Return the tasks that have a tag (with or without #, capitalised as you like), or all."""
    entries = TASKS.entries()
    if tag is None:
        return tuple(entries)
    wanted = tag.removeprefix("#").casefold()
    return tuple(entry for entry in entries if wanted in map(str.casefold, entry.tags))


def known_tags() -> tuple[str, ...]:
    """Return all tags, in the order of the list."""
    return tuple(dict.fromkeys(tag for entry in TASKS.entries() for tag in entry.tags))


def expand_tasks(text: str | None) -> list[str]:
    """Return the single tasks that a list of names stands for, each once, in order.

    `babi:All1k,#Sample` becomes `babi:Task1k:1` to `babi:Task1k:20` and all tasks tagged Sample.

    Args:
        text: Names with commas between them, as at `opt['task']`.

    Raises:
        TaskError: There is no name, one of them is empty, or no task has the tag.
    """
    if not text:
        raise TaskError("expected the name of a task at 'task' of opt, such as babi:Task1k:1, got none")
    names: dict[str, None] = {}
    for item in text.split(","):
        names.update(dict.fromkeys(_expand(item.strip(), text)))
    return list(names)


def load_teacher_class(name: str) -> type[Teacher]:
    """Return the class that teaches one task.

    Args:
        name: The name of a single task, such as `babi:Task1k:1`.

    Returns:
        The class, a subclass of `Teacher`.

    Raises:
        TaskError: There is none; the message has the nearest name there is.
    """
    task, *rest = name.split(":")
    home = _home(name, task, module_allowed=bool(rest))
    wanted = rest[0] if rest else _DEFAULT
    teachers = {each.casefold(): teacher for each, teacher in _teachers_of(home).items()}
    found = teachers.get(f"{wanted}{_SUFFIX}".casefold()) or teachers.get(wanted.casefold())
    if found is None:
        default = teachers.get(_DEFAULT.casefold())
        if default is None or not getattr(default, "TAKES_OPTIONS", False):
            raise _no_such_teacher(name, wanted, home)
        found = default
    return found


def prepare_tasks(
    names: Iterable[str], opt: Mapping[str, Any], on_progress: Callable[[Any], None] | None = None
) -> None:
    """Fetch what data these single tasks still lack. Teachers do so themselves when they are made, in silence.

    Args:
        names: Single tasks, as `expand_tasks` returns them.
        opt: The options, of which `datapath` says where data is kept.
        on_progress: Called on this thread with how far a download is (`tasks.download.Progress`).

    Raises:
        DataMissing: The data cannot be had; says how to put it there by hand.
    """
    for name in names:
        prepare = getattr(load_teacher_class(name), "prepare", None)
        if prepare is not None:
            prepare({**opt, "task": name}, on_progress)


def options_of(name: str) -> list[str]:
    """Return what follows the task and the teacher in a name: `['1']` for `babi:Task1k:1`."""
    return name.split(":")[2:]


def _expand(name: str, text: str) -> Sequence[str]:
    if not name:
        raise TaskError(f"expected names of tasks with commas between them, got {text!r}")
    if name.startswith("#"):
        found = find_entries(name)
        if not found:
            tags = ", ".join(f"#{tag}" for tag in known_tags())
            raise TaskError(f"expected a tag that a task has ({tags}), got {name!r}")
        return [single for entry in found for single in _expand(entry.name, text)]
    task = name.partition(":")[0]
    if "." not in task:
        for entry in TASKS.entries_of(task) or TASKS.entries_of(task.casefold()):
            if entry.members and name.casefold() in map(str.casefold, (entry.name, *entry.aliases)):
                return entry.members
    return (name,)


def _home(name: str, task: str, *, module_allowed: bool) -> TaskHome:
    home = None if "." in task else TASKS.find(task)
    if home is not None:
        return home
    if "." not in task and not module_allowed:
        raise _no_such_task(name, task)
    try:
        return import_module(task)
    except ModuleNotFoundError as error:
        # A module that is there, and itself imports one that is not, is another matter.
        if error.name is None or not f"{task}.".startswith(f"{error.name}."):
            raise
        raise _no_such_task(name, task) from error


def _no_such_task(name: str, task: str) -> TaskError:
    hint = did_you_mean(task, TASKS.names(), "tasks")
    return TaskError(
        f"expected the name of a task, or module.path:Class of a module that can be imported, got {name!r}: {hint}"
    )


def _no_such_teacher(name: str, wanted: str, home: TaskHome) -> TaskError:
    if isinstance(found := getattr(home, wanted, None), type):
        return TaskError(f"expected a subclass of parleyrun.Teacher at {name!r}, got {found!r}")
    there = [each.removesuffix(_SUFFIX) for each in _teachers_of(home)]
    shown = ", ".join(each for each in there if each != _DEFAULT.removesuffix(_SUFFIX))
    return TaskError(
        f"expected a teacher of {home.__name__} ({shown or 'it has none'}) at {name!r}, got {wanted!r}"
    )


def _teachers_of(home: TaskHome) -> dict[str, type[Teacher]]:
    """Return the teachers of a module by their names; a teacher on its own is the default one."""
    if isinstance(home, type):
        return {home.__name__: home, _DEFAULT: home}
    return {name: value for name, value in vars(home).items() if _is_teacher(value)}


def _is_teacher(value: object) -> TypeGuard[type[Teacher]]:
    """Whether it is a teacher that a task can name: those of the core and abstract ones are for subclassing."""
    from .teachers.teachers import Teacher  # the list of tasks can do without

    return (
        isinstance(value, type)
        and issubclass(value, Teacher)
        and value.__module__ != Teacher.__module__
        and not value.__name__.startswith("_")
        and not isabstract(value)
    )
