"""Answer cleaning: what a model says beyond its own words is cut off."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...errors import ModelError, ModelFailure

MAX_ANSWER_TEXT_BYTES = 65_536
"""As long as a person's message may be."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What no keyboard writes, and no screen shows."""


def own_words(text: str, own_names: Iterable[str], other_names: Iterable[str]) -> str:
    """Return what the model says for itself: without its name in front, others' lines after it, and controls.

    Args:
        text: The answer.
        own_names: What the model's seat is called.
        other_names: What the others are called.

    Raises:
        ModelError: Nothing is left, or too much.
    """
    words = _without_name(_CONTROLS.sub("", text).strip(), own_names)
    other = _line_of(other_names)
    if other is not None and (found := other.search(words)):
        if not words[: found.start()].strip():
            raise ModelError(f"it spoke as {found['name']}, not as itself", ModelFailure.EMPTY, may_pass=True)
        words = words[: found.start()].strip()
    if not words:
        raise ModelError("it answered without words", ModelFailure.EMPTY, may_pass=True)
    size = len(words.encode(errors="replace"))
    if size > MAX_ANSWER_TEXT_BYTES:
        raise ModelError(
            f"expected an answer of at most {MAX_ANSWER_TEXT_BYTES:,} bytes, got {size:,}; lower max_tokens",
            ModelFailure.BAD_ANSWER,
        )
    return words


def _without_name(text: str, names: Iterable[str]) -> str:
    own = _line_of(names)
    found = None if own is None else own.match(text)
    return text if found is None else text[found.end() :].lstrip()


def _line_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return what matches the beginning of a line that one of these says, `**Ann:**` included."""
    known = sorted({name for name in names if name}, key=len, reverse=True)
    if not known:
        return None
    name = "|".join(map(re.escape, known))
    return re.compile(
        rf"^[ \t]*(?:\*\*|__)?(?P<name>{name})(?:\*\*|__)?[ \t]?:(?:\*\*|__)?", re.IGNORECASE | re.MULTILINE
    )
