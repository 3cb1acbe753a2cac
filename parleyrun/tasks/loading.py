"""From a task's name to the class that teaches it.

A name is `task:teacher:options`, as in `babi:Task1k:1`, or begins with the path of a module of yours, as in
`my.tasks:Sums:easy`. Names in a list are set apart by commas, and `#QA` stands for all tasks with that tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from inspect import isabstract
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeGuard

from ..core.teachers.teachers import Teacher
from ..errors import TaskError
from .registry import find_entries, groups, known_tags

if TYPE_CHECKING:
    from .download import OnProgress

BUILT_IN = ("babi", "fromfile", "hf", "jsonfile", "squad")

_SUFFIX = "Teacher"
_DEFAULT = "DefaultTeacher"


def expand_tasks(text: str) -> list[str]:
    """Return the single tasks that a list of names stands for, each once, in order.

    `babi:All1k,#Sample` becomes `babi:Task1k:1` to `babi:Task1k:20` and all tasks tagged Sample. Raises
    `TaskError` for an empty name or a tag that no task has.
    """
    names: dict[str, None] = {}
    for item in text.split(","):
        names.update(dict.fromkeys(_expand(item.strip(), text)))
    return list(names)


def load_teacher_class(name: str) -> type[Teacher]:
    """Return the class that teaches one task. Raises `TaskError`, with the nearest name there is."""
    home, *rest = name.split(":")
    if home not in BUILT_IN and "." not in home and not rest:
        raise _no_such_task(name, home)
    module = _module(name, home)
    wanted = rest[0] if rest else _DEFAULT
    found = _named(module, wanted)
    if found is None:
        default = _named(module, _DEFAULT)
        if default is None or not getattr(default, "TAKES_OPTIONS", False):
            raise _no_such_teacher(name, wanted, module)
        found = default
    return found


def prepare_tasks(names: Iterable[str], opt: Mapping[str, Any], on_progress: OnProgress | None = None) -> None:
    """Fetch what data these single tasks still lack, telling `on_progress` how far it is.

    Teachers do so themselves when they are made, in silence. Raises `DataMissing` where it cannot be had.
    """
    for name in names:
        prepare = getattr(load_teacher_class(name), "prepare", None)
        if prepare is not None:
            prepare({**opt, "task": name}, on_progress)


def options_of(name: str) -> list[str]:
    """Return what follows the task and the teacher in a name: `['1']` for `babi:Task1k:1`."""
    return name.split(":")[2:]


def _expand(name: str, text: str) -> list[str]:
    if not name:
        raise TaskError(f"expected names of tasks with commas between them, got {text!r}")
    if name.startswith("#"):
        found = find_entries(name)
        if not found:
            tags = ", ".join(f"#{tag}" for tag in known_tags())
            raise TaskError(f"expected a tag that a task has ({tags}), got {name!r}")
        return [single for entry in found for single in _expand(entry.name, text)]
    return list(groups().get(name.casefold(), (name,)))


def _module(name: str, home: str) -> ModuleType:
    path = f"{__package__}.{home}" if home in BUILT_IN else home
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        # A module that is there, and itself imports one that is not, is another matter.
        if error.name is None or not f"{path}.".startswith(f"{error.name}."):
            raise
        raise _no_such_task(name, home) from error


def _no_such_task(name: str, home: str) -> TaskError:
    close = get_close_matches(home, BUILT_IN, 1)
    hint = f"did you mean '{close[0]}'?" if close else f"built in are {', '.join(BUILT_IN)}"
    return TaskError(
        f"expected the name of a task, or module.path:Class of a module that can be imported, got {name!r}: {hint}"
    )


def _named(module: ModuleType, name: str) -> type[Teacher] | None:
    """Return the teacher that a module calls `NAMETeacher` or `NAME`, however that is capitalised, if any."""
    teachers = {attribute.casefold(): value for attribute, value in vars(module).items() if _is_teacher(value)}
    return teachers.get(f"{name}{_SUFFIX}".casefold()) or teachers.get(name.casefold())


def _no_such_teacher(name: str, wanted: str, module: ModuleType) -> TaskError:
    if isinstance(found := getattr(module, wanted, None), type):
        return TaskError(f"expected a subclass of parleyrun.Teacher at {name!r}, got {found!r}")
    there = [each.removesuffix(_SUFFIX) for each, value in vars(module).items() if _is_teacher(value)]
    shown = ", ".join(each for each in there if each != _DEFAULT.removesuffix(_SUFFIX))
    return TaskError(
        f"expected a teacher of {module.__name__} ({shown or 'it has none'}) at {name!r}, got {wanted!r}"
    )


def _is_teacher(value: object) -> TypeGuard[type[Teacher]]:
    """Whether it is a teacher that a task can name: those of the core and abstract ones are for subclassing."""
    return (
        isinstance(value, type)
        and issubclass(value, Teacher)
        and value.__module__ != Teacher.__module__
        and not value.__name__.startswith("_")
        and not isabstract(value)
    )
