"""Options: what a config's `opt:` gives to every world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import WorldError
from .message import FrozenDict


class Opt(FrozenDict):
    """The options that every world of a service shares, and so nobody may edit.

    Args:
        values: The options, by name; what is in them is frozen, too.
        more: Options by keyword, which go before those.
    """

    __slots__ = ()


def whole_number(opt: Mapping[str, Any], key: str, default: int = 1) -> int:
    """Return the whole number from 1 at `key`, or the default where nothing is. Raises `WorldError` for others."""
    number = opt.get(key)
    if number is None:
        return default
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise WorldError(f"expected a whole number from 1 at {key!r} of opt, got {number!r}")
    return number
