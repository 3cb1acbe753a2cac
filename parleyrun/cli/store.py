"""`parleyrun store`: looking after the file that everything is on record in."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from ..app import exit_codes
from ..archive.archive_file import open_store
from ..archive.places.database_file import copied_to_database, copied_to_file
from ..store.media_library import attachments_of
from ..store.postgres.database_url import is_database
from ..store.sqlite.upkeep.backup import back_up
from ..store.sqlite.upkeep.integrity import faults
from ..text import printable
from .common.conversation_rows import count
from .common.store_files import DATABASE, STORE_TO_READ, in_a_file

_COUNTS = (
    ("participant", "SELECT count(*) FROM participants WHERE is_bot = 0"),
    ("conversation", "SELECT count(*) FROM runs WHERE kind = 'task'"),
    ("line", "SELECT count(*) FROM log"),
)


@click.group()
def store() -> None:
    """Check a store, or copy it, while it is in use too."""


@store.command()
@click.argument("path", type=STORE_TO_READ)
@click.pass_context
def check(ctx: click.Context, path: Path) -> None:
    """Look through the store at PATH, and say what is wrong in it.

    PATH may be the URL of a PostgreSQL database.
    Exits with 0 if nothing is, 1 if something is, 2 if PATH cannot be opened as a store.
    """
    database = ctx.meta.get(DATABASE)
    with closing(open_store(path, "ro")) as connection:
        total = 0
        for fault in faults(connection):
            total += 1
            click.echo(printable(fault))
        if total:
            click.echo(_advice(path, database), err=True)
            ctx.exit(exit_codes.FOUND)
        held = ", ".join(count(connection.execute(query).fetchone()[0], what) for what, query in _COUNTS)
    click.echo(f"{database or path} is whole: {held}")


def _advice(path: Path, database: str | None) -> str:
    """Return what to do about a store that is not whole."""
    if database is not None:
        return f"{database} was changed by another program. Keep a dump of it, and go on with a backup."
    return (
        f"{path} is damaged, or was changed by another program. "
        f"Keep a copy of it, and go on with a backup; "
        f"`sqlite3 {path} .recover | sqlite3 NEW` saves what can still be read."
    )


@store.command()
@click.argument("path", type=click.Path(path_type=Path), callback=in_a_file)
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


@store.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Move a study: copy the store FROM, with all that goes on in it, to TO.

    One of the two is a file, the other the URL of a PostgreSQL database. TO is a new file, or an empty database.
    To move a study, stop its service first, and start it with TO: what is recorded after the copy is not in it.
    """
    if is_database(source) == is_database(target):
        raise click.UsageError("expected a file and the URL of a database; `store backup` copies a file to a file")
    if is_database(source):
        rows = copied_to_file(source, Path(target))
    else:
        rows = copied_to_database(Path(source), target)
    click.echo(f"copied {count(rows, 'row')}")
    if not is_database(source) and attachments_of(source).is_dir():
        where = attachments_of(source)
        click.echo(f"{where} holds what was uploaded: docs/postgres.md says where it is to be", err=True)
