"""Answers to forms as a stranger's client sends them: what of a payload is let in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from .form_answers import ANSWERS
from .form_payloads import FORM

MOST_ANSWERS = 1_000
"""How many answers one payload can have, and how many rows one answer."""

MOST_CHOSEN = 20_000
"""How many options one answer can name."""

_LONGEST_NAME = 100
_LARGEST = 2**53
_HALF_PAIRS = re.compile(r"[\ud800-\udfff]")
_AGES = ("shown", "touched", "changed")


def sent_answers(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a payload with answers may hold: two levels deep, of plain values that can be stored anywhere.

    Raises:
        ValueError: It is none such; the message says what was expected where.
    """
    form, number = payload.get(FORM), payload.get("number")
    if not _is_name(form):
        raise ValueError(f"expected the name of a form at 'payload.{FORM}'")
    if not _is_whole(number):
        raise ValueError("expected the number of a form at 'payload.number'")
    kept: dict[str, Any] = {"type": ANSWERS, FORM: form, "number": number}
    kept["answers"] = {name: _answer(value) for name, value in _named(payload, "answers")}
    times = {name: _ages(ages) for name, ages in _named(payload, "times")}
    if times:
        kept["times"] = times
    if _is_whole(payload.get("page")):
        kept["page"] = payload["page"]
    return {**kept, "done": payload.get("done") is True}


def _named(payload: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
    values = payload.get(key)
    if values is None:
        return []
    if not isinstance(values, dict) or len(values) > MOST_ANSWERS or not all(map(_is_name, values)):
        raise ValueError(f"expected an object of at most {MOST_ANSWERS:,} questions at 'payload.{key}'")
    return list(values.items())


def _answer(value: Any) -> Any:
    if isinstance(value, list):
        if len(value) > MOST_CHOSEN:
            raise ValueError(f"expected at most {MOST_CHOSEN:,} values in an answer")
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        if len(value) > MOST_ANSWERS or not all(map(_is_name, value)):
            raise ValueError(f"expected at most {MOST_ANSWERS:,} rows in an answer")
        return {name: _plain(item) for name, item in value.items()}
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _HALF_PAIRS.sub("\N{REPLACEMENT CHARACTER}", value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value) and abs(value) <= _LARGEST:
        return value
    raise ValueError("expected texts, numbers, true, false and null in answers, or one list or object of these")


def _ages(ages: Any) -> dict[str, int | float]:
    """Return the times that are known; what is none is left out, as no answer is worth losing for it."""
    if not isinstance(ages, dict):
        return {}
    known = {name: ages.get(name) for name in _AGES}
    return {
        name: age
        for name, age in known.items()
        if isinstance(age, int | float) and not isinstance(age, bool) and 0 <= age <= _LARGEST
    }


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_NAME and value.isprintable()


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
