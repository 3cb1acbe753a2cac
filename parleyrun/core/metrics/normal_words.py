"""The words of an answer that count when it is compared with another one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from string import punctuation

ARTICLES = frozenset({"a", "an", "the"})
_SPACED = str.maketrans(dict.fromkeys(punctuation, " "))
_SQUAD_ARTICLES = re.compile(r"\b(a|an|the)\b")


class _Spaces(dict[int, str | int]):
    """Has a space for each punctuation mark of Unicode, as far as somebody has asked."""

    def __missing__(self, code: int) -> str | int:
        letter = chr(code)
        is_mark = letter in punctuation or unicodedata.category(letter).startswith("P")
        self[code] = " " if is_mark else code
        return self[code]


_UNICODE_SPACED = _Spaces()


def normal_form(text: str) -> str:
    """Return a text in small letters, and in one of the forms that Unicode has for it: full-width is plain."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def plain_words(text: str) -> list[str]:
    """Return the words without punctuation and articles, in small letters, as ParlAI counts them; perhaps none."""
    form = normal_form(text)
    spaced = form.translate(_SPACED if form.isascii() else _UNICODE_SPACED)
    return [word for word in spaced.split() if word not in ARTICLES]


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words that count: without punctuation and articles, unless a text is nothing else."""
    return tuple(plain_words(text) or normal_form(text).split())


def squad_form(text: str) -> str:
    """Return an answer as SQuAD's own evaluation compares it: punctuation goes without leaving a space."""
    kept = "".join(letter for letter in text.lower() if letter not in punctuation)
    return " ".join(_SQUAD_ARTICLES.sub(" ", kept).split())
