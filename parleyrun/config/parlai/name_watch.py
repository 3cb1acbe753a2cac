"""Watching for imports of ParlAI's names, so that ours can stand for them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType
from typing import Literal, Protocol, Self

from ...registry import Registry

PARLAI = "parlai"
"""The package whose names are meant, and the value of `compat` that asks for them."""

Compat = Literal["auto", "parlai", "off"]
"""What `compat` may be: ours stand for ParlAI's names where a project names them, always, or never."""


class StandingNames(Protocol):
    """Names of another library, for which ours stand (`compat.name_finder.NameFinder`)."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None: ...

    def described(self) -> str: ...


STANDING_NAMES: Registry[Callable[[], StandingNames]] = Registry("names of a library", "parleyrun.standing_names")
"""What has our classes stand for the names of another library, by the name of that."""


class NameWatch:
    """Stands in front of all that finds modules, while author code is imported. Costs a comparison an import.

    The first import of one of ParlAI's names has ours stand for them from then on. Leaving the `with` block ends
    the watch only. One thread.

    Args:
        mode: What the config says.
        named: Whether the project is known to name them.
    """

    def __init__(self, mode: Compat, *, named: bool = False) -> None:
        self._mode = mode
        self._named = named
        self.standing: StandingNames | None = None
        """The names, once ours stand for them."""

    def begin(self) -> None:
        """Have ours stand for the names at once, where the project is known to name them.

        Raises:
            RegistrationError: ParlAI itself is imported in this process already.
        """
        if self._mode == PARLAI or (self._mode == "auto" and self._named):
            self._switch_on()

    def __enter__(self) -> Self:
        if self._mode == "auto" and self.standing is None:
            sys.meta_path.insert(0, self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find nothing but what ours stand for (`importlib.abc.MetaPathFinder`). Any thread."""
        if name.partition(".")[0] != PARLAI:
            return None
        return self._switch_on().find_spec(name, path, target)

    def _switch_on(self) -> StandingNames:
        self.standing = STANDING_NAMES.required(PARLAI)()
        return self.standing
