"""Arrival parameters: what the link says by which somebody came, whatever a panel calls it."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.message import FrozenDict

MAX_PARAMETERS = 64
MAX_NAME_CHARACTERS = 200
MAX_VALUE_CHARACTERS = 2_000
MAX_BYTES = 16 * 1024


def bounded_parameters(given: Mapping[str, str]) -> FrozenDict:
    """Return how somebody came, as it is kept: all of it, unless it is beyond all measure.

    A link can be as long as whoever made it likes, and is never a reason to keep its person out. A long value is
    cut; what is too much after that is left out, and the rest is kept.

    Args:
        given: Names and values, in the order of the link. They can be encoded.
    """
    kept: dict[str, str] = {}
    left_bytes = MAX_BYTES
    for name, value in given.items():
        if len(kept) == MAX_PARAMETERS:
            break
        value = value[:MAX_VALUE_CHARACTERS]
        size_bytes = len(name.encode()) + len(value.encode())
        if name and len(name) <= MAX_NAME_CHARACTERS and size_bytes <= left_bytes:
            kept[name] = value
            left_bytes -= size_bytes
    return FrozenDict(kept)
