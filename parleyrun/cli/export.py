"""`parleyrun export`: the conversations of a store, for those who study them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from ..archive.answer_rows import answer_rows
from ..archive.archive import Archive
from ..archive.formats import FORMATS, FormatOptions
from ..archive.parlai_conversations import ParlaiConversations
from ..archive.participant_rows import NamedCells, participant_rows, run_rows, write_csv, write_jsonl
from ..archive.pseudonyms import Pseudonyms, key_of_file, key_of_store
from ..archive.row_types import ANSWER_ROW_COLUMNS, PARTICIPANT_COLUMNS, RUN_COLUMNS
from ..archive.selection import Selection
from ..archive.writing import Tally
from ..archive.writing import export as export_conversations
from .common.conversation_rows import count
from .common.output import metadata_path_of, output
from .common.progress_bars import counting_conversations
from .common.selection_options import selection, selection_options, why_none

_ROWS = {
    "participants": ("participant", PARTICIPANT_COLUMNS),
    "runs": ("run", RUN_COLUMNS),
    "models": ("decision", ANSWER_ROW_COLUMNS),
}
"""The formats that are tables: what a row is, and the columns' names."""


@click.command()
@click.argument("store", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS.names(), *_ROWS]),
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
@click.option("--csv", "as_csv", is_flag=True, help="With participants, runs and models: CSV, not JSON lines.")
@click.option("--bom", is_flag=True, help="With csv: begin with the mark by which Excel knows UTF-8.")
@click.option("--pseudonymise", is_flag=True, help="Replace participant ids, by the same ones in every export.")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="With --pseudonymise: the key.  [default: one that the store keeps]",
)
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
      participants   a row a person: arrival, data, onboarding, visits,
                     partners, outcomes, seconds talked
      runs           a row a conversation, without what was said
      models         a row a decision of a bot: what its model answered,
                     tokens, cost, seconds, tries, what it called

    Pseudonyms stand for participant ids only: what people wrote of themselves stays in their words.
    """
    rows_in_csv = form in _ROWS and as_csv
    _check_options(form, assistant, None if rows_in_csv else "--exact" if exact else "--bom" if bom else None)
    if as_csv and form not in _ROWS:
        raise click.UsageError("--csv goes with --format participants, runs or models only; else: --format csv")
    if key_file is not None and not pseudonymise:
        raise click.UsageError("--key-file goes with --pseudonymise only")
    metadata_path = _check_paths(store, form, out)
    options = FormatOptions(
        assistant=assistant,
        exact=exact,
        bom=bom,
        metadata_path=None if metadata_path is None else str(metadata_path),
    )
    wanted = selection(kinds, tasks, outcomes, since, starts, assistant)
    if form == "participants" and wanted not in (Selection(), Selection(kinds=())):
        raise click.UsageError("--format participants has everybody: --task and the like go with other formats")
    with Archive(store) as archive:
        pseudonyms = _pseudonyms(store, key_file) if pseudonymise else None
        if form in _ROWS:
            click.echo(_write_rows(archive, form, wanted, pseudonyms, out, options if as_csv else None), err=True)
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


def _write_rows(
    archive: Archive,
    form: str,
    wanted: Selection,
    pseudonyms: Pseudonyms | None,
    out: Path | None,
    as_csv: FormatOptions | None,
) -> str:
    """Write the rows of a table; return a sentence on that."""
    what, columns = _ROWS[form]
    rows = _rows(archive, form, wanted, pseudonyms)
    with output(out) as stream:
        if as_csv is None:
            number = write_jsonl(rows, stream)
        else:
            number = write_csv(rows, columns, stream, exact=as_csv.exact, bom=as_csv.bom)
    if not number and form == "models" and archive.count(wanted):
        return "nothing to export: no bot has decided anything in these conversations"
    if not number and form != "participants":
        return f"nothing to export: {why_none(archive, wanted)}"
    where = f" to {out}" if out is not None else ""
    return f"exported {count(number, what)}{where}"


def _rows(archive: Archive, form: str, wanted: Selection, pseudonyms: Pseudonyms | None) -> Iterator[NamedCells]:
    if form == "participants":
        return participant_rows(archive, pseudonyms)
    make = run_rows if form == "runs" else answer_rows
    return make(archive, wanted, pseudonyms)


def _check_options(form: str, assistant: str | None, of_csv: str | None) -> None:
    if form == "chat" and not assistant:
        raise click.UsageError("--format chat needs --as ROLE: whose words are the assistant's")
    # What an installed package adds may take them all.
    if form in ("jsonl", "csv", "conversations", *_ROWS) and assistant is not None:
        raise click.UsageError("--as goes with --format chat only")
    if form in ("jsonl", "conversations", "chat", *_ROWS) and of_csv is not None:
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
    taken = {f"{store.resolve()}{suffix}" for suffix in ("", "-wal", "-shm", "-journal", ".lock")}
    for path in (out, metadata_path):
        if path is not None and str(path.resolve()) in taken:
            raise click.UsageError(f"{path} belongs to the store, and would be lost: choose another file")
    return metadata_path


def _pseudonyms(store: Path, key_file: Path | None) -> Pseudonyms:
    return Pseudonyms(key_of_store(store) if key_file is None else key_of_file(key_file))


def _summary(archive: Archive, wanted: Selection, tally: Tally, out: Path | None) -> str:
    if not tally.conversations:
        return f"nothing to export: {why_none(archive, wanted)}"
    where = f" to {out}" if out is not None else ""
    return f"exported {count(tally.conversations, 'conversation')}, {count(tally.messages, 'message')}{where}"
