"""`parleyrun compare`: two evaluations of the same examples side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import click

from ...evaluate.figures.log_comparison import ACCURACY, ChangedExample, FigureDifference, LogComparison
from ...evaluate.judging.figures_on_record import with_figures_on_record
from ...text import did_you_mean, printable
from ..common.output import output, quiet_when_unread
from ..common.task_options import check_outputs, file_option
from .figure_tables import newest, write_differences


@click.command()
@click.argument("first", type=click.Path(path_type=Path, exists=True))
@click.argument("second", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--by",
    "figure",
    help="Which figure examples are compared by.  [default: accuracy, or else the first there is]",
)
@click.option(
    "-n", "most", type=click.IntRange(0), default=10, show_default=True, help="How many changed examples to show."
)
@file_option("--report", "report_path", "Write all of it there as JSON, with every example that changed.")
def compare(first: Path, second: Path, figure: str | None, most: int, report_path: Path | None) -> None:
    """Say how the figures of SECOND differ from those of FIRST: files that 'eval --log' wrote, or folders, of
    which the newest counts.

    Compared are the examples that went well in both. The interval is of drawing whole episodes anew; p is how
    often a difference so large comes about when it is left to chance which of the two gave an episode's answers.
    """
    check_outputs({"--report": report_path})
    comparison = LogComparison(*with_figures_on_record([newest(first), newest(second)]))
    differences = comparison.differences()
    figure = _figure_of(comparison, figure)
    changed = list(comparison.changed(figure))
    if report_path is not None:
        with output(report_path) as out:
            json.dump(_as_dict(comparison, differences, changed), out, indent=2, ensure_ascii=False)
            out.write("\n")
    with quiet_when_unread():
        write_differences(differences)
        for each in islice(changed, most):
            click.echo("\n" + printable(_in_words(each, figure), "\n"))
        better = sum(each.after > each.before for each in changed)
        click.echo(
            f"\n{comparison.examples:,} examples are in both; by {figure} {len(changed):,} changed: {better:,} "
            f"higher, {len(changed) - better:,} lower in the second"
        )


def _figure_of(comparison: LogComparison, wanted: str | None) -> str:
    """Return which figure examples are compared by. Raises `UsageError` if no example has that one."""
    names = comparison.figures_of_examples()
    if wanted is None:
        return names[0] if names else ACCURACY
    if wanted not in names:
        raise click.UsageError(
            f"--by: expected a figure of examples, got '{wanted}': {did_you_mean(wanted, names, 'figures')}"
        )
    return wanted


def _in_words(changed: ChangedExample, figure: str) -> str:
    key = changed.key
    lines = [
        f"{key.in_words()} ({figure} {changed.before:g} to {changed.after:g})",
        f"  asked:  {_one_line(changed.first.asked)}",
        f"  first:  {_one_line(changed.first.answer)}",
        f"  second: {_one_line(changed.second.answer)}",
    ]
    return "\n".join(lines)


def _one_line(act: Any) -> str:
    return " ".join(str((act or {}).get("text") or "").split())


def _as_dict(
    comparison: LogComparison, differences: Sequence[FigureDifference], changed: Sequence[ChangedExample]
) -> dict[str, Any]:
    names = ("task", "name", "first", "second", "difference", "low", "high", "p", "episodes")
    return {
        "examples": comparison.examples,
        "figures": [{name: getattr(each, name) for name in names} for each in differences],
        "changed": [
            {
                "task": each.key.task,
                "episode": each.key.episode + 1,
                "example": each.key.entry + 1,
                "repeat": each.key.repeat + 1,
                "asked": each.first.asked.get("text"),
                "first": (each.first.answer or {}).get("text"),
                "second": (each.second.answer or {}).get("text"),
                "before": each.before,
                "after": each.after,
            }
            for each in changed
        ],
    }
