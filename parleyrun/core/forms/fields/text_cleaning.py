"""What is kept of a text that a stranger has written."""

from __future__ import annotations

import re

_ENDS_OF_LINES = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def cleaned(text: str, *, lines: int) -> str:
    """Return a text without blanks around it, whose lines end in a line feed, and that can be stored anywhere.

    What commands a terminal, and half a surrogate pair, become U+FFFD. With one line there is no line feed in it.
    """
    text = _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", _ENDS_OF_LINES.sub("\n", text)).strip()
    return text if lines > 1 else text.replace("\n", " ")
