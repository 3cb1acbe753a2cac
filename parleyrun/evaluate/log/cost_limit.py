"""A limit of cost: what answers of models have cost so far, and whether that is as much as may be spent."""

from __future__ import annotations

from fractions import Fraction

from ...core.model_answer import ModelAnswer


class CostLimit:
    """Not for several threads at once.

    Args:
        limit: What may be spent, in the currency of the prices; None for any amount.
        spent: What was spent before.
    """

    def __init__(self, limit: float | None, spent: float = 0.0) -> None:
        self._limit = limit
        self._spent = Fraction(spent)
        self._unpriced = ""

    @property
    def spent(self) -> float:
        """What was spent, with what was spent before, as far as it is known."""
        return float(self._spent)

    def add(self, answer: ModelAnswer) -> None:
        """Count what an answer cost."""
        self._spent += Fraction(answer.cost or 0)
        if answer.cost is None and not answer.failure:
            self._unpriced = self._unpriced or answer.model

    def why_enough(self) -> str:
        """Return why no more is to be spent; empty while more is.

        A limit that nobody can keep would be none, so one answer of unknown cost is enough.
        """
        if self._limit is None:
            return ""
        if self._spent >= self._limit:
            return f"{self.spent:.4f} of {self._limit:g} are spent"
        if self._unpriced:
            return (
                f"nobody knows what an answer of {self._unpriced} costs, so that {self._limit:g} cannot be kept: "
                "expected its 'price', such as {prompt: 0.5, completion: 1.5} a million tokens, or zeros where it "
                "costs nothing"
            )
        return ""
