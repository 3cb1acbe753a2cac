"""The sentences that come with parleyrun in other languages, by the keys of `texts`, and how their scripts run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ..core.message import FrozenDict

_FOLDER = Path(__file__).parent / "sentences"
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})

LANGUAGES = ("en", *sorted(file.stem for file in _FOLDER.glob("*.json")))
"""The languages that are whole; English stands in the code."""


def primary(language: str) -> str:
    """Return the language of a tag such as `pt-BR`, without its country or script."""
    return language.partition("-")[0].lower()


def direction(language: str) -> str:
    """Return which way a language is written: `ltr` or `rtl`."""
    return "rtl" if primary(language) in _RIGHT_TO_LEFT else "ltr"


@cache
def sentences(language: str) -> Mapping[str, str]:
    """Return the sentences of a language by their keys; none for English, and for what does not come with us."""
    name = primary(language)
    if name == "en" or name not in LANGUAGES:
        return FrozenDict()
    import json  # only where it is asked for

    return FrozenDict(json.loads((_FOLDER / f"{name}.json").read_text("utf-8")))
