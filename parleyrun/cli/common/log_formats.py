"""Logging: what `serve` writes on standard error, as text or as one JSON object a line.

What people say and what they are asked to keep secret is never logged by parleyrun itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Literal, TextIO, TypeVar, get_args

import click

from ...runner.turn import RunIdentity
from ...store.one_line_json import timestamp
from ...text import printable, printable_json
from .moments import date_and_clock

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

TALKATIVE = ("asyncio", "urllib3", "uvicorn", "websockets")
"""Libraries whose everyday messages are of no use to an operator; from WARNING on they are heard."""


_Command = TypeVar("_Command", bound=Callable[..., Any])


def log_level_option(default: LogLevel) -> Callable[[_Command], _Command]:
    """Return an option that says from which level on the log is shown."""
    return click.option(
        "--log-level",
        type=click.Choice(get_args(LogLevel)),
        default=default,
        show_default=True,
        help="From which level on the log is shown; debug tells most.",
    )


def level_number(level: LogLevel) -> int:
    """Return a level as `logging` has it."""
    return logging.getLevelNamesMapping()[level.upper()]


def configure(form: LogFormat, level: LogLevel = "info", stream: TextIO | None = None) -> None:
    """Have everything from a level on written in one form.

    Python's own warnings, and what makes a thread of the author's die, are logged as well, so that they come
    in the same form.

    Args:
        form: Text, or one JSON object a line.
        level: From which level on.
        stream: Where to; standard error if left out.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level_number(level))
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    threading.excepthook = _log_dead_thread


class TextFormatter(logging.Formatter):
    """`2026-01-31 12:00:00Z WARNING parleyrun.runner.run: …`, with the traceback below.

    Only what begins at the left margin is a record: further lines are set in. So nobody whose words come into an
    exception can write a record, or command the terminal.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return date_and_clock(record.created)

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record), "\n  ")


class JsonFormatter(logging.Formatter):
    """One object a line: `time` (UTC), `level`, `logger`, `message`, and where there is one `run`, `exception`.

    `run` is `{"id", "uid", "world"}` of the run that the record is about.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": timestamp(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        run = run_of(record)
        if run is not None:
            entry["run"] = {"id": f"{run.group}/{run.task_id}", "uid": run.uid, "world": run.world}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            entry["stack"] = record.stack_info
        return printable_json(entry)


def run_of(record: logging.LogRecord) -> RunIdentity | None:
    """Return the run that a record is about: one that its message names, or its `extra={"run": …}`."""
    given = getattr(record, "run", None)
    named = record.args if isinstance(record.args, tuple) else ()
    return next((value for value in (given, *named) if isinstance(value, RunIdentity)), None)


def _log_dead_thread(dead: threading.ExceptHookArgs) -> None:
    if dead.exc_type is SystemExit:
        return
    name = dead.thread.name if dead.thread is not None else "a thread"
    value = dead.exc_value if dead.exc_value is not None else dead.exc_type()
    logging.getLogger("parleyrun.threads").error(
        "%s ended by %s", name, dead.exc_type.__name__, exc_info=(dead.exc_type, value, dead.exc_traceback)
    )
