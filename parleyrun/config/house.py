"""What worlds that come with parleyrun are told of their config, in `opt`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ..core.opt import Opt
from .schema import Config

HOUSE = "parleyrun"
"""The key of opt under which it stands: `tasks`, the keys of all tasks, and `texts`, the sentences by name."""


def opt_with_house(config: Config, worlds: Iterable[Any]) -> Opt:
    """Return a config's options, with what its ready worlds want to know, if any of these is one."""
    if not any(getattr(world, "reads_config", False) for world in worlds):
        return config.opt
    return Opt({**config.opt, HOUSE: {"tasks": list(config.tasks), "texts": asdict(config.texts)}})
