"""`parleyrun store`: looking after the file that everything is on record in."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from ..app import exit_codes
from ..archive.archive_file import open_store
from ..store.media_library import attachments_of
from ..store.sqlite.upkeep.backup import back_up
from ..store.sqlite.upkeep.integrity import faults
from ..text import printable
from .common.conversation_rows import count

_COUNTS = (
    ("participant", "SELECT count(*) FROM participants WHERE is_bot = 0"),
    ("conversation", "SELECT count(*) FROM runs WHERE kind = 'task'"),
    ("line", "SELECT count(*) FROM log"),
)


@click.group()
def store() -> None:
    """Check a store, or copy it, while it is in use too."""


@store.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_context
def check(ctx: click.Context, path: Path) -> None:
    """Look through the store at PATH, and say what is wrong in it.

    Exits with 0 if nothing is, 1 if something is, 2 if PATH cannot be opened as a store.
    """
    with closing(open_store(path, "ro")) as connection:
        total = 0
        for fault in faults(connection):
            total += 1
            click.echo(printable(fault))
        if total:
            click.echo(
                f"{path} is damaged, or was changed by another program. "
                f"Keep a copy of it, and go on with a backup; "
                f"`sqlite3 {path} .recover | sqlite3 NEW` saves what can still be read.",
                err=True,
            )
            ctx.exit(exit_codes.FOUND)
        held = ", ".join(count(connection.execute(query).fetchone()[0], what) for what, query in _COUNTS)
    click.echo(f"{path} is whole: {held}")


@store.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
def backup(path: Path, out: Path) -> None:
    """Copy the store at PATH to OUT, a new file that only its owner can read.

    What is copied is one moment of the record. PATH may be in use.
    """
    with closing(open_store(path, "ro")) as connection:
        back_up(connection, out)
    click.echo(f"copied {path} to {out}")
    attachments = attachments_of(path)
    if attachments.is_dir():
        click.echo(f"{attachments} holds what was uploaded: copy it to {attachments_of(out)}", err=True)
