"""Options that say which conversations of a store are meant."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click

from ...archive.archive import Archive
from ...archive.selection import LIVE, Selection
from ...runner.turn import OutcomeKind
from ...store.protocol import RunKind
from .moments import seconds_of

_Command = TypeVar("_Command", bound=Callable[..., Any])

CHOOSING = ("tasks", "outcomes", "kinds", "since", "starts")
"""What the parameters of `selection_options` are called."""

_ALL = "all"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def _since(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """Convert a date, a date with a time, or how long ago, to wall time in seconds."""
    if value is None:
        return None
    ago = re.fullmatch(r"(\d{1,9})([smhdw])", value)
    if ago:
        return time.time() - int(ago[1]) * _SECONDS[ago[2]]
    try:
        return seconds_of(value)
    except (ValueError, OverflowError, OSError) as error:
        raise click.BadParameter(
            f"expected a date (2026-11-21), a time (2026-11-21T06:10, 2026-11-21T06:10Z) or how long ago "
            f"(90m, 24h, 7d), got '{value}'"
        ) from error


def _starts(_ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not re.fullmatch(r"[1-9][0-9]{0,8}|r_[0-9a-f]*", value):
            raise click.BadParameter(f"expected a number (2), or an id (r_5f0c) or its beginning, got '{value}'")
    return values


def selection_options(command: _Command) -> _Command:
    """Give a command `--task`, `--outcome`, `--kind`, `--since` and `--start`."""
    options = (
        click.option("--task", "tasks", multiple=True, metavar="T", help="Only of this task. May be repeated."),
        click.option(
            "--outcome",
            "outcomes",
            multiple=True,
            type=click.Choice([*get_args(OutcomeKind), LIVE]),
            help=f"Only those that ended so; '{LIVE}' are those that go on. May be repeated.",
        ),
        click.option(
            "--kind",
            "kinds",
            multiple=True,
            type=click.Choice([*get_args(RunKind), _ALL]),
            default=["task"],
            show_default=True,
            help="Conversations in which worlds. May be repeated.",
        ),
        click.option(
            "--since",
            callback=_since,
            metavar="WHEN",
            help="Only those that began since: 2026-11-21, 2026-11-21T06:10 (in UTC), or 90m, 24h, 7d ago.",
        ),
        click.option(
            "--start",
            "starts",
            multiple=True,
            callback=_starts,
            metavar="N|ID",
            help="Only those that began in this start of the service, as `transcripts --starts` lists them. "
            "May be repeated.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def selection(
    kinds: tuple[str, ...],
    tasks: tuple[str, ...],
    outcomes: tuple[str, ...],
    since: float | None,
    starts: tuple[str, ...],
    with_words_of: str | None = None,
) -> Selection:
    """Return what a command's options choose."""
    return Selection(
        kinds=() if _ALL in kinds else kinds,
        tasks=tasks,
        outcomes=outcomes,
        since=since,
        with_words_of=with_words_of,
        starts=starts,
    )


def why_none(archive: Archive, selection: Selection) -> str:
    """Return a sentence on why a selection took nothing: what there is instead."""
    known = archive.tasks()
    unknown = [task for task in selection.tasks if task not in known]
    if unknown:
        return f"there is no conversation of task '{unknown[0]}'; there are some of: {', '.join(known) or 'none'}"
    begun = list(archive.starts())
    for start in selection.starts:
        if not any(start == str(each.number) or each.start.run_id.startswith(start) for each in begun):
            numbers = ", ".join(str(each.number) for each in begun)
            return f"there is no start '{start}' on record; there are: {numbers or 'none'}"
    speaker = selection.with_words_of
    if speaker is not None and speaker not in (speakers := archive.speakers()):
        return f"nobody spoke as '{speaker}'; those who spoke: {', '.join(speakers) or 'none'}"
    return "no conversation is like that"
