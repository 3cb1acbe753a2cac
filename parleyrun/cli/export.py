"""`parleyrun export`: the conversations of a store, for those who study them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from ..archive.archive import Archive
from ..archive.formats import FORMATS, FormatOptions
from ..archive.parlai_conversations import ParlaiConversations
from ..archive.selection import Selection
from ..archive.study_tables import StudyTables
from ..archive.tables.row_files import Written
from ..archive.writing import Tally
from ..archive.writing import export as export_conversations
from .common.conversation_rows import count
from .common.given_options import refuse_given, was_given
from .common.output import metadata_path_of, output
from .common.progress_bars import counting_conversations
from .common.pseudonym_options import pseudonym_options, pseudonyms_for
from .common.selection_options import CHOOSING, selection, selection_options, why_none
from .common.store_files import STORE_TO_READ, refuse_file_of_store
from .common.table_output import (
    TABLES,
    FileKind,
    TableChoice,
    described_columns,
    kind_of_file,
    table_of,
    write_codebook,
    write_table,
)

_OF_ROWS = ("shape", "form_names", "times", "pseudonymise", "key_file", *CHOOSING)
"""Options that say which rows there are, and what stands in them."""

_DISARMED = (
    "{cells} that a spreadsheet would run as formulas got an apostrophe before them (--exact leaves them alone)"
)


@click.command()
@click.argument("store", type=STORE_TO_READ)
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS.names(), *TABLES]),
    default="jsonl",
    show_default=True,
    help="What to write; see below.",
)
@selection_options
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="PATH", help="The file to write.  [default: stdout]"
)
@click.option("--as", "assistant", metavar="ROLE", help="With chat: whose words are the assistant's.")
@click.option(
    "--exact", is_flag=True, help="With csv: leave cells alone that a spreadsheet would run as formulas."
)
@click.option("--csv", "as_csv", is_flag=True, help="With tables and --codebook: CSV.")
@click.option("--parquet", "as_parquet", is_flag=True, help="With tables: Parquet, with types (extra parquet).")
@click.option(
    "--shape",
    type=click.Choice(["long", "wide"]),
    help="With forms: a row a question (long), or a row a form with a column a question (wide). "
    "With participants: a column for each parameter of links and each answer, too (wide); "
    "CSV and Parquet have them always.",
)
@click.option(
    "--form", "form_names", multiple=True, metavar="F", help="With forms: only this form. May be repeated."
)
@click.option("--times", is_flag=True, help="With wide answers: how long each question took.")
@click.option("--codebook", is_flag=True, help="Write what the columns of tables mean instead, as Markdown.")
@click.option("--bom", is_flag=True, help="With csv: begin with the mark by which Excel knows UTF-8.")
@pseudonym_options
def export(
    store: Path,
    form: str,
    tasks: tuple[str, ...],
    outcomes: tuple[str, ...],
    kinds: tuple[str, ...],
    since: float | None,
    starts: tuple[str, ...],
    out: Path | None,
    assistant: str | None,
    exact: bool,
    bom: bool,
    as_csv: bool,
    as_parquet: bool,
    shape: str | None,
    form_names: tuple[str, ...],
    times: bool,
    codebook: bool,
    pseudonymise: bool,
    key_file: Path | None,
) -> None:
    """Write out the conversations of STORE, which may be in use, or its people.

    \b
    Formats:
      jsonl          one conversation a line, with everything
      csv            one message a row; cells that a spreadsheet would run as
                     formulas get an apostrophe before them
      conversations  the conversations format of ParlAI, and its .metadata
      chat           {"messages": [{"role", "content"}]} a line, for fine-tuning;
                     only conversations in which ROLE said something,
                     and of them only what ROLE was shown
    \b
    Formats that are tables, as JSON lines, --csv or --parquet (or by the
    ending of --out); --codebook says what their columns mean:
      participants   a row a person: arrival, data, conditions, visits,
                     partners, outcomes, answers, seconds talked
      runs           a row a conversation: people, outcome, turns, cost
      lines          a row a message
      forms          a row an answer, or a row a form (--shape wide)
      models         a row a decision of a bot: what its model answered,
                     tokens, cost, seconds, tries, what it called

    Pseudonyms stand for participant ids only: what people wrote of themselves stays in their words.
    """
    is_table = form in TABLES or codebook
    kind = kind_of_file(out, as_csv=as_csv, as_parquet=as_parquet)
    of_csv = "--exact" if exact else "--bom" if bom else None
    _check_options(form, assistant, None if is_table and kind == "csv" else of_csv)
    if (as_csv or as_parquet) and not is_table:
        raise click.UsageError(
            f"--csv and --parquet go with tables only ({', '.join(TABLES)}), got --format {form}: "
            "its rows in CSV are --format csv"
        )
    metadata_path = _check_paths(store, form, out)
    options = FormatOptions(
        assistant=assistant,
        exact=exact,
        bom=bom,
        metadata_path=None if metadata_path is None else str(metadata_path),
    )
    wanted = selection(kinds, tasks, outcomes, since, starts, assistant)
    if codebook:
        refuse_given("does not go with --codebook, which describes all columns and holds no rows", *_OF_ROWS)
        if as_parquet:
            raise click.UsageError("--codebook is Markdown, CSV or JSON: expected no --parquet beside it")
        names = (form,) if was_given("form") else ("csv", *TABLES)
        _write_codebook(store, names, out, as_csv=as_csv, exact=exact, bom=bom)
        return
    choice = _table_choice(form, kind, shape, form_names, options, times=times)
    if form == "forms" and not was_given("kinds"):
        wanted = replace(wanted, kinds=())
    if form == "participants":
        refuse_given("goes with other formats: --format participants has everybody", *CHOOSING)
    with Archive(store) as archive:
        pseudonyms = pseudonyms_for(store, key_file, pseudonymise=pseudonymise)
        if form in TABLES:
            tables = StudyTables(archive, pseudonyms)
            written = write_table(table_of(tables, choice, wanted), choice, out)
            click.echo(_told(archive, choice, wanted, written, out), err=True)
            return
        make = FORMATS.find(form)
        assert make is not None  # the option has a choice of those that there are
        with output(out) as stream:
            writer = make(stream, options)
            with counting_conversations(archive, wanted, out) as progress:
                tally = export_conversations(archive, wanted, writer, pseudonyms=pseudonyms, progress=progress)
        if isinstance(writer, ParlaiConversations):
            with output(metadata_path) as stream:
                stream.write(writer.metadata({}))
        click.echo(_summary(archive, wanted, tally, out), err=True)


def _told(archive: Archive, choice: TableChoice, wanted: Selection, written: Written, out: Path | None) -> str:
    """Return a sentence on what was written of a table."""
    if not written.rows and choice.name == "models" and archive.count(wanted):
        return "nothing to export: no bot has decided anything in these conversations"
    if not written.rows and choice.name == "forms":
        return "nothing to export: no form is over in these conversations"
    if not written.rows and choice.name != "participants":
        return f"nothing to export: {why_none(archive, wanted)}"
    where = f" to {out}" if out is not None else ""
    what = "form" if choice.name == "forms" and choice.wide else TABLES[choice.name]
    disarmed = f"; {_DISARMED.format(cells=count(written.disarmed, 'cell'))}" if written.disarmed else ""
    return f"exported {count(written.rows, what)}{where}{disarmed}"


def _write_codebook(
    store: Path, names: tuple[str, ...], out: Path | None, *, as_csv: bool, exact: bool, bom: bool
) -> None:
    unknown = [name for name in names if name not in ("csv", *TABLES)]
    if unknown:
        raise click.UsageError(f"--codebook is about tables (csv, {', '.join(TABLES)}), got --format {unknown[0]}")
    with Archive(store) as archive:
        columns = described_columns(StudyTables(archive), names)
    entries = write_codebook(columns, out, as_csv=as_csv, exact=exact, bom=bom)
    where = f" to {out}" if out is not None else ""
    click.echo(f"described {count(entries, 'column')}{where}", err=True)


def _table_choice(
    form: str,
    kind: FileKind,
    shape: str | None,
    form_names: tuple[str, ...],
    options: FormatOptions,
    *,
    times: bool,
) -> TableChoice:
    """Return how a table is to be written; refuse what would do nothing."""
    if shape is not None and form not in ("participants", "forms"):
        raise click.UsageError("--shape goes with --format participants and forms only")
    if form == "participants" and shape == "long":
        raise click.UsageError("--format participants has a row a person: for a row an answer, --format forms")
    if form_names and form != "forms":
        raise click.UsageError("--form goes with --format forms only")
    wide = shape == "wide" or (form == "participants" and kind != "jsonl")
    if times and not wide:
        raise click.UsageError("--times goes with --shape wide only: rows of answers have their times")
    return TableChoice(
        name=form, kind=kind, wide=wide, times=times, forms=form_names, exact=options.exact, bom=options.bom
    )


def _check_options(form: str, assistant: str | None, of_csv: str | None) -> None:
    if form == "chat" and not assistant:
        raise click.UsageError("--format chat needs --as ROLE: whose words are the assistant's")
    # What an installed package adds may take them all.
    if form in ("jsonl", "csv", "conversations", *TABLES) and assistant is not None:
        raise click.UsageError("--as goes with --format chat only")
    if form in ("jsonl", "conversations", "chat", *TABLES) and of_csv is not None:
        raise click.UsageError(f"{of_csv} goes with --format csv only")


def _check_paths(store: Path, form: str, out: Path | None) -> Path | None:
    """Return where the metadata of ParlAI's format goes; refuse to write over the store."""
    if out is None:
        if form == "conversations":
            raise click.UsageError(
                "--format conversations writes two files, PATH and its .metadata: say --out PATH"
            )
        return None
    metadata_path = metadata_path_of(out) if form == "conversations" else None
    refuse_file_of_store(store, out, metadata_path)
    return metadata_path


def _summary(archive: Archive, wanted: Selection, tally: Tally, out: Path | None) -> str:
    if not tally.conversations:
        return f"nothing to export: {why_none(archive, wanted)}"
    where = f" to {out}" if out is not None else ""
    return f"exported {count(tally.conversations, 'conversation')}, {count(tally.messages, 'message')}{where}"
