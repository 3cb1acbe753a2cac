"""Trying what author code does: what it returns, or whatever it raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Raised:
    """What author code raised in place of returning."""

    error: BaseException


def outcome_of(work: Callable[[], Any]) -> Any:
    """Return what author code returns, or what it raised: which may be anything, `SystemExit` too."""
    try:
        return work()
    except BaseException as error:
        return Raised(error)
