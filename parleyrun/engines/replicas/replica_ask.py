"""A question that somebody waits for, and where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...bots.replicated.replica_route import OnText, ReplicaQuestion

if TYPE_CHECKING:
    from .replica_connection import ReplicaConnection

DoneAsking = Callable[[bytes, int], None]
"""Called once, on any thread, with a packed reply, and with how many replicas were lost while they had it."""


class ReplicaAsk:
    """Changed under the lock of its `ModelReplicas`.

    Args:
        question: What is asked.
        done: Called with what came of it.
        grown: Called with the words so far; None where nobody wants them.
        at: When it was asked.
    """

    __slots__ = ("at", "done", "grown", "is_wanted", "number", "question", "replica", "tries")

    def __init__(self, question: ReplicaQuestion, done: DoneAsking, grown: OnText | None, at: float) -> None:
        self.question = question
        self.done = done
        self.grown = grown
        self.at = at
        self.is_wanted = True
        self.tries = 0
        """How many replicas were asked that are lost."""
        self.replica: ReplicaConnection | None = None
        """Which one has it; None while it waits for one, and once it is over."""
        self.number = 0
