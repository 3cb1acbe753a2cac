"""What bots have decided, in memory: what that took, and which of it has been counted."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ..core.model_answer import BotDecision, ModelAnswer
from .protocol import Spent


class MemoryDecisions:
    """Adds up what models have taken, each decision once. Any thread."""

    def __init__(self) -> None:
        self.spent = Spent()
        """What all decisions have taken so far. Written under the lock."""
        self._lock = threading.Lock()  # guards all three
        self._decided: dict[str, set[int]] = {}
        self._bots: dict[str, set[str]] = {}

    def add(self, run_uid: str, bots: Iterable[str], decisions: Iterable[BotDecision]) -> None:
        """Count what bots of a run have decided, unless their numbers are known; remember whose bots they are."""
        with self._lock:
            self._bots.setdefault(run_uid, set()).update(bots)
            for decision in decisions:
                decided = self._decided.setdefault(decision.participant_id, set())
                if decision.number in decided:
                    continue
                decided.add(decision.number)
                if decision.answer is not None:
                    self._count(decision.answer)

    def count(self, answer: ModelAnswer) -> None:
        """Count what an answer took that is with no turn."""
        with self._lock:
            self._count(answer)

    def _count(self, answer: ModelAnswer) -> None:
        if answer.noted_as is not None:
            return  # it was counted when it was noted
        self.spent = Spent(
            cost=self.spent.cost + (answer.cost or 0.0),
            tokens=self.spent.tokens + answer.prompt_tokens + answer.completion_tokens,
        )

    def run_ended(self, run_uid: str) -> set[str]:
        """Let go of a run's bots; return their names."""
        if run_uid not in self._bots:
            return set()
        with self._lock:
            bots = self._bots.pop(run_uid)
            for bot in bots:
                self._decided.pop(bot, None)
        return bots
