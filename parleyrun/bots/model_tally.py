"""The tally of models: how often each was asked, what came of it, and what it took."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

from ..core.bot_seats.model_source import ModelFigures
from ..core.model_answer import ModelAnswer


class ModelTally:
    """Any thread.

    Args:
        names: The models that are shown although nobody has asked them yet.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._lock = threading.Lock()  # guards all below
        self._counts = {name: _Count() for name in names}

    def add(self, answer: ModelAnswer) -> None:
        """Count one time that a model was asked."""
        with self._lock:
            count = self._counts.setdefault(answer.model, _Count())
            if answer.failure:
                count.failures[answer.failure] += 1
            else:
                count.answers += 1
            count.prompt_tokens += answer.prompt_tokens
            count.completion_tokens += answer.completion_tokens
            count.cost += answer.cost or 0.0
            count.seconds += answer.seconds

    def figures(self, trouble: Mapping[str, str]) -> tuple[ModelFigures, ...]:
        """Return how all do; `trouble` is what keeps some from answering now."""
        with self._lock:
            return tuple(
                ModelFigures(
                    name=name,
                    answers=count.answers,
                    failures=dict(count.failures),
                    prompt_tokens=count.prompt_tokens,
                    completion_tokens=count.completion_tokens,
                    cost=count.cost,
                    seconds=count.seconds,
                    trouble=trouble.get(name),
                )
                for name, count in self._counts.items()
            )


class _Count:
    __slots__ = ("answers", "completion_tokens", "cost", "failures", "prompt_tokens", "seconds")

    def __init__(self) -> None:
        self.answers = 0
        self.failures: Counter[str] = Counter()
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.cost = 0.0
        self.seconds = 0.0
