"""Checks of what stands in a line of a log: people edit logs, cut them and send them to each other."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from ...core.message import FrozenDict
from ...core.metrics.metric_json import metric_from_json
from ...core.model_answer import ModelAnswer

_COUNTED = ("prompt_tokens", "completion_tokens", "seconds", "tries")
_SAID = ("model", "served_by", "prompt_hash", "finish_reason", "failure")


def mapping_in(value: Any, what: str) -> dict[str, Any]:
    """Return a value that has to be a mapping. Raises `TypeError` for another."""
    if not isinstance(value, dict):
        raise TypeError(f"{what} is {value!r:.40}")
    return value


def text_in(value: Any, what: str) -> str:
    """Return a value that has to be a text. Raises `TypeError` for another."""
    if not isinstance(value, str):
        raise TypeError(f"{what} is {value!r:.40}")
    return value


def count_in(value: Any, what: str) -> int:
    """Return a value that has to be a whole number from 0. Raises `TypeError` for another."""
    if not isinstance(value, int) or value < 0:
        raise TypeError(f"{what} is {value!r:.40}")
    return value


def number_in(value: Any, what: str) -> float:
    """Return a value that has to be a number from 0 that has an end. Raises `TypeError` for another."""
    if not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise TypeError(f"{what} is {value!r:.40}")
    return value


def act_in(value: Any, what: str) -> Mapping[str, Any] | None:
    """Return what was said, or None. Raises `TypeError` for anything else."""
    return None if value is None else mapping_in(value, what)


def metrics_in(value: Any, what: str) -> Mapping[str, Any]:
    """Return metrics as JSON, by name. Raises `MetricError` where one is none."""
    if not value:
        return FrozenDict()
    for metric in mapping_in(value, what).values():
        float(metric_from_json(metric).value())
    return mapping_in(value, what)


def taken_in(value: Any) -> ModelAnswer:
    """Return what it took a model to answer. Raises `TypeError` for anything else."""
    answer = ModelAnswer(**mapping_in(value, "what an answer took"))
    for name in _COUNTED:
        number_in(getattr(answer, name), name)
    for name in _SAID:
        text_in(getattr(answer, name), name)
    if answer.cost is not None:
        number_in(answer.cost, "cost")
    return answer
