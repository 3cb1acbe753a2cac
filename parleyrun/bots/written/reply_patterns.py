"""Reply patterns: regular expressions that answer people, kept from taking for ever.

Python's expressions try one way after the other, and some of them have more ways to fail on a short text than can
ever be tried. So each pattern is looked through for how many ways there may be, and refused if that is too much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

LOOKED_AT = 300
"""How many characters of a message are looked at."""

MOST_WAYS = 1e8
"""So many ways, counted too high, take a tenth of a second."""

_TIMES = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")
_TOO_MANY = float("inf")


class ReplyPatterns:
    """Answers by pattern, the first that fits. Whatever the case of letters. Any thread.

    Args:
        replies: The answer to each pattern, in order.

    Raises:
        ValueError: One of the patterns is none, or may take for ever; the message names it.
    """

    def __init__(self, replies: Mapping[str, str]) -> None:
        for pattern in replies:
            fault = fault_of_pattern(pattern)
            if fault:
                raise ValueError(fault)
        self._replies = [(re.compile(pattern, re.IGNORECASE), reply) for pattern, reply in replies.items()]

    def reply_to(self, texts: Iterable[str]) -> str | None:
        """Return the answer to the first pattern that is found in one of these; None if none is."""
        begun = [text[:LOOKED_AT] for text in texts]
        return next((reply for pattern, reply in self._replies if any(map(pattern.search, begun))), None)


def fault_of_pattern(pattern: str) -> str:
    """Return what is wrong with a pattern; empty if nothing is."""
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        return f"expected a regular expression, got {pattern!r:.80}: {error}"
    ways = _TOO_MANY if compiled.flags & re.VERBOSE else _Ways(pattern).count()
    if ways > MOST_WAYS:
        return (
            f"expected a regular expression that is soon done, got {pattern!r:.80}: repeat no group that repeats "
            "or chooses something itself, and write .* or the like twice at most"
        )
    return ""


class _Ways:
    """Counts, too high, in how many ways a pattern may be tried on a text. `pattern` is known to be one."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def count(self) -> float:
        anchored = self._pattern.startswith("^") and "|" not in self._pattern
        return self._either() * (1 if anchored else LOOKED_AT)

    def _either(self) -> float:
        ways = self._sequence()
        while self._take("|"):
            ways += self._sequence()
        return ways

    def _sequence(self) -> float:
        ways = 1.0
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            ways *= self._repeated(self._item())
        return ways

    def _item(self) -> float:
        """Go past one item; return how many ways it has in itself."""
        first = self._pattern[self._at]
        self._at += 1
        if first == "(":
            return self._group()
        if first == "[":
            self._go_past_class()
        elif first == "\\":
            escaped = self._pattern[self._at]
            self._at += 1
            return LOOKED_AT if escaped in "123456789" else 1.0
        return 1.0

    def _group(self) -> float:
        back = 1.0
        if self._take("?"):
            if self._take("#"):
                self._at = self._pattern.index(")", self._at) + 1
                return 1.0
            if self._pattern.startswith("P=", self._at):
                back = LOOKED_AT  # what a group before it has found
            # Names, flags and what kind of group it is stand before what it holds.
            while (mark := self._pattern[self._at]) not in ":=!>)" or self._pattern.startswith("<=", self._at - 1):
                self._at += 1
                if mark == "(":
                    return _TOO_MANY  # which of two follows depends on a group before it
            if self._pattern[self._at] != ")":
                self._at += 1
        ways = self._either()
        self._take(")")
        return ways * back

    def _go_past_class(self) -> None:
        self._take("^")
        self._take("]")
        while not self._take("]"):
            self._at += 2 if self._pattern[self._at] == "\\" else 1

    def _repeated(self, ways: float) -> float:
        found = _TIMES.match(self._pattern, self._at)
        if found is None or found[0] in ("{}", "{,}"):
            return ways
        self._at = found.end()
        if self._pattern[self._at : self._at + 1] in ("?", "+"):
            self._at += 1  # lazy, or possessive: as many ways at most
        if found[0] == "?":
            return 1 + ways
        least, most = _bounds(found)
        if ways > 1 and most > 1:
            return ways**most if most <= LOOKED_AT and ways**2 < MOST_WAYS and most < 20 else _TOO_MANY
        return min(most, LOOKED_AT) - least + 1 if most > least else 1.0

    def _take(self, mark: str) -> bool:
        found = self._pattern.startswith(mark, self._at)
        self._at += found
        return found


def _bounds(times: re.Match[str]) -> tuple[int, float]:
    """Return how often at least, and at most, something is repeated."""
    if times[0] in "*+":
        return int(times[0] == "+"), _TOO_MANY
    least = int(times[1] or 0)
    if not times[2]:
        return least, least
    return least, int(times[3]) if times[3] else _TOO_MANY
