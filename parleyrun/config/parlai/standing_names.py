"""ParlAI's names, and what has ours stand for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Literal, Protocol

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
