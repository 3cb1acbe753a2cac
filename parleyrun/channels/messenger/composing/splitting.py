"""Splitting a text that is too long for one message of Messenger."""

from __future__ import annotations

from collections.abc import Sequence

from .graphemes import graphemes

MAX_TEXT_UNITS = 2000
"""Meta's limit for a text. It says 'characters'; counted as UTF-16 code units we stay below it in any case."""

SPLIT_MARK = "[*SPLIT*]"
"""Where an author writes it, a new message begins."""

_SENTENCE_ENDS = frozenset(".!?…")
_SENTENCE_ENDS_WITHOUT_SPACE = frozenset("。！？．｡")
_CLOSING = frozenset("\"'”’»)]}」』）】")


def split_text(text: str, limit: int = MAX_TEXT_UNITS, name: str = "") -> tuple[str, ...]:
    """Return the pieces of a text, each of at most `limit` UTF-16 units, none blank.

    A piece ends where the author says so, else after a sentence, else between words, else between graphemes; a
    grapheme that is longer than the limit is cut as it comes. Put together, the pieces are the text but for the
    white space where it was cut.

    `name` stands in front of the first piece and never alone. One that would fill half a piece is cut like text.
    """
    parts = [part for part in text.split(SPLIT_MARK) if part.strip()]
    if not parts:
        return ()
    room = limit - utf16_units(name)
    if room < limit // 2:
        parts[0], name, room = name + parts[0], "", limit
    if name and utf16_units(parts[0]) > room:
        parts[0] = parts[0].lstrip()  # else the first piece, which the name takes room from, could be a blank one
    first, *others = (piece for piece in _pieces(parts[0], room, limit) if piece.strip())
    further = [piece for part in parts[1:] for piece in _pieces(part, limit, limit) if piece.strip()]
    return (name + first, *others, *further)


def utf16_units(text: str) -> int:
    """Return how long a text is in UTF-16, which is how Meta may count."""
    return len(text) + sum(character > "\uffff" for character in text)


def _pieces(part: str, first_limit: int, limit: int) -> list[str]:
    if utf16_units(part) <= first_limit:
        return [part]
    rest = [short for grapheme in graphemes(part) for short in _cut_to(grapheme, first_limit)]
    pieces, start = [], 0
    while start < len(rest):
        full = _fill(rest, start, limit if start else first_limit)
        end = full if full == len(rest) else _best_cut(rest, start, full)
        pieces.append("".join(rest[start : _without_space_at_end(rest, start, end)]))
        start = _after_space(rest, end)
    return pieces


def _cut_to(grapheme: str, limit: int) -> list[str]:
    """Cut a grapheme that no message can hold into pieces that one can."""
    if utf16_units(grapheme) <= limit:
        return [grapheme]
    step = max(1, limit // 2)  # a code point has at most two units
    return [grapheme[start : start + step] for start in range(0, len(grapheme), step)]


def _fill(rest: Sequence[str], start: int, limit: int) -> int:
    """Return the first index that does not fit any more."""
    units, index = 0, start
    while index < len(rest):
        units += utf16_units(rest[index])
        if units > limit and index > start:
            break
        index += 1
    return index


def _best_cut(rest: Sequence[str], start: int, full: int) -> int:
    """Return where to cut, at `full` at the latest: early cuts would leave many short messages."""
    at_least = start + (full - start) // 2
    first = _after_space(rest, start)  # a piece of white space alone is none
    for is_cut in (_ends_sentence, _is_between_words):
        for index in range(full, max(at_least, first), -1):
            if is_cut(rest, index):
                return index
    for index in range(at_least, first, -1):
        if _is_between_words(rest, index):
            return index
    return full


def _is_between_words(rest: Sequence[str], index: int) -> bool:
    return rest[index].isspace() or rest[index - 1].isspace()


def _ends_sentence(rest: Sequence[str], index: int) -> bool:
    """Tell whether a sentence, or a line, ends before this index."""
    if "\n" in rest[index] or "\n" in rest[index - 1]:
        return True
    last = index - 1
    while last > 0 and rest[last] in _CLOSING:
        last -= 1
    if rest[last] in _SENTENCE_ENDS_WITHOUT_SPACE:
        return rest[index] not in _CLOSING
    return rest[last] in _SENTENCE_ENDS and rest[index].isspace()


def _without_space_at_end(rest: Sequence[str], start: int, end: int) -> int:
    if end == len(rest):
        return end
    while end > start and rest[end - 1].isspace():
        end -= 1
    return end


def _after_space(rest: Sequence[str], index: int) -> int:
    while index < len(rest) and rest[index].isspace():
        index += 1
    return index
