"""Running tasks and agents that are not ours, which may raise anything."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ...app import exit_codes
from ...config.importing import NameWatch
from ...errors import ParleyrunError
from ...text import printable


@contextmanager
def authors_code() -> Iterator[None]:
    """End the command with the traceback of what went wrong in the block, and exit code 2.

    What parleyrun and click raise on purpose comes through: there is more to say about it than that. Where the
    code imports ParlAI's names, ours stand for them.
    """
    try:
        with NameWatch("auto"):
            yield
    except (ParleyrunError, click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        click.echo(printable(traceback.format_exc()), err=True, nl=False)
        click.echo(f"parleyrun: cannot go on after {type(error).__name__}", err=True)
        raise click.exceptions.Exit(exit_codes.UNUSABLE) from error


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end the command with one line."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("parleyrun: interrupted before it was done", err=True)
        raise click.exceptions.Exit(exit_codes.INTERRUPTED) from None
