"""The files that a store is made of, which no command writes over."""

from __future__ import annotations

from pathlib import Path

import click


def refuse_file_of_store(store: Path, *paths: Path | None) -> None:
    """Raise `UsageError` if one of the paths is a file of the store's."""
    taken = {f"{store.resolve()}{suffix}" for suffix in ("", "-wal", "-shm", "-journal", ".lock")}
    for path in paths:
        if path is not None and str(path.resolve()) in taken:
            raise click.UsageError(f"{path} belongs to the store, and would be lost: choose another file")
