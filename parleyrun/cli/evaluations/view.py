"""`parleyrun view`: logs of evaluations as a page to look at."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ...evaluate.judging.figures_on_record import with_figures_on_record
from ...evaluate.log.evaluation_log import LogContent
from ...evaluate.view.log_page import write_log_page
from ..common.output import output
from .figure_tables import newest


@click.command()
@click.argument("log", type=click.Path(path_type=Path, exists=True))
@click.argument("other", type=click.Path(path_type=Path, exists=True), required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="view.html",
    show_default=True,
    metavar="PATH",
    help="The file to write.",
)
def view(log: Path, other: Path | None, out: Path) -> None:
    """Write a page on LOG, or on LOG and OTHER side by side: files that 'eval --log' wrote, or folders, of which
    the newest counts. It is one file of HTML that loads nothing from elsewhere.

    It has the figures with what they are worth, a table of examples that can be searched, sorted and filtered, and
    each dialogue with its scores, answers and errors.
    """
    logs: list[LogContent] = [newest(path) for path in (log, other) if path is not None]
    for each in logs:
        if out.resolve() == each.path.resolve():
            raise click.UsageError(f"--out: {out} is the log itself")
    with output(out) as stream:
        examples = write_log_page(with_figures_on_record(logs), stream, made=datetime.now(UTC))
    click.echo(f"{'1 example is' if examples == 1 else f'{examples:,} examples are'} in {out}", err=True)
