"""`parleyrun score`: answers that are on record, scored again."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import click

from ...evaluate.figures.scoring_again import scored_again
from ...evaluate.log.evaluation_log import EvaluationLog
from ..common.authors_code import authors_code, interruptible
from ..common.output import output, quiet_when_unread
from ..common.task_options import CONCURRENCY, MODELS, check_outputs, file_option
from .evaluation_logs import LIMIT_COST
from .figure_tables import errors_as_json, errors_by_task, newest, write_errors
from .judge_command import JUDGE, JUDGE_LABELS, RUBRIC, LogReader, judge_request, opened_judges


@click.command()
@click.argument("log", type=click.Path(path_type=Path, exists=True))
@click.option("--metrics", help="What to measure (docs/worlds.md), or all.  [default: accuracy, f1, hits]")
@MODELS
@CONCURRENCY
@LIMIT_COST
@JUDGE
@RUBRIC
@JUDGE_LABELS
@file_option("--report", "report_path", "Write the figures there as JSON.")
def score(
    log: Path,
    metrics: str | None,
    models_path: Path | None,
    concurrency: int,
    limit_cost: float | None,
    judges: tuple[str, ...],
    rubric_path: Path | None,
    labels_path: Path | None,
    report_path: Path | None,
) -> None:
    """Score the answers in LOG by other metrics, without asking anybody: a file that 'eval --log' wrote, or a
    folder, of which the newest counts. Each figure has its standard error and interval.

    With --judge models are shown each answer, and judge it by a rubric; what they say is written into LOG, and
    they are not asked the same again.
    """
    check_outputs({"--report": report_path})
    judging = judge_request(judges, rubric_path, labels_path, concurrency, limit_cost)
    content = scored_again(newest(log), metrics)
    with interruptible(), authors_code(), opened_judges(judging, models_path) as panel:
        reader = LogReader(panel)
        if panel is None:
            reader.errors = errors_by_task(content)
        else:
            with closing(EvaluationLog.resume(content.path)) as written:
                reader(content, written)
    if report_path is not None:
        with output(report_path) as out:
            told = {"uncertainty": errors_as_json(reader.errors), **reader.told()}
            json.dump(told, out, indent=2, ensure_ascii=False)
            out.write("\n")
    with quiet_when_unread():
        write_errors(reader.errors)
        if panel is not None:
            panel.write()
