"""Answers of a log scored again, by other metrics, without anybody being asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...core.metrics.scores import Scores
from ..log.evaluation_log import LogContent
from ..log.example_record import ExampleRecord, report_as_json


def scored_again(content: LogContent, metrics: str | Iterable[str] | None) -> LogContent:
    """Return a log with the same answers, and the figures that these metrics give of them.

    What a task measures in a way of its own is not in it, as that needs its data.

    Args:
        content: What is in the log.
        metrics: Their names, as `Scores` takes them.

    Returns:
        The log; examples that have no right answer have no figures.

    Raises:
        MetricError: There is no metric of such a name.
    """
    scores = Scores(metrics)
    return replace(
        content, records={key: _scored(record, scores) for key, record in content.records.items()}, report=None
    )


def _scored(record: ExampleRecord, scores: Scores) -> ExampleRecord:
    answers = record.asked.get("labels") or record.asked.get("eval_labels")
    if record.failure is not None or not answers:
        return replace(record, measured={})
    scores.clear()
    scores.add(record.observed() or {}, answers)
    return replace(record, measured=report_as_json(scores.report()))
