"""A module that stands for one of ParlAI's: its names are loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from ..text import did_you_mean
from . import name_table
from .name_table import NAMES, OF_TASKS, PACKAGES, TORCH_NAMES, is_for_torch
from .placeholder import placeholder

_VERSION = "1.7.2"


class StandingLoader(Loader):
    """Makes such modules (`importlib.abc.Loader`). Any thread.

    Args:
        note: Told of each name that was asked for, with its module.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandingModule(spec.name, self._note)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


class StandingModule(ModuleType):
    """One module.

    Args:
        name: Its name.
        note: Told of each name that was asked for, with its module.
    """

    def __init__(self, name: str, note: Callable[[str], None]) -> None:
        super().__init__(name, f"Stands for ParlAI's {name}.")
        self._note = note
        self._homes = NAMES.get(name) or OF_TASKS.get(name, {})
        self.__all__ = sorted({*self._homes, *TORCH_NAMES.get(name, ())})
        # Python names it where a name cannot be imported: it has all there are.
        self.__file__ = name_table.__file__
        if name == "parlai":
            self.__version__ = _VERSION

    def __getattr__(self, name: str) -> Any:
        whole = f"{self.__name__}.{name}"
        if name.startswith("__") or (name.startswith("_") and name not in self._homes):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)
        value = self._value(whole, name)
        self._note(whole)
        setattr(self, name, value)
        return value

    def _value(self, whole: str, name: str) -> Any:
        home = self._homes.get(name)
        if home is not None:
            path, _, inner = home.partition(":")
            module = import_module(path)
            return getattr(module, inner) if inner else module
        if is_for_torch(self.__name__) and _is_module(self.__name__, name):
            return import_module(whole)
        if name in TORCH_NAMES.get(self.__name__, ()) or is_for_torch(self.__name__):
            return placeholder(whole)
        known = did_you_mean(name, self._homes, "names") if self.__name__ not in PACKAGES else ""
        hint = f": {known}" if known else ""
        raise AttributeError(
            f"{self.__name__} has no {name!r} where parleyrun stands for ParlAI{hint}", name=name, obj=self
        )

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *self.__all__})


def _is_module(package: str, name: str) -> bool:
    """Whether a name in a package is that of a module: `from parlai.agents.transformer import transformer`."""
    may_have_some = package in PACKAGES or (package.startswith("parlai.agents.") and package.count(".") == 2)
    return may_have_some and name == name.lower()
