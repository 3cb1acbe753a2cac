"""The store that a command reads: a file or a database, and the files that it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...archive.database_file import file_of_database, is_database, shown_url


def refuse_file_of_store(store: Path, *paths: Path | None) -> None:
    """Raise `UsageError` if one of the paths is a file of the store's."""
    taken = {f"{store.resolve()}{suffix}" for suffix in ("", "-wal", "-shm", "-journal", ".lock")}
    for path in paths:
        if path is not None and str(path.resolve()) in taken:
            raise click.UsageError(f"{path} belongs to the store, and would be lost: choose another file")


DATABASE = "parleyrun.database"
"""Where in a command's `meta` it stands which database was copied, without the password."""


class StoreToRead(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic since click 8.4
    """A path; of a database, that of a copy of it as it is now, which goes when the command is over."""

    name = "store"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if isinstance(value, Path):
            return value
        if not is_database(value):
            return Path(value)
        assert ctx is not None
        ctx.meta[DATABASE] = shown_url(value)
        return ctx.with_resource(file_of_database(value))


STORE_TO_READ = StoreToRead()
