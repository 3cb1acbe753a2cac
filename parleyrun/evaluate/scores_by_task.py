"""A report sorted out: figures of each task, and those over all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.metrics.metrics import Metric, values_of

Numbers = dict[str, int | float]

_HITS = ("hits@1", "hits@5", "hits@10", "hits@100")
_FIRST = ("exs", "accuracy", "f1", "precision", "recall", *_HITS, "bleu-4", "distinct-1", "distinct-2")


@dataclass(frozen=True, slots=True)
class ScoresByTask:
    """What was measured, as plain numbers by name; all metrics stand in `in_order`.

    `overall` is a single task's own scores, and over several tasks those that the report has without a task's
    name. `macro` (every task weighs the same) and `micro` (every example does) are empty for a single task.
    """

    overall: Numbers
    macro: Numbers
    micro: Numbers
    tasks: dict[str, Numbers]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON, which has no word for NaN: that becomes null."""
        if len(self.tasks) == 1:
            return {"metrics": _for_json(self.overall)}
        return {
            "metrics": _for_json(self.overall),
            "macro": _for_json(self.macro),
            "micro": _for_json(self.micro),
            "tasks": {name: _for_json(numbers) for name, numbers in self.tasks.items()},
        }


def scores_by_task(report: Mapping[str, Metric], tasks: Sequence[str]) -> ScoresByTask:
    """Return the figures of a world's report; `tasks` are the names its tasks have there."""
    values = values_of(report)
    if len(tasks) == 1:
        overall = _sorted(values)
        return ScoresByTask(overall, {}, {}, {tasks[0]: overall})
    of_tasks = {task: _under(values, task) for task in tasks}
    macro, micro = _under(values, "macro"), _under(values, "micro")
    prefixes = tuple(f"{name}/" for name in ("macro", "micro", *tasks))
    overall = _sorted({name: value for name, value in values.items() if not name.startswith(prefixes)})
    return ScoresByTask(overall, macro, micro, of_tasks)


def in_order(names: Iterable[str]) -> list[str]:
    """Return the names of metrics, each once, in the order in which people look at them."""
    places = {name: place for place, name in enumerate(_FIRST)}
    return sorted(set(names), key=lambda name: (places.get(name, len(places)), name))


def _under(values: Mapping[str, int | float], prefix: str) -> Numbers:
    start = f"{prefix}/"
    return _sorted({name[len(start) :]: value for name, value in values.items() if name.startswith(start)})


def _sorted(values: Mapping[str, int | float]) -> Numbers:
    return {name: values[name] for name in in_order(values)}


def _for_json(numbers: Numbers) -> dict[str, int | float | None]:
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}
