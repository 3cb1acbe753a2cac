"""What worlds that come with parleyrun are told of their config, in `opt`."""

from __future__ import annotations

from dataclasses import asdict

from ..core.opt import Opt
from .schema import Config

HOUSE = "parleyrun"
"""The key of opt under which it stands: `tasks`, the keys of all tasks, `not_again`, of those that nobody does
twice, and `texts`, the sentences by name."""


def opt_with_house(config: Config) -> Opt:
    """Return a config's options, with what its ready worlds want to know."""
    once = [key for key, task in config.tasks.items() if task.not_again]
    house = {"tasks": list(config.tasks), "not_again": once, "texts": asdict(config.texts)}
    return Opt({**config.opt, HOUSE: house})
