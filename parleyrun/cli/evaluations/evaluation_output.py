"""What an evaluation found, as it is shown and written."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ...evaluate.bar_chart import Bar, bars_as_svg
from ...evaluate.evaluation import Evaluation
from ...evaluate.models_table import figures_as_dict, write_models_table
from ...evaluate.scores_by_task import ScoresByTask
from ...evaluate.scores_table import write_table
from ..common.output import output, quiet_when_unread, wants_color
from .evaluation_errors import failures_as_json, tell_of_failures
from .figure_tables import errors_as_json, write_errors
from .judge_command import LogReader


def write_files(
    scores: ScoresByTask,
    found: Evaluation,
    asked: Mapping[str, Any],
    report: Path | None,
    plot: Path | None,
    reader: LogReader,
) -> None:
    """Write the report as JSON, and the chart, if there are files for them.

    Args:
        scores: The figures.
        found: What they are of.
        asked: What stands in the report as its options.
        report: The file of the report; None for none.
        plot: The file of the chart; None for none.
        reader: Has what each figure is worth, and what judges said.
    """
    if report is not None:
        models = {"models": figures_as_dict(found.models)} if found.models else {}
        with output(report) as out:
            written = {"opt": asked, **scores.as_dict(), **models, **failures_as_json(found)}
            if reader.errors:
                written["uncertainty"] = errors_as_json(reader.errors)
            written |= reader.told()
            json.dump(written, out, indent=2, ensure_ascii=False, default=str)
            out.write("\n")
    if plot is not None:
        bars = [Bar(name, numbers.get("accuracy")) for name, numbers in scores.tasks.items()]
        with output(plot) as out:
            out.write(bars_as_svg(f"Accuracy of {asked['model']} ({asked['datatype']})", bars))


def say(scores: ScoresByTask, found: Evaluation, reader: LogReader, *, intervals: bool) -> None:
    """Show the figures, with `intervals` what each is worth, what models took, and what judges said."""
    with quiet_when_unread():
        color = wants_color(sys.stdout)
        write_table(scores, sys.stdout, color=color)
        if intervals and reader.errors:
            sys.stdout.write("\n")
            write_errors(reader.errors)
        if found.models:
            sys.stdout.write("\n")
            write_models_table(found.models, sys.stdout, color=color)
        if reader.panel is not None:
            reader.panel.write()
    rate = f", {found.examples / found.seconds:,.0f} a second" if found.seconds > 0 else ""
    examples = "1 example" if found.examples == 1 else f"{found.examples:,} examples"
    click.echo(f"{examples} in {found.seconds:.1f} s{rate}", err=True)
    for model in found.models:
        if model.answers:
            click.echo(f"{model.name}: {model.seconds / model.answers:.3f} s an answer", err=True)
    tell_of_failures(found)
    if not scores.overall.get("exs"):
        click.echo("nothing was measured: none of the examples has a right answer", err=True)
