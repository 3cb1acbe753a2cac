"""Registries: things of one kind, known by name, to which installed packages can add more.

Bots, tasks, channels, stores and export formats are found this way. What comes with parleyrun registers itself
like everything else. A package adds something by an entry point in its `pyproject.toml`::

    [project.entry-points."parleyrun.bots"]
    parrot = "my_package.parrot:ParrotAgent"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Generic, TypeVar

from .errors import RegistrationError

T = TypeVar("T")

Fault = Callable[[str, Any], str | None]

_homes_of_bundled: dict[str, str] = {}


def bundled_by(homes: dict[str, str]) -> None:
    """Say which module registers what comes with parleyrun, by the group of its registry.

    Called by the package itself: a registry is owned low in the house, and may not know who lives above it. The
    module is imported when somebody first asks that registry.
    """
    _homes_of_bundled.update(homes)


def bundled_home(group: str) -> str:
    """Return which module has what comes with parleyrun of a group; empty where nothing does."""
    return _homes_of_bundled.get(group, "")


class _Pointer:
    """Where a thing is that nobody has asked for yet."""

    __slots__ = ("origin", "where")

    def __init__(self, where: str, origin: str = "") -> None:
        self.where = where
        self.origin = origin

    def __repr__(self) -> str:
        return f"{self.where}{self.origin}"

    def load(self, name: str, what: str) -> Any:
        path, _, inner = self.where.partition(":")
        try:
            thing: Any = import_module(path)
            for part in filter(None, inner.split(".")):
                thing = getattr(thing, part)
        except Exception as error:
            raise RegistrationError(
                f"expected {what} '{name}' at {self!r}, which cannot be imported: {type(error).__name__}: {error}"
            ) from error
        return thing


class Registry(Generic[T]):
    """Things of one kind by name. What is registered is verified, so whatever `find` returns can be used.

    Args:
        what: The kind, for sentences: `a bot`.
        group: The entry-point group in which installed packages offer more of it: `parleyrun.bots`.
        fault: Called with a name and a thing; says what keeps that thing from being one of this kind, or None.
            Left out where whoever registers the bundled ones knows what is expected, and says so by `expect`.
    """

    def __init__(self, what: str, group: str, fault: Fault | None = None) -> None:
        self.what = what
        self.group = group
        self._fault = fault
        self._things: dict[str, Any] = {}
        self._bundled_asked = False
        self._packages_asked = False

    def expect(self, fault: Fault) -> None:
        """Say how a thing of this kind is told from others."""
        self._fault = fault

    def register(self, name: str, thing: T) -> None:
        """Register a thing under a name. One of the same module and name takes its own place, as in a notebook.

        Raises:
            RegistrationError: It is none of this kind, or another has that name.
        """
        self._ask_bundled()
        self._check(name, thing, "")
        known = self._things.get(name, thing)
        if known is not thing and _called(known) != _called(thing):
            raise RegistrationError(
                f"expected another name than '{name}' for {_called(thing)}: {_called(known)} has it"
            )
        self._things[name] = thing

    def register_lazily(self, name: str, where: str) -> None:
        """Register what stands at `where` (`package.module:Name`), to be imported and verified when it is used."""
        self._things.setdefault(name, _Pointer(where))

    def find(self, name: str) -> T | None:
        """Return the thing of that name; None if there is none.

        Raises:
            RegistrationError: What was offered under that name cannot be imported, or is none of this kind.
        """
        for ask in (None, self._ask_bundled, self._ask_packages):
            if ask is not None:
                ask()
            if name in self._things:
                break
        else:
            return None
        thing = self._things[name]
        if isinstance(thing, _Pointer):
            pointer, thing = thing, thing.load(name, self.what)
            self._check(name, thing, pointer.origin)
            self._things[name] = thing
        found: T = thing
        return found

    def required(self, name: str) -> T:
        """Return the thing of that name. Raises `RegistrationError` as `find` does, and if there is none."""
        found = self.find(name)
        if found is None:
            raise RegistrationError(
                f"expected {self.what} of the name '{name}', got none: {', '.join(self.names())}"
            )
        return found

    def names(self) -> list[str]:
        """Return all names, in alphabetical order, those that installed packages offer included."""
        self._ask_bundled()
        self._ask_packages()
        return sorted(self._things)

    def _ask_bundled(self) -> None:
        if not self._bundled_asked:
            self._bundled_asked = True
            if self.group in _homes_of_bundled:
                import_module(_homes_of_bundled[self.group])

    def _ask_packages(self) -> None:
        if self._packages_asked:
            return
        self._packages_asked = True
        for name, pointer in _offered_in(self.group):
            known = self._things.setdefault(name, pointer)
            if known is not pointer:
                from logging import getLogger

                getLogger(__name__).warning(
                    "%s '%s' of %r is left out: %s has that name", self.what, name, pointer, _called(known)
                )

    def _check(self, name: str, thing: Any, origin: str) -> None:
        fault = None if self._fault is None else self._fault(name, thing)
        if fault is not None:
            raise RegistrationError(f"expected {self.what} at '{name}', but {_called(thing)}{origin} {fault}")


def lacks(kind: Any, contract: type) -> str | None:
    """Return what a class lacks of a protocol: an attribute, a method, or an argument that a method has to take.

    None if it lacks nothing. Attributes that `__init__` sets have to be annotated in the class.
    """
    if not isinstance(kind, type):
        return "is no class"
    for name in _members(contract):
        expected = getattr(contract, name, None)
        if not callable(expected):
            if not _has_attribute(kind, name):
                return f"has no attribute '{name}'"
        elif not callable(getattr(kind, name, None)):
            return f"has no method {name}{_arguments(expected)}"
        elif not _takes(getattr(kind, name), expected):
            return f"has a method {name}{_arguments(getattr(kind, name))}, expected {name}{_arguments(expected)}"
    return None


def _members(contract: type) -> Iterator[str]:
    for base in contract.__mro__:
        if base.__module__ not in ("builtins", "typing"):
            names = dict.fromkeys([*getattr(base, "__annotations__", ()), *vars(base)])
            yield from (name for name in names if not name.startswith("_"))


def _has_attribute(kind: type, name: str) -> bool:
    return hasattr(kind, name) or any(name in getattr(base, "__annotations__", ()) for base in kind.__mro__)


def _takes(method: Any, expected: Any) -> bool:
    from inspect import Parameter, signature  # which costs more than all else here

    try:
        took = signature(method)
    except (TypeError, ValueError):
        return True  # written in C; it tells nobody
    wanted = list(signature(expected).parameters.values())
    by_name = {each.name: None for each in wanted if each.kind is Parameter.KEYWORD_ONLY}
    needed = [each for each in wanted if each.kind not in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD)]
    if hasattr(method, "__self__"):
        needed = needed[1:]
    try:
        took.bind(*needed, **by_name)
    except TypeError:
        return False
    return True


def _arguments(method: Any) -> str:
    from inspect import signature

    return f"({', '.join(name for name in signature(method).parameters if name != 'self')})"


def _called(thing: Any) -> str:
    if isinstance(thing, _Pointer):
        return repr(thing)
    name = getattr(thing, "__qualname__", None)
    return f"{thing.__module__}.{name}" if name else getattr(thing, "__name__", None) or f"{thing!r:.60}"


def _offered_in(group: str) -> Iterator[tuple[str, _Pointer]]:
    from importlib.metadata import entry_points  # it looks through all that is installed: only if it must be

    for entry in entry_points(group=group):
        distribution = entry.dist
        origin = f" (of the package {distribution.name} {distribution.version})" if distribution else ""
        yield entry.name, _Pointer(entry.value, origin)
