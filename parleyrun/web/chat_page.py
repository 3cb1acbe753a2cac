"""The chat page as it is sent: `static/index.html` in the language of the study."""

from __future__ import annotations

import html
import json
import re
from dataclasses import asdict
from pathlib import Path

from ..channels.browser.page_style import PageStyle
from ..config.shipped_sentences import direction

STATIC = Path(__file__).parent / "static"

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_PREFIX = "page_"


def chat_page(style: PageStyle, base_path: str = "/") -> bytes:
    """Return the page, its sentences filled in; the rest of them go along, for its scripts.

    Args:
        style: What the page is called, and what it says in which language.
        base_path: Where a proxy has the page stand. The page finds its parts by it, with a `/` at its end or not.
    """
    texts = asdict(style.texts)
    by_name = {name.removeprefix(_PREFIX): text for name, text in texts.items()}
    values = {name: html.escape(text.replace("{{", "{").replace("}}", "}")) for name, text in texts.items()}
    values["language"] = html.escape(style.language)
    base = base_path.rstrip("/")
    values["base"] = f'<base href="{html.escape(base)}/">' if base else ""
    values["direction"] = direction(style.language)
    # In JSON a `<` may be written as a number, so that no sentence can end the element that they stand in.
    values["words"] = json.dumps(by_name, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    template = (STATIC / "index.html").read_text("utf-8")
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template).encode()
