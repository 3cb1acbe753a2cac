"""The live view: what an operator sees of a running service on a terminal. The log scrolls above it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ...app.doors import DoorFigures
from ...core.bot_seats.model_source import ModelFigures
from ...service.counts import Counts, Fullness
from ...terminal.keyboard import can_use
from ...text import printable
from ..common.log_formats import TextFormatter
from ..common.moments import clock
from .figure_rows import Figure, FigureRow
from .key_reader import KeyReader
from .study_browser import StudyBrowser

log = logging.getLogger(__name__)

REFRESH_SECONDS = 0.5
IDLE_SHARE = 20
"""Drawing takes at most one part in so many of the time, however many people there are to count."""

WARNINGS_SHOWN = 5
UNREACHABLE_SHOWN = 5
HELD_SHOWN = 5
NEARLY_FULL_PERCENT = 80
ROWS_AROUND = 12
"""How many rows of the terminal are left to the frame, to what wraps, and to the log above."""

_PLACES = {
    "door": "door",
    "overworld": "overworld",
    "onboarding": "onboarding",
    "waiting": "waiting",
    "task": "in conversation",
    "afterwards": "asked afterwards",
}
_STYLES = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "bold red"}


class LiveView:
    """Draws the figures twice a second on standard error. Use it as a context manager.

    While it is shown it stands in for the handlers of the root logger: records are printed in full above the
    view, and the newest warnings are named in it. `doors` tells of each channel that is open, `trouble` what
    keeps the service from its work, `models` how each model does. With a `browser` keys lead into conversations,
    where the keyboard is a terminal, too.
    """

    def __init__(
        self,
        title: str,
        address: str,
        figures: Callable[[], Counts],
        doors: Callable[[], Sequence[DoorFigures]] = tuple,
        trouble: Callable[[], str | None] = lambda: None,
        models: Callable[[], Sequence[ModelFigures]] = tuple,
        browser: StudyBrowser | None = None,
    ) -> None:
        self._title = title
        self._address = address
        self._figures = figures
        self._doors = doors
        self._trouble = trouble
        self._models = models
        self._status = "Ctrl-C closes the doors"
        self._console = Console(stderr=True, highlight=False)
        self._browser = browser
        self._keys = KeyReader(sys.stdin.fileno(), self._pressed) if browser and _has_keys() else None
        self._records = _AboveTheView(self._console, lambda: browser is None or browser.shows_log)
        self._since = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._refresh, name="parleyrun-view", daemon=True)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            # What a world prints is not drawn over; where it goes to a file, it still does.
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=True,
        )
        self._replaced: list[logging.Handler] = []

    def __enter__(self) -> Self:
        root = logging.getLogger()
        self._replaced, root.handlers = root.handlers, [self._records]
        self._live.start()
        self._thread.start()
        if self._keys is not None:
            self._keys.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._keys is not None:
            self._keys.__exit__(None, None, None)
        self._ended.set()
        self._thread.join()
        self._draw()
        self._live.stop()
        logging.getLogger().handlers = self._replaced

    def say(self, status: str) -> None:
        """Show this sentence below the figures. Any thread."""
        self._status = status

    def restore_terminal(self) -> None:
        """Give the cursor back, with the process about to end and any lock perhaps held. Any thread."""
        if self._keys is not None:
            self._keys.restore()
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"\x1b[?25h\n")

    def _refresh(self) -> None:
        pause_seconds = 0.0
        while not self._ended.wait(pause_seconds):
            began = time.monotonic()
            try:
                self._draw()
            except Exception:
                log.exception("the live view cannot be drawn any more")
                return
            pause_seconds = max(REFRESH_SECONDS, IDLE_SHARE * (time.monotonic() - began))

    def _pressed(self, key: str) -> None:
        if self._browser is not None:
            self._browser.press(key)
            self._draw()

    def _study(self) -> list[RenderableType]:
        up_seconds = int(time.monotonic() - self._since)
        return [
            *_blocks(self._figures(), up_seconds),
            *_models(self._models()),
            *_doors(self._doors()),
            *_trouble(self._trouble()),
            *_warnings(self._records),
        ]

    def _content(self) -> list[RenderableType]:
        browser = self._browser if self._keys is not None else None
        if browser is None:
            return self._study()
        shown = [] if browser.is_inside else self._study()
        return [*shown, *browser.blocks(self._console.height - len(shown) - ROWS_AROUND)]

    def _draw(self) -> None:
        self._live.update(
            Panel(
                Group(*self._content()),
                # The address first: what has no room is cut at its end.
                title=Text.assemble((self._address, "bold cyan"), "  ", (printable(self._title, " "), "bold")),
                title_align="left",
                subtitle=Text(printable(self._status, " "), style="dim"),
                subtitle_align="left",
                border_style="dim",
                # Room for the ^C that a terminal shows when it is pressed: a line that wraps is not erased.
                width=max(self._console.width - len("^C^C"), 1),
            ),
            refresh=True,
        )


def _has_keys() -> bool:
    return sys.stdin is not None and can_use(sys.stdin, sys.stderr)


class _AboveTheView(logging.Handler):
    """Prints records above the view, and remembers the newest warnings."""

    def __init__(self, console: Console, is_shown: Callable[[], bool]) -> None:
        super().__init__()
        self.setFormatter(TextFormatter())
        self._console = console
        self._is_shown = is_shown
        self.count = 0
        self.newest: deque[tuple[str, int, str]] = deque(maxlen=WARNINGS_SHOWN)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            style = _STYLES.get(record.levelno, "")
            if self._is_shown():
                self._console.print(Text(self.format(record), style=style), soft_wrap=True)
            if record.levelno >= logging.WARNING:
                self.count += 1
                when = clock(record.created)
                self.newest.append((when, record.levelno, printable(record.getMessage()).partition("\n")[0]))
        except Exception:
            self.handleError(record)


def _blocks(figures: Counts, up_seconds: int) -> Iterator[RenderableType]:
    hours, rest = divmod(up_seconds, 3600)
    yield from _conversations(figures)
    yield FigureRow(
        ("people", sum(figures.places.values()), ""),
        ("away", figures.away, "yellow"),
        ("messages/min", figures.messages_per_minute, ""),
        ("up", f"{hours}:{rest // 60:02}:{rest % 60:02}", ""),
    )
    yield FigureRow(
        *((name, _how_full(full), "yellow" if full.percent >= NEARLY_FULL_PERCENT else "")
          for name, full in figures.full.items()),
        ("refused", figures.refused, "bold yellow" if figures.busy else ""),
    )  # fmt: skip
    yield FigureRow(*((label, figures.places.get(place, 0), "") for place, label in _PLACES.items()))
    yield from _held(figures)
    tasks = sorted({*figures.waiting, *figures.in_task})
    if tasks:
        yield _tasks(tasks, figures)


def _conversations(figures: Counts) -> Iterator[FigureRow]:
    conversations = figures.conversations
    failed = figures.runs_ended.get("failed", 0)
    others = sorted(kind for kind in conversations.ended if kind != "failed")
    yield FigureRow(
        ("conversations now", conversations.now, ""),
        ("finished", conversations.finished, ""),
        *((kind, conversations.ended[kind], "") for kind in others),
        # Also of an overworld, as somebody has to mend that too.
        ("failed", max(failed, conversations.ended.get("failed", 0)), "bold red" if failed else ""),
    )


def _held(figures: Counts) -> Iterator[RenderableType]:
    if not figures.held_runs:
        return
    yield FigureRow(("held", figures.held_runs, "bold yellow"))
    for held in figures.held[:HELD_SHOWN]:
        line = f"  {held.run}, {held.people} people: {held.reason}"
        yield _line(line, "yellow")


def _line(text: str, style: str) -> Text:
    """A text that is no markup, whatever is in it, and no command of the terminal; on one line."""
    return Text(printable(text, " "), style=style, no_wrap=True, overflow="ellipsis")


def _how_full(full: Fullness) -> str:
    return str(full.used) if full.of is None else f"{full.used} of {full.of} ({full.percent} %)"


def _tasks(tasks: Sequence[str], figures: Counts) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("task")  # the one that is cut where there is no room
    table.add_column("waiting", justify="right", no_wrap=True)
    table.add_column("in conversation", justify="right", no_wrap=True)
    for task in tasks:
        table.add_row(_line(task, ""), str(figures.waiting.get(task, 0)), str(figures.in_task.get(task, 0)))
    return table


def _models(models: Sequence[ModelFigures]) -> Iterator[RenderableType]:
    for model in models:
        failed = sum(model.failures.values())
        causes = ", ".join(f"{cause} {count}" for cause, count in sorted(model.failures.items()))
        cells: list[Figure] = [
            (f"model {model.name}: answered", model.answers, ""),
            ("failed", f"{failed} ({causes})" if causes else failed, "yellow"),
            ("tokens", model.prompt_tokens + model.completion_tokens, ""),
        ]
        if model.cost:
            cells.append(("cost", f"{model.cost:.2f}", ""))
        yield FigureRow(*cells)
        if model.trouble:
            yield _line(f"  {model.trouble}", "bold red")


def _doors(doors: Sequence[DoorFigures]) -> Iterator[RenderableType]:
    for door in doors:
        cells: list[Figure] = [(door.name, door.where, "cyan")]
        if door.sends_by_itself:
            cells.append(("to be sent", door.waiting_lines, ""))
            cells.append(("cannot be reached", len(door.unreachable), "yellow"))
        yield FigureRow(*cells)
        for participant_id, reason in door.unreachable[:UNREACHABLE_SHOWN]:
            yield _line(f"  {participant_id}: {reason}", "yellow")
        more = len(door.unreachable) - UNREACHABLE_SHOWN
        if more > 0:
            yield Text(f"  and {more} more", style="dim")


def _trouble(cause: str | None) -> Iterator[RenderableType]:
    if cause is not None:
        yield Text(printable(cause), style="bold red")


def _warnings(records: _AboveTheView) -> Iterator[RenderableType]:
    if not records.count:
        return
    yield Text(f"warnings {records.count}", style="yellow")
    for when, level, message in list(records.newest):
        yield _line(f"  {when} {message}", _STYLES.get(level, "red"))
