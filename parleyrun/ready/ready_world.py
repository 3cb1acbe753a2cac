"""What a ready world knows of the config that it runs for: a plan puts it into `opt`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..config.house import HOUSE
from ..core.worlds.world import World


class ReadyWorld(World):
    """A world that comes with parleyrun. Its sentences are those under `texts:`, in the config's language."""

    reads_config = True
    """Says to a plan that `opt` is to hold what `house_of` reads."""

    def text(self, name: str, **values: Any) -> str:
        """Return one of the sentences, filled in; empty where the config says nothing."""
        sentence: str = self._house().get("texts", {}).get(name, "")
        return sentence.format(**values)

    @property
    def tasks(self) -> Sequence[str]:
        """The keys of the tasks, in the order of the config."""
        keys: Sequence[str] = self._house().get("tasks", ())
        return keys

    @property
    def not_again(self) -> Sequence[str]:
        """The keys of those tasks that nobody does twice."""
        keys: Sequence[str] = self._house().get("not_again", ())
        return keys

    @property
    def one_visit(self) -> bool:
        """Whether a visit ends with its task: there is one only, and the config says how visits are completed."""
        return bool(self._house().get("one_visit", False))

    def _house(self) -> Mapping[str, Any]:
        house: Mapping[str, Any] = self.opt.get(HOUSE, {})
        return house
