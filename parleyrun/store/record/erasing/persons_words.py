"""A person's words, to be found again wherever they are to be erased."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...safe_unpickling import loads, strings_in

ERASED_TEXT = "[ERASED]"
"""What stands in others' logs where they were shown the words of somebody who is erased."""

SHORTEST_QUOTE = 8
"""A world's own sentence counts as quoting a person if it holds that many characters they wrote, or all of it."""


class PersonsWords:
    """What a person wrote, to be found again."""

    def __init__(self, participant_id: str, texts: Iterator[str]) -> None:
        self._texts = {_folded(text) for text in texts} - {""}
        self._long = [text for text in self._texts if len(text) >= SHORTEST_QUOTE]
        self._name = re.compile(rf"(?<!\w){re.escape(participant_id)}(?!\w)")

    def name_in(self, text: str) -> bool:
        """Return whether a text holds their participant id."""
        return self._name.search(text) is not None

    def quoted_in(self, texts: list[str], *, whole: bool) -> bool:
        """Return whether a text holds their id or a longer message, or, with `whole`, is one, however short."""
        return any(self.name_in(text) or self._quoted(_folded(text), whole) for text in texts)

    def _quoted(self, text: str, whole: bool) -> bool:
        return (whole and text in self._texts) or any(quote in text for quote in self._long)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def strings_of(pickled: bytes | None) -> Iterator[str]:
    """Yield every string in what was pickled."""
    return strings_in(loads(pickled))
