"""The copies of a model in one replica: each knows one conversation, as far as it has come there."""

from __future__ import annotations

import threading
from collections import OrderedDict
from itertools import count
from typing import Any

from ...core.bot_seats.model_source import ModelSource

MOST_COPIES = 4_000
"""How many are remembered; of those beyond, the oldest have to be told everything again."""


class ReplicaCopies:
    """Any thread.

    Args:
        models: Has the model.
        name: The model's name.
        incarnation: Begins the names of copies, which no other replica has.
    """

    def __init__(self, models: ModelSource, name: str, incarnation: str) -> None:
        self._models = models
        self._name = name
        self._incarnation = incarnation
        self._numbers = count(1)
        self._lock = threading.Lock()  # guards the one below
        self._copies: OrderedDict[str, Any] = OrderedDict()

    def new(self) -> Any:
        """Return a copy that has heard nothing yet."""
        return self._models.seat(self._name)

    def take(self, base: str) -> Any:
        """Return a copy that goes on from the one of that name; None if that is not known (any more).

        A copy that can be forked stays: its answer may be thrown away, and another one asked for in its stead.
        """
        with self._lock:
            known = self._copies.get(base)
            if known is None:
                return None
            if hasattr(known, "fork"):
                self._copies.move_to_end(base)
            else:
                del self._copies[base]
                return known
        return known.fork()

    def keep(self, copy: Any) -> str:
        """Remember a copy; return its name."""
        name = f"{self._incarnation}/{next(self._numbers)}"
        with self._lock:
            self._copies[name] = copy
            while len(self._copies) > MOST_COPIES:
                self._copies.popitem(last=False)
        return name
