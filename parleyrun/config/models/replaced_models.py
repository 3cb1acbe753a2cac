"""Models that are put in the place of a config's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class InPlace(dict[str, Any]):
    """An entry that takes the place of the one before as a whole, where others are merged with it."""


def models_in_place(kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return what is laid over a config to have other models in the place of those of these names.

    Args:
        kinds: The kind of each, as `model:` of an entry names it, such as `chat_completions:http://…`.
    """
    return {"models": {name: InPlace(model=kind) for name, kind in kinds.items()}} if kinds else {}
