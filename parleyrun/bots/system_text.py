"""The system text: what a model is told about itself, with what is known of its seat filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

NAMES = ("role", "task", "people", "round", "condition", "onboard_data")
"""What may be filled in. Of the last two one names a value: `{condition.partner}`."""

_WITH_VALUES = frozenset({"condition", "onboard_data"})
TEXT_SUFFIXES = (".md", ".txt")
"""How the path of a file ends that holds a text."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)(?:\.(\w+(?:\.\w+)*))?\}")


def read_system_text(value: str, folder: Path) -> str:
    """Return the text that is meant: the value itself, or what stands in the file that it names.

    Args:
        value: A text; or, on one line that ends in `.md` or `.txt`, the path of a file.
        folder: Where the path begins.

    Raises:
        ValueError: The file cannot be read; the message says why.
    """
    if "\n" in value or not value.strip().endswith(TEXT_SUFFIXES):
        return value
    path = folder / value.strip()
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"expected a text, or a file in UTF-8, at 'system', got {value.strip()!r}: {error}"
        ) from error


def faults_of(text: str) -> Iterator[str]:
    """Yield what is wrong with placeholders of a text, one sentence each."""
    for found in _PLACEHOLDER.finditer(text):
        name, inner = found[1], found[2]
        if name not in NAMES:
            known = ", ".join(f"{{{each}{'.…' if each in _WITH_VALUES else ''}}}" for each in NAMES)
            yield f"expected one of {known}, got {found[0]}"
        elif (name in _WITH_VALUES) is not bool(inner):
            yield f"expected {{{name}{'.…' if name in _WITH_VALUES else ''}}}, got {found[0]}"


def names_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a text has placeholders for: the name, and what stands behind its dot, which may be nothing."""
    yield from ((found[1], found[2] or "") for found in _PLACEHOLDER.finditer(text))


def filled(text: str, values: Mapping[str, Any]) -> str:
    """Return the text with its placeholders filled in; what has no value becomes empty."""
    return _PLACEHOLDER.sub(lambda found: _shown(_value(found[1], found[2], values)), text)


def _value(name: str, inner: str | None, values: Mapping[str, Any]) -> Any:
    value = values.get(name)
    for part in inner.split(".") if inner else ():
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
