"""Graphemes: what people see as one character, however many code points it is made of.

This errs on the side of holding together: it finds no boundary where Unicode (UAX 29) has none, as far as this
Python knows the characters, but takes a few rare sequences for one grapheme that are two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_ZERO_WIDTH_JOINER = "\u200d"
_ZERO_WIDTH_NON_JOINER = "\u200c"
_LINE_BREAKS = frozenset("\r\n\u0085\u2028\u2029")
_PREPENDED = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e"
    "\U000110bd\U000110cd\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a"
    "\U00011a84\U00011a85\U00011a86\U00011a87\U00011a88\U00011a89\U00011d46\U00011f02"
)
_SPACING_BUT_NO_MARKS = frozenset("\u0e33\u0eb3\uff9e\uff9f")
_VIRAMA = 9
"""The canonical combining class of viramas."""

_FIRST_JOINING = "\u0300"
"""No character before it joins any other, `\\r\\n` apart."""


def graphemes(text: str) -> Iterator[str]:
    """Yield the graphemes of a text, in order; joined, they are the text."""
    start = flags = 0
    linked = False
    for index in range(1, len(text)):
        before, after = text[index - 1], text[index]
        if before < _FIRST_JOINING and after < _FIRST_JOINING:
            together = before == "\r" and after == "\n"
        else:
            flags = flags + 1 if _is_flag_letter(before) else 0
            linked = unicodedata.combining(before) == _VIRAMA or (linked and _extends(before))
            together = _hold_together(before, after, odd_flags=flags % 2 == 1, linked=linked)
        if not together:
            yield text[start:index]
            start, flags, linked = index, 0, False
    if text:
        yield text[start:]


def _hold_together(before: str, after: str, *, odd_flags: bool, linked: bool) -> bool:
    """Tell whether two neighbours are of one grapheme.

    `odd_flags`: an odd number of letters of flags in a row ends with `before`. `linked`: a virama stands before
    `after`, with nothing but marks between, and in Indic scripts draws the next consonant into its grapheme.
    """
    if before in _LINE_BREAKS or after in _LINE_BREAKS:
        return False
    if before == _ZERO_WIDTH_JOINER or before in _PREPENDED or linked:
        return True
    if _is_flag_letter(after) and odd_flags:
        return True
    return _extends(after) or _is_syllable(before, after)


def _extends(character: str) -> bool:
    """Combining marks, variation selectors, skin tones, the tags of flags, joiners."""
    return (
        unicodedata.category(character)[0] == "M"
        or character in (_ZERO_WIDTH_JOINER, _ZERO_WIDTH_NON_JOINER)
        or character in _SPACING_BUT_NO_MARKS
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_syllable(before: str, after: str) -> bool:
    """Hangul: leading consonants, vowels and trailing consonants that make up one syllable."""
    if not "\u1100" <= before <= "\ud7ff":
        return False
    if _is_leading(before):
        return _is_leading(after) or _is_vowel(after) or "\uac00" <= after <= "\ud7a3"
    return (_is_vowel(after) or _is_trailing(after)) and (
        _is_vowel(before) or _is_trailing(before) or "\uac00" <= before <= "\ud7a3"
    )


def _is_leading(character: str) -> bool:
    return "\u1100" <= character <= "\u115f" or "\ua960" <= character <= "\ua97c"


def _is_vowel(character: str) -> bool:
    return "\u1160" <= character <= "\u11a7" or "\ud7b0" <= character <= "\ud7c6"


def _is_trailing(character: str) -> bool:
    return "\u11a8" <= character <= "\u11ff" or "\ud7cb" <= character <= "\ud7fb"
