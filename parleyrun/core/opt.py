"""Options: what a config's `opt:` gives to every world."""

from __future__ import annotations

from .frozen import FrozenDict


class Opt(FrozenDict):
    """The options that every world of a service shares, and so nobody may edit."""

    __slots__ = ()
