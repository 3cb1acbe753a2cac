"""`parleyrun export`: the conversations of a store, for those who study them."""

from __future__ import annotations

from pathlib import Path

import click

from ..archive.archive import Archive
from ..archive.formats import FORMATS, FormatOptions
from ..archive.parlai_conversations import ParlaiConversations
from ..archive.pseudonyms import Pseudonyms, key_of_file, key_of_store
from ..archive.selection import Selection
from ..archive.writing import Tally
from ..archive.writing import export as export_conversations
from .common.conversation_rows import count
from .common.output import metadata_path_of, output
from .common.progress_bars import counting_conversations
from .common.selection_options import selection, selection_options, why_none


@click.command()
@click.argument("store", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS.names()),
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
    pseudonymise: bool,
    key_file: Path | None,
) -> None:
    """Write out the conversations of STORE, which may be in use.

    \b
    Formats:
      jsonl          one conversation a line, with everything
      csv            one message a row; cells that a spreadsheet would run as
                     formulas get an apostrophe before them
      conversations  the conversations format of ParlAI, and its .metadata
      chat           {"messages": [{"role", "content"}]} a line, for fine-tuning;
                     only conversations in which ROLE said something,
                     and of them only what ROLE was shown

    Pseudonyms stand for participant ids only: what people wrote of themselves stays in their words.
    """
    _check_options(form, assistant, "--exact" if exact else "--bom" if bom else None)
    if key_file is not None and not pseudonymise:
        raise click.UsageError("--key-file goes with --pseudonymise only")
    metadata_path = _check_paths(store, form, out)
    options = FormatOptions(
        assistant=assistant,
        exact=exact,
        bom=bom,
        metadata_path=None if metadata_path is None else str(metadata_path),
    )
    make = FORMATS.find(form)
    assert make is not None  # the option has a choice of those that there are
    wanted = selection(kinds, tasks, outcomes, since, starts, assistant)
    with Archive(store) as archive:
        pseudonyms = _pseudonyms(store, key_file) if pseudonymise else None
        with output(out) as stream:
            writer = make(stream, options)
            with counting_conversations(archive, wanted, out) as progress:
                tally = export_conversations(archive, wanted, writer, pseudonyms=pseudonyms, progress=progress)
        if isinstance(writer, ParlaiConversations):
            with output(metadata_path) as stream:
                stream.write(writer.metadata({}))
        click.echo(_summary(archive, wanted, tally, out), err=True)


def _check_options(form: str, assistant: str | None, of_csv: str | None) -> None:
    if form == "chat" and not assistant:
        raise click.UsageError("--format chat needs --as ROLE: whose words are the assistant's")
    # What an installed package adds may take them all.
    if form in ("jsonl", "csv", "conversations") and assistant is not None:
        raise click.UsageError("--as goes with --format chat only")
    if form in ("jsonl", "conversations", "chat") and of_csv is not None:
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
