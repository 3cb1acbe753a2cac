"""Ctrl-C in the middle of a command's work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from . import exit_codes


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end the command with one line."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("parleyrun: interrupted before it was done", err=True)
        raise click.exceptions.Exit(exit_codes.INTERRUPTED) from None
