"""How far a command is, as bars on a terminal."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...text import printable

if TYPE_CHECKING:
    from ...archive.archive import Archive
    from ...archive.selection import Selection
    from ...archive.writing import Tally
    from ...tasks.download import OnProgress, Progress

LOOK_SECONDS = 0.1


@contextmanager
def counting_examples(total: int | None, count: Callable[[], int]) -> Iterator[None]:
    """Show how many examples are done, how many a second, and how long it will take; only on a terminal.

    Args:
        total: How many there are; None where nobody knows.
        count: Tells how many are done. It is called on a thread of its own, now and then, so that work need not
            stop to be looked at; without a terminal it is not called.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # which only a terminal needs
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("examples", markup=False),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=total, rate="")
        over = threading.Event()

        def look() -> None:
            while not over.wait(LOOK_SECONDS):
                speed = bar.tasks[0].speed
                bar.update(shown, completed=count(), rate="" if speed is None else f"{speed:,.0f}/s")

        thread = threading.Thread(target=look, name="parleyrun-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@contextmanager
def counting_conversations(
    archive: Archive, wanted: Selection, out: Path | None
) -> Iterator[Callable[[Tally], None] | None]:
    """Show how far it is on a terminal, unless what is exported scrolls over that very terminal."""
    if not sys.stderr.isatty() or (out is None and sys.stdout.isatty()):
        yield None
        return
    from rich.console import Console  # which only a terminal needs
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("conversations, {task.fields[messages]} messages"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=archive.count(wanted), messages=0)

        def show(tally: Tally) -> None:
            bar.update(shown, completed=tally.conversations, messages=tally.messages)

        yield show


@contextmanager
def fetching() -> Iterator[OnProgress]:
    """Show a bar for each file that is fetched; without a terminal, a line when it begins."""
    if not sys.stderr.isatty():
        yield _Announcements().show
        return
    from rich.console import Console  # which only a terminal needs
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    rows: dict[str, TaskID] = {}
    look_at = -math.inf
    # Drawn from here: a thread that draws is not waited for at the end, and processes may be forked right after.
    with Bars(*columns, console=Console(stderr=True), auto_refresh=False) as bars:

        def show(progress: Progress) -> None:
            nonlocal look_at
            row = rows.get(progress.name)
            if row is None:
                row = rows[progress.name] = bars.add_task(f"fetching {printable(progress.name)}", total=None)
            now = time.monotonic()
            bars.update(row, completed=progress.done_bytes, total=progress.total_bytes, refresh=now >= look_at)
            if now >= look_at:
                look_at = now + LOOK_SECONDS

        yield show


class _Announcements:
    """Says once of each file that it is being fetched."""

    def __init__(self) -> None:
        self._named: set[str] = set()

    def show(self, progress: Progress) -> None:
        if progress.name not in self._named:
            self._named.add(progress.name)
            click.echo(f"fetching {printable(progress.name)}", err=True)
