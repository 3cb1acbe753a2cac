"""What people have said of answers: the labels that judges are held against."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ...errors import TaskError
from ..log.evaluation_log import LogContent
from ..log.example_record import ExampleKey
from .rubric import Criterion, Rubric

FIELD = "judge_label"
"""The key of an example, as its teacher asks it, that holds what people say of an answer to it."""

HumanLabels = Mapping[tuple[ExampleKey, str], tuple[int | str, ...]]
"""What people said of an answer by one criterion."""

_KEYS = ("task", "episode", "example", "repeat", "criterion", "rater", "label")


def read_labels(path: Path, content: LogContent, rubric: Rubric) -> HumanLabels:
    """Return the labels in a file of CSV or JSON lines.

    A row has `episode` and `label`. `example` and `repeat` are 1 where they are left out; `task` and `criterion`
    may be left out where there is one only. Several raters of one answer have a row each.

    Raises:
        TaskError: The file cannot be read, or a row is no label by the rubric, or of no answer in the log.
    """
    labels: dict[tuple[ExampleKey, str], list[int | str]] = defaultdict(list)
    criteria = {each.name: each for each in rubric.criteria}
    try:
        rows = list(_rows(path))
    except (OSError, ValueError, csv.Error) as error:
        raise TaskError(f"cannot read the labels in {path}: {error}") from error
    for number, row in enumerate(rows, 1):
        where = f"row {number} of {path}"
        for key in row:
            if key not in _KEYS:
                raise TaskError(f"expected one of {', '.join(_KEYS)} at {where}, got '{key}'")
        record = content.records.get(_key(where, row, content.head.tasks))
        criterion = criteria.get(str(row.get("criterion") or rubric.criteria[0].name))
        if record is None or criterion is None or (len(criteria) > 1 and not row.get("criterion")):
            raise TaskError(f"expected an answer of the log, and a criterion of the rubric, at {where}, got {row}")
        labels[record.key, criterion.name].append(_label(where, criterion, row.get("label")))
    return {place: tuple(said) for place, said in labels.items()}


def labels_in_log(content: LogContent, rubric: Rubric) -> HumanLabels:
    """Return the labels that examples bring along as `judge_label`: one, or one by each criterion's name."""
    labels: dict[tuple[ExampleKey, str], tuple[int | str, ...]] = {}
    for record in content.records.values():
        told = record.asked.get(FIELD)
        if told is None:
            continue
        by_name = told if isinstance(told, Mapping) else {rubric.criteria[0].name: told}
        for criterion in rubric.criteria:
            if criterion.name in by_name:
                label = _label(record.key.in_words(), criterion, by_name[criterion.name])
                labels[record.key, criterion.name] = (label,)
    return labels


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix.lower() == ".csv":
        yield from csv.DictReader(StringIO(text))
        return
    for line in filter(str.strip, text.split("\n")):
        row = json.loads(line)
        if not isinstance(row, dict):
            raise ValueError(f"expected an object on each line, got {line!r:.60}")
        yield row


def _key(where: str, row: Mapping[str, Any], tasks: tuple[str, ...]) -> ExampleKey:
    try:
        episode, entry, repeat = (int(row.get(name) or 1) - 1 for name in ("episode", "example", "repeat"))
    except (TypeError, ValueError, OverflowError):
        raise TaskError(f"expected whole numbers as episode, example and repeat at {where}, got {row}") from None
    if not row.get("episode") or (len(tasks) > 1 and not row.get("task")):
        raise TaskError(f"expected the episode, and of several tasks the task, at {where}, got {row}")
    return ExampleKey(str(row.get("task") or tasks[0]), episode, entry, repeat)


def _label(where: str, criterion: Criterion, said: Any) -> int | str:
    if criterion.scale is not None and isinstance(said, str) and said.strip().lstrip("-").isdecimal():
        said = int(said)
    label = criterion.taken(said)
    if label is None:
        raise TaskError(f"expected a label as the rubric has it at {where}, got {said!r:.60}")
    return label
