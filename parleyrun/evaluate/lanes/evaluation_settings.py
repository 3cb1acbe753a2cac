"""How an evaluation goes about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..log.example_record import ExampleKey, ExampleRecord
from .error_policy import ErrorPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSettings:
    """How an evaluation goes about it. None of it but `repeats` changes what is measured.

    Attributes:
        concurrency: How many examples are asked at the same time, by threads.
        repeats: How many times all is gone through. Each time agents are copies whose opt has another `seed`.
        timeout: How many seconds an answer may take; None for as long as it takes.
        policy: What to do about an example that goes wrong.
        limit_cost: What may be spent, in the currency of the prices; None for any amount.
        spent: What was spent before.
        known: What is on record already, by example.
    """

    concurrency: int = 1
    repeats: int = 1
    timeout: float | None = None
    policy: ErrorPolicy = field(default_factory=ErrorPolicy)
    limit_cost: float | None = None
    spent: float = 0.0
    known: Mapping[ExampleKey, ExampleRecord] = field(default_factory=dict)


ONE_AT_A_TIME = EvaluationSettings()
