"""JSON from strangers: only what the standard has, and only text that can be encoded."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any


def decode_json(text: str) -> Any:
    """Read a JSON document.

    Raises:
        ValueError: It is none. NaN, Infinity, numbers that no float can hold and bottomless depth are none either.
    """
    if text[:1] == "{":
        # Straight into the C scanner, past the two calls in front of it, which only skip white space.
        try:
            value, end = _SCAN(text, 0)
        except (StopIteration, RecursionError):
            pass  # the long way says why
        else:
            if end == len(text):
                return value
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def clean(text: str) -> str:
    """Return text that can be encoded: half a surrogate pair, which JSON can carry, becomes U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _refuse_constant(name: str) -> None:
    # NaN and Infinity are no JSON: a browser that is sent them cannot read the whole frame.
    raise ValueError(name)


def _finite(number: str) -> float:
    value = float(number)
    if math.isinf(value):
        # 1e999 is JSON, but as a float it would be sent on as Infinity, which is not.
        raise ValueError(number)
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_SCAN: Callable[[str, int], tuple[Any, int]] = getattr(_DECODER, "scan_once")  # noqa: B009  # typeshed has it not
