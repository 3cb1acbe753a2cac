"""The source of models: what a service asks of whoever has built them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ..message import FrozenDict
from ..model_answer import ModelAnswer
from .promises import Promises
from .shared_values import SharedValues

if TYPE_CHECKING:
    from ..agents import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigures:
    """One model at one moment, since this start.

    Attributes:
        name: Its name under `models:`.
        answers: How often it answered.
        failures: How often it did not, by cause.
        prompt_tokens: How many tokens it was asked with.
        completion_tokens: How many tokens it answered with.
        cost: What that cost, as far as a price is known.
        seconds: How long its answers took, all together.
        trouble: What keeps it from answering now; None while nothing does.
    """

    name: str
    answers: int = 0
    failures: Mapping[str, int] = field(default_factory=FrozenDict)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    trouble: str | None = None


class ModelSource(Protocol):
    """Has the models of a config, built before the doors open. Any thread."""

    shared: SharedValues
    """What a snapshot names."""
    promises: Promises
    """What its models have taken, and what their requests under way may take."""

    def seat(self, name: str) -> Model:
        """Return a model of that name for one seat: it shares what is large, and its conversation is its own."""

    def counted(self, answer: ModelAnswer) -> None:
        """Told of each time that a model was asked."""

    def trouble(self) -> Mapping[str, str]:
        """Return what keeps models from answering now, by their names."""

    def figures(self) -> Sequence[ModelFigures]:
        """Return how the models do, in the order of the config."""
