"""What worlds that come with parleyrun are told of their config, in `opt`."""

from __future__ import annotations

from dataclasses import fields

from ..core.opt import Opt
from .schema import Config

HOUSE = "parleyrun"
"""The key of opt under which it stands: `tasks`, the keys of all tasks, `not_again`, of those that nobody does
twice, `one_visit`, whether a visit ends with its task, and `texts`, the sentences by name."""


def opt_with_house(config: Config) -> Opt:
    """Return a config's options, with what its ready worlds want to know."""
    once = [key for key, task in config.tasks.items() if task.not_again]
    # Whose visit has a completion is to be told of it, and not to be asked what they would like to do next.
    one_visit = bool(config.completion) and len(config.tasks) == 1
    texts = {field.name: getattr(config.texts, field.name) for field in fields(config.texts)}
    house = {"tasks": list(config.tasks), "not_again": once, "one_visit": one_visit, "texts": texts}
    return Opt({**config.opt, HOUSE: house})
