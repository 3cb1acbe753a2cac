"""`parleyrun score`: answers that are on record, scored again."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ...evaluate.figures.scoring_again import scored_again
from ..common.output import output, quiet_when_unread
from ..common.task_options import check_outputs, file_option
from .figure_tables import errors_as_json, errors_by_task, newest, write_errors


@click.command()
@click.argument("log", type=click.Path(path_type=Path, exists=True))
@click.option("--metrics", help="What to measure (docs/worlds.md), or all.  [default: accuracy, f1, hits]")
@file_option("--report", "report_path", "Write the figures there as JSON.")
def score(log: Path, metrics: str | None, report_path: Path | None) -> None:
    """Score the answers in LOG by other metrics, without asking anybody: a file that 'eval --log' wrote, or a
    folder, of which the newest counts. Each figure has its standard error and interval.
    """
    check_outputs({"--report": report_path})
    errors = errors_by_task(scored_again(newest(log), metrics))
    if report_path is not None:
        with output(report_path) as out:
            json.dump({"uncertainty": errors_as_json(errors)}, out, indent=2, ensure_ascii=False)
            out.write("\n")
    with quiet_when_unread():
        write_errors(errors)
