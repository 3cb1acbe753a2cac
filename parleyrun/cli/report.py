"""`parleyrun report`: a study on one page, with plots and transcripts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ..archive.archive import Archive
from ..archive.report.report_page import write_report
from .common.conversation_rows import count
from .common.output import output
from .common.pseudonym_options import pseudonym_options, pseudonyms_for
from .common.selection_options import selection, selection_options, why_none
from .common.store_files import DATABASE, STORE_TO_READ, refuse_file_of_store


@click.command()
@click.argument("store", type=STORE_TO_READ)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="report.html",
    show_default=True,
    metavar="PATH",
    help="The file to write.",
)
@selection_options
@click.option("--no-transcripts", is_flag=True, help="Leave out what was said.")
@pseudonym_options
@click.pass_context
def report(
    ctx: click.Context,
    store: Path,
    out: Path,
    tasks: tuple[str, ...],
    outcomes: tuple[str, ...],
    kinds: tuple[str, ...],
    since: float | None,
    starts: tuple[str, ...],
    no_transcripts: bool,
    pseudonymise: bool,
    key_file: Path | None,
) -> None:
    """Write a report on STORE, which may be in use: one file of HTML that loads nothing from elsewhere.

    It has who came when and how long they waited, conversations by condition and outcome, their length and turns,
    answers by condition with intervals, what models cost, and the transcripts, which can be searched.
    """
    refuse_file_of_store(store, out)
    wanted = selection(kinds, tasks, outcomes, since, starts)
    with Archive(store) as archive:
        pseudonyms = pseudonyms_for(store, key_file, pseudonymise=pseudonymise)
        with output(out) as stream:
            figures = write_report(
                archive,
                wanted,
                stream,
                made=datetime.now(UTC),
                name=ctx.meta.get(DATABASE, ""),
                pseudonyms=pseudonyms,
                transcripts=not no_transcripts,
            )
        told = f"reported on {count(len(figures.talks), 'conversation')} to {out}"
        click.echo(told if figures.talks else f"{told}: {why_none(archive, wanted)}", err=True)
