"""Spending: what models have cost so far, and how many tokens they took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import ModelError, ModelFailure
from ..model_answer import ModelAnswer


class Spending:
    """A total, of a bot in its conversation or of a whole study. Any thread.

    Args:
        cost: What was spent before, in the currency of `price`.
        tokens: How many tokens were taken before.
    """

    def __init__(self, cost: float = 0.0, tokens: int = 0) -> None:
        from threading import Lock  # whoever only imports what authors use needs none

        self._lock = Lock()  # guards the two below
        self.cost = cost
        self.tokens = tokens
        # What requests under way may take; under the lock of `Promises`.
        self.promised_cost = 0.0
        self.promised_tokens = 0

    def add(self, cost: float, tokens: int) -> None:
        """Count what was taken."""
        with self._lock:
            self.cost += cost
            self.tokens += tokens

    def __getstate__(self) -> dict[str, float]:
        return {"cost": self.cost, "tokens": self.tokens}

    def __setstate__(self, state: dict[str, float]) -> None:
        self.__init__(state["cost"], int(state["tokens"]))  # type: ignore[misc]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingLimit:
    """What may be spent in all.

    Attributes:
        of: What counts towards it.
        max_cost: What may be spent; None for any amount.
        max_tokens: How many tokens may be taken; None for any number.
        whose: Whose limit it is, for the message: `this conversation`.
    """

    of: Sequence[Spending]
    max_cost: float | None
    max_tokens: int | None
    whose: str

    @property
    def cost(self) -> float:
        """What was spent of it."""
        return sum(each.cost for each in self.of)

    @property
    def tokens(self) -> int:
        """How many tokens were taken of it."""
        return sum(each.tokens for each in self.of)

    def check(self) -> None:
        """Refuse what goes beyond it.

        Raises:
            ModelError: It is reached.
        """
        cost, tokens = self.cost, self.tokens
        if self.max_cost is not None and cost >= self.max_cost:
            raise ModelError(
                f"max_cost of {self.whose} is reached: {cost:.4f} of {self.max_cost:g}", ModelFailure.LIMIT
            )
        if self.max_tokens is not None and tokens >= self.max_tokens:
            raise ModelError(
                f"max_tokens_total of {self.whose} is reached: {tokens} of {self.max_tokens}", ModelFailure.LIMIT
            )

    def has_room(self, cost: float, tokens: int) -> bool:
        """Return whether so much more fits beside what is promised to others; beside nothing anything does."""
        promised_cost = sum(each.promised_cost for each in self.of)
        promised_tokens = sum(each.promised_tokens for each in self.of)
        if not promised_tokens:
            return True
        return (self.max_cost is None or self.cost + promised_cost + cost <= self.max_cost) and (
            self.max_tokens is None or self.tokens + promised_tokens + tokens <= self.max_tokens
        )


def taken_by(answer: ModelAnswer) -> tuple[float, int]:
    """Return what an answer cost, and how many tokens it took."""
    return answer.cost or 0.0, answer.prompt_tokens + answer.completion_tokens
