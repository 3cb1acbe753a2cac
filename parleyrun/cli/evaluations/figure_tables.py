"""Figures with what they are worth, as tables."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from ...evaluate.figures.figure_errors import FigureError, errors_of
from ...evaluate.figures.log_comparison import FigureDifference
from ...evaluate.log.evaluation_log import LogContent, logs_in, read_log
from ...evaluate.scores_by_task import in_order
from ...evaluate.scores_table import TableRow, write_rows
from ..common.output import wants_color

Errors = Mapping[str, Mapping[str, FigureError]]
"""Figures with their errors, by task and name."""


def newest(path: Path) -> LogContent:
    """Return a log, or the newest of a folder. Raises `TaskError` if there is none."""
    return read_log(logs_in(path)[-1])


def errors_by_task(content: LogContent) -> Errors:
    """Return what the figures of a log are worth, task by task."""
    records = list(content.in_order())
    return {task: errors_of(records, task) for task in content.head.tasks}


def errors_as_json(errors: Errors) -> dict[str, dict[str, object]]:
    """Return it for a report."""
    return {task: {name: each.as_dict() for name, each in its.items()} for task, its in errors.items()}


def write_errors(errors: Errors) -> None:
    """Write a row for each figure: its value, standard error and interval, and of how many episodes it is."""
    rows: list[TableRow] = []
    for task, its in errors.items():
        for name in in_order(its):
            each = its[name]
            cells = [
                name,
                _shown(each.value),
                _shown(each.error),
                _interval(each.low, each.high),
                f"{each.episodes:,}",
            ]
            rows.append((task, cells, ""))
    heads = ("task", "figure", "value", "error", "95 % interval", "episodes")
    write_rows(heads, rows, sys.stdout, color=wants_color(sys.stdout))


def write_differences(differences: list[FigureDifference]) -> None:
    """Write a row for each figure: in both evaluations, the difference, its interval, and its p-value."""
    rows: list[TableRow] = [
        (
            each.task,
            [
                each.name,
                _shown(each.first),
                _shown(each.second),
                f"{each.difference:+.4f}",
                _interval(each.low, each.high),
                _shown(each.p),
                f"{each.episodes:,}",
            ],
            "",
        )
        for each in differences
    ]
    heads = ("task", "figure", "first", "second", "difference", "95 % interval", "p", "episodes")
    write_rows(heads, rows, sys.stdout, color=wants_color(sys.stdout))


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.4f} to {high:.4f}"
