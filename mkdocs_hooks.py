"""What mkdocs does besides: pages whose text stands at the top of the checkout, where people look for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put in the file that a page names by `<!-- text of FILE -->`; what it links to is then beside it."""
    return re.sub(r"<!-- text of (\S+) -->", lambda found: _text(found[1]), markdown)


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8").replace("](docs/", "](")
