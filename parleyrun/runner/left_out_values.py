"""Warnings of what acts hold and the record cannot."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


class LeftOutValues:
    """Warns of each value that is left out of acts, once for each world and key. Any thread."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def warn(self, world: str, path: str, why: str) -> None:
        """Say that a value was left out.

        Args:
            world: Whose act it was: the name of a world's class.
            path: Where the value is in the act: `metrics.loss`.
            why: What is wrong with it.
        """
        key = path.partition(".")[0].partition("[")[0]
        if (world, key) not in self._told:
            self._told.add((world, key))
            log.warning("%s: '%s' of an act %s. It is left out of the record; this is said once", world, path, why)
