"""Data for the script of a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

# What stands in a script of a page must not end it, whatever was said.
_IN_A_SCRIPT = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def script_json(value: Any) -> str:
    """Return a value as JSON that may stand in a script of a page."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # What UTF-8 has no bytes for is written as an escape, too.
    return written.translate(_IN_A_SCRIPT).encode("utf-8", "backslashreplace").decode()


def script_list(name: str, items: Iterable[str]) -> Iterator[str]:
    """Yield, piece by piece, the element of a page that holds items as a list: each is from `script_json`."""
    yield f'<script type="application/json" id="{name}">['
    for number, item in enumerate(items):
        yield f",\n{item}" if number else item
    yield "]</script>\n"
