"""Random orders that come out the same each time: by a seed, and on any version of Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


def seeded_order(
    things: Sequence[T], seed: str, name: Callable[[T], str], stays: Callable[[T], bool] = lambda _: False
) -> tuple[T, ...]:
    """Return things in a random order that the seed decides; those that stay keep their place.

    Args:
        things: The things.
        seed: The same one gives the same order.
        name: Gives each thing a name of its own.
        stays: Says which keep their place.
    """
    moving = sorted((thing for thing in things if not stays(thing)), key=lambda thing: _drawn(seed, name(thing)))
    rest = iter(moving)
    return tuple(thing if stays(thing) else next(rest) for thing in things)


def _drawn(seed: str, name: str) -> bytes:
    return sha256(f"{seed}\0{name}".encode("utf-8", "surrogatepass")).digest()
