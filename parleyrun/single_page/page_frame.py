"""What is around the content of a page: its head, with style and leave for its own script alone, and its end."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path

from ..text import printable

_HERE = Path(__file__).parent
_NOTHING_ELSE = ("default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'")


def text(words: str) -> str:
    """Return words as they may stand anywhere in a page, also between quotes."""
    return escape(printable(words, " "))


class PageFrame:
    """The frame of a page in which nothing runs but its own script, and which loads nothing.

    Args:
        title: What the page is called.
        style: The style of its own, after what all pages share.
        scripts: The scripts of its own, likewise, in their order; none for a page that needs none.
    """

    def __init__(self, title: str, style: Path, scripts: Sequence[Path] = ()) -> None:
        self._title = title
        self._style = _read(_HERE / "common.css") + _read(style)
        self._script = "".join(map(_read, (_HERE / "common.js", *scripts))) if scripts else ""

    def head(self) -> str:
        """Return all that is before the body."""
        digest = base64.b64encode(hashlib.sha256(self._script.encode()).digest()).decode()
        allowed = "; ".join((*_NOTHING_ELSE, f"script-src 'sha256-{digest}'"))
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{allowed}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n<meta name="robots" content="noindex">\n'
            f"<title>{text(self._title)}</title>\n<style>{self._style}</style>\n</head>\n"
        )

    def opening(self, about: str) -> str:
        """Return the beginning of the body: the title, and a sentence or two below it."""
        return f"<body>\n<header><h1>{text(self._title)}</h1><p>{text(about)}</p></header>\n<main>\n"

    def end(self) -> str:
        """Return the end of the body, with the script."""
        script = f"<script>{self._script}</script>\n" if self._script else ""
        return f"</main>\n{script}</body></html>\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
