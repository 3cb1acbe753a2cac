"""What models took to answer, as a small table and as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from ..core.bot_seats.model_source import ModelFigures
from ..text import printable
from .scores_table import write_rows


def write_models_table(models: Sequence[ModelFigures], out: TextIO, *, color: bool = False) -> None:
    """Write a row for each model: answers, failures by cause if there are any, tokens, cost if it is known."""
    causes = list(dict.fromkeys(cause for model in models for cause in model.failures))
    has_cost = any(model.cost for model in models)
    heads = ("model", "answers", *causes, "prompt tokens", "completion tokens", *(["cost"] if has_cost else []))
    rows = [
        (
            model.name,
            [
                f"{model.answers:,}",
                *(f"{model.failures.get(cause, 0):,}" for cause in causes),
                f"{model.prompt_tokens:,}",
                f"{model.completion_tokens:,}",
                *([f"{model.cost:.4f}"] if has_cost else []),
            ],
            "",
        )
        for model in models
    ]
    write_rows([printable(head, " ") for head in heads], rows, out, color=color)


def figures_as_dict(models: Sequence[ModelFigures]) -> dict[str, Any]:
    """Return the figures for JSON, by the names of the models; a cost that nobody knows is null.

    Seconds are left out: they are others each time.
    """
    return {
        model.name: {
            "answers": model.answers,
            "failures": dict(model.failures),
            "prompt_tokens": model.prompt_tokens,
            "completion_tokens": model.completion_tokens,
            "cost": model.cost or None,
        }
        for model in models
    }
