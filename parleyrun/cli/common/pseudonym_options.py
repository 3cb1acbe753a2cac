"""Options that have pseudonyms stand for the ids of people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ...archive.pseudonyms import Pseudonyms, key_of_file, key_of_store

_Command = TypeVar("_Command", bound=Callable[..., Any])


def pseudonym_options(command: _Command) -> _Command:
    """Give a command `--pseudonymise` and `--key-file`."""
    options = (
        click.option(
            "--pseudonymise", is_flag=True, help="Replace participant ids, by the same ones in every export."
        ),
        click.option(
            "--key-file",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="With --pseudonymise: the key.  [default: one that the store keeps]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def pseudonyms_for(store: Path, key_file: Path | None, *, pseudonymise: bool) -> Pseudonyms | None:
    """Return the pseudonyms that a command's options ask for."""
    if not pseudonymise:
        if key_file is not None:
            raise click.UsageError("--key-file goes with --pseudonymise only")
        return None
    return Pseudonyms(key_of_store(store) if key_file is None else key_of_file(key_file))
