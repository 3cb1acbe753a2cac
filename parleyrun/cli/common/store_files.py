"""The store that a command reads: a file or a database, and the files that it is made of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import click

P = TypeVar("P", str | None, Path | None)


def refuse_file_of_store(store: Path, *paths: Path | None) -> None:
    """Raise `UsageError` if one of the paths is a file of the store's."""
    taken = {f"{store.resolve()}{suffix}" for suffix in ("", "-wal", "-shm", "-journal", ".lock")}
    for path in paths:
        if path is not None and str(path.resolve()) in taken:
            raise click.UsageError(f"{path} belongs to the store, and would be lost: choose another file")


DATABASE = "parleyrun.database"
"""Where in a command's `meta` it stands which database was copied, without the password."""


STORE_VARIABLE = "PARLEYRUN_STORE"
"""The variable of the environment that says where to keep the record; unlike arguments, nobody else reads it."""


class StoreToRead(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic since click 8.4
    """A path; of a database, that of a copy of it as it is now, which goes when the command is over.

    Args:
        watched_by: The eager flag with which the command looks at the store again and again. Of a copy nothing new
            would come: with it the URL of a database is left as it is.
    """

    name = "store"

    def __init__(self, *, watched_by: str | None = None) -> None:
        self._watched_by = watched_by

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | str:
        if isinstance(value, Path):
            return value
        if "://" not in value:
            return Path(value)
        # The rooms of the record are loaded by those only who read one.
        from ...archive.places.database_file import file_of_database
        from ...store.postgres.database_url import is_database, shown_url

        if not is_database(value):
            return Path(value)
        assert ctx is not None
        if self._watched_by is not None and ctx.params.get(self._watched_by):
            return str(value)
        ctx.meta[DATABASE] = shown_url(value)
        return ctx.with_resource(file_of_database(value))


STORE_TO_READ = StoreToRead()


def in_a_file(_ctx: click.Context, _parameter: click.Parameter, value: P) -> P:
    """Return an option's or argument's value, the path of a store; as a callback of it.

    Raises:
        BadParameter: It is the URL of a database, which is told without its password.
    """
    return _in_a_file(
        value, "a service keeps its record in a database where its config says store: {postgres: URL}"
    )


def of_a_service(_ctx: click.Context, _parameter: click.Parameter, value: P) -> P:
    """Return the path of the store of a service that runs; as a callback of an option.

    Raises:
        BadParameter: It is the URL of a database, which is told without its password.
    """
    hint = "a service with a database is asked in the folder that it runs in, or by --store FOLDER/TASK_NAME.db"
    return _in_a_file(value, hint)


def _in_a_file(value: P, hint: str) -> P:
    # A path has one slash where a URL has two.
    written = re.sub(r"^(\w+:)/+", r"\1//", str(value or ""))
    if "://" not in written:
        return value
    from ...store.postgres.database_url import is_database, shown_url  # as above

    if is_database(written):
        raise click.BadParameter(f"expected the path of a file, got {shown_url(written)}: {hint}")
    return value
