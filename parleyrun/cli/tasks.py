"""`parleyrun tasks`: which tasks there are."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from textwrap import wrap

import click

from ..core.task_names import TaskEntry, find_entries, known_tags
from ..errors import TaskError
from ..text import Style, did_you_mean
from .common.output import quiet_when_unread, style_for, wants_color

_NARROWEST, _WIDEST = 60, 110


@click.command()
@click.argument("tag", required=False, metavar="[#TAG]")
def tasks(tag: str | None) -> None:
    """List the tasks there are by name, or those with a tag, whose # may be left out: a shell may take it for a
    comment's.

    'parleyrun display -t NAME' shows what a task asks. Your own are named my.module:Class.
    """
    entries = find_entries(tag)
    if not entries:
        raise TaskError(f"expected a tag that a task has, got '{tag}': {_hint(str(tag))}")
    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    color, style = wants_color(sys.stdout), style_for(sys.stdout)
    with quiet_when_unread():
        for entry in entries:
            click.echo("\n".join(_rows(entry, width, style)), color=color)


def _hint(tag: str) -> str:
    return did_you_mean(f"#{tag.removeprefix('#')}", [f"#{known}" for known in known_tags()], "tags")


def _rows(entry: TaskEntry, width: int, style: Style) -> Iterator[str]:
    tags = " ".join(f"#{tag}" for tag in entry.tags)
    yield f"{style(entry.name, bold=True)}  {style(tags, fg='cyan')}"
    about = [entry.description]
    if entry.setting:
        about.append(f"needs -o {entry.setting}=PATH where the name has no PATH")
    about.append(f"licence: {entry.licence}" + (f" · {entry.homepage}" if entry.homepage else ""))
    if entry.citation:
        about.append(entry.citation)
    for text in about:
        yield from wrap(text, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
