"""Spending: what models have cost so far, and how many tokens they took."""

from __future__ import annotations

from ...errors import ModelError, ModelFailure
from ..model_answer import ModelAnswer


class Spending:
    """A total, of a conversation or of a whole study. Any thread.

    Args:
        cost: What was spent before, in the currency of `price`.
        tokens: How many tokens were taken before.
    """

    def __init__(self, cost: float = 0.0, tokens: int = 0) -> None:
        from threading import Lock  # whoever only imports what authors use needs none

        self._lock = Lock()  # guards the two below
        self.cost = cost
        self.tokens = tokens

    def went_before(self, cost: float, tokens: int) -> None:
        """Count what was taken before, as under earlier starts."""
        with self._lock:
            self.cost += cost
            self.tokens += tokens

    def add(self, answer: ModelAnswer) -> None:
        """Count what one answer took."""
        with self._lock:
            self.cost += answer.cost or 0.0
            self.tokens += answer.prompt_tokens + answer.completion_tokens

    def check(self, max_cost: float | None, max_tokens: int | None, whose: str) -> None:
        """Refuse what goes beyond a limit.

        Args:
            max_cost: What may be spent; None for any amount.
            max_tokens: How many tokens may be taken; None for any number.
            whose: Whose limit it is, for the message: `this conversation`.

        Raises:
            ModelError: The limit is reached.
        """
        if max_cost is not None and self.cost >= max_cost:
            raise ModelError(
                f"max_cost of {whose} is reached: {self.cost:.4f} of {max_cost:g}", ModelFailure.LIMIT
            )
        if max_tokens is not None and self.tokens >= max_tokens:
            raise ModelError(
                f"max_tokens_total of {whose} is reached: {self.tokens} of {max_tokens}", ModelFailure.LIMIT
            )

    def __getstate__(self) -> dict[str, float]:
        return {"cost": self.cost, "tokens": self.tokens}

    def __setstate__(self, state: dict[str, float]) -> None:
        from threading import Lock  # whoever only imports what authors use needs none

        self._lock = Lock()
        self.cost, self.tokens = state["cost"], int(state["tokens"])
