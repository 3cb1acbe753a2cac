"""Numbers as people write them: with a comma or a point before decimals, and never guessed at."""

from __future__ import annotations

import re
from typing import Any

from ..answer_fault import AnswerFault
from ..form_texts import FormTexts

MOST = 2**53 - 1
"""The largest number, either way: all whole ones up to it are exact in every language that reads JSON."""

_LONGEST = 60
_NUMBER = re.compile(r"([+-]?)(\d*)(?:([.,٫])(\d+))?")
_SPACES = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")


def number_of(value: Any, texts: FormTexts, *, whole: bool, unit: str = "") -> int | float:
    """Return the number that a client has sent, as a number or as it was written.

    Args:
        value: What was sent.
        texts: Knows how decimals are written.
        whole: Whether it must have no fraction; then it is an int, else a float.
        unit: What may stand behind it.

    Raises:
        AnswerFault: It is none.
    """
    number = _written(value, texts, unit, whole=whole) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise AnswerFault("form_number")
    # Before anything else is done with it: whole numbers from a client can have thousands of digits.
    if not -MOST <= number <= MOST:
        raise AnswerFault("form_number")
    if whole and number != int(number):
        raise AnswerFault("form_whole_number")
    return int(number) if whole else float(number)


def shown_number(number: float, texts: FormTexts) -> str:
    """Return a number as people write it."""
    return repr(number).replace(".", texts.form_decimal_mark) if number % 1 else str(int(number))


def _written(text: str, texts: FormTexts, unit: str, *, whole: bool) -> float:
    if len(text) > _LONGEST:
        raise AnswerFault("form_number")
    text = text.strip()
    if unit and text.casefold().endswith(unit.casefold()):
        text = text[: -len(unit)].strip()
    found = _NUMBER.fullmatch(_SPACES.sub("", text.replace("−", "-")))
    if found is None or not (found[2] or found[4]):
        raise AnswerFault("form_number")
    sign, front, mark, decimals = found.groups()
    if mark is None:
        return int(f"{sign}{front}")
    if _may_be_thousands(front, mark, decimals, texts, whole=whole):
        raise AnswerFault("form_number_marks")
    return float(f"{sign}{front}.{decimals}")


def _may_be_thousands(front: str, mark: str, decimals: str, texts: FormTexts, *, whole: bool) -> bool:
    """Whether 1.500 or 1,500 could be fifteen hundred: where another mark is usual, or there are no decimals."""
    if len(decimals) != 3 or not 1 <= len(front) <= 3 or front[0] == "0":
        return False
    return whole or mark not in (texts.form_decimal_mark, "٫")
