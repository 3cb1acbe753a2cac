"""Answers for ParlAI's modules, in front of all that finds modules.

A project is often a checkout of ParlAI, whose own `parlai` package imports much before it does anything. So ours
stand in front of it, and not beside it on the path: what is in `name_table` is ours, and everything else, such as
`parlai.chat_service.tasks.chat.worlds`, comes from the project.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

from ..errors import RegistrationError
from .name_table import NAMES, OF_TASKS, PACKAGES, is_for_torch, may_be_of_project
from .standing_module import StandingLoader

_PARLAI = "parlai"
_LOCK = threading.Lock()  # guards sys.meta_path against two finders


class NameFinder:
    """Finds the modules that stand for ParlAI's (`importlib.abc.MetaPathFinder`). Any thread.

    As a context manager it is there within the block; leaving it takes out the modules that came through it, too.
    """

    def __init__(self) -> None:
        self._asked: dict[str, None] = {}
        self._loader = StandingLoader(self._note)

    def install(self) -> None:
        """Stand in front of all others. Doing it twice is harmless.

        Raises:
            RegistrationError: ParlAI itself is imported in this process already.
        """
        with _LOCK:
            if self in sys.meta_path:
                return
            known = sys.modules.get(_PARLAI)
            if known is not None:
                where = getattr(known, "__file__", None) or "somewhere"
                raise RegistrationError(
                    "expected to stand for the names of parlai, got ParlAI itself, which was imported from "
                    f"{where}: write compat: off to use it"
                )
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Go, and take out the modules of `parlai` that were imported. Doing it twice is harmless."""
        with _LOCK:
            if self not in sys.meta_path:
                return
            sys.meta_path.remove(self)
            for name in [name for name in sys.modules if name == _PARLAI or name.startswith(f"{_PARLAI}.")]:
                del sys.modules[name]

    def __enter__(self) -> Self:
        self.install()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module that stands for ParlAI's; None for all that is the project's, or others'.

        Raises:
            ModuleNotFoundError: It would be a module of ParlAI's, and neither we nor the project have it.
        """
        if name != _PARLAI and not name.startswith(f"{_PARLAI}."):
            return None
        if name in PACKAGES:
            spec = ModuleSpec(name, self._loader, is_package=True)
            spec.submodule_search_locations = ProjectFolders(name)  # type: ignore[assignment]  # any sequence will do
            return spec
        if name in NAMES:
            return ModuleSpec(name, self._loader)
        if may_be_of_project(name) and PathFinder.find_spec(name, path) is not None:
            return None
        if name in OF_TASKS:
            return ModuleSpec(name, self._loader, is_package=not name.endswith(".agents"))
        if is_for_torch(name):
            return ModuleSpec(name, self._loader, is_package=True)
        raise ModuleNotFoundError(
            f"No module named {name!r}: parleyrun stands for ParlAI here and has no such module "
            "(docs/coming-from-parlai.md lists those it has)",
            name=name,
        )

    def described(self) -> str:
        """Say in one line for which names ours stand that were asked for so far."""
        modules: dict[str, list[str]] = {}
        for whole in list(self._asked):
            module, _, name = whole.rpartition(".")
            modules.setdefault(module, []).append(name)
        listed = "; ".join(f"{module}: {', '.join(sorted(modules[module]))}" for module in sorted(modules))
        count = len(self._asked)
        what = "1 name" if count == 1 else f"{count} names"
        return f"written for ParlAI: our classes stand for its own ({what} so far{': ' if listed else ''}{listed})"

    def _note(self, whole: str) -> None:
        self._asked[whole] = None


class ProjectFolders(Sequence[str]):
    """Where projects have modules of a package of ParlAI's, in the order of the import path as it is now.

    Args:
        package: The package's name.
    """

    def __init__(self, package: str) -> None:
        self._parts = package.split(".")

    def _now(self) -> list[str]:
        folders = (Path(entry or ".").joinpath(*self._parts) for entry in sys.path)
        return [str(folder) for folder in folders if folder.is_dir()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def __getitem__(self, index: Any) -> Any:
        return self._now()[index]


def stand_for_parlai() -> NameFinder:
    """Have ours stand for ParlAI's names from now on, and return what does it; there is one for the process.

    Raises:
        RegistrationError: ParlAI itself is imported already.
    """
    there = next((finder for finder in list(sys.meta_path) if isinstance(finder, NameFinder)), None)
    finder = there or NameFinder()
    finder.install()
    return finder
