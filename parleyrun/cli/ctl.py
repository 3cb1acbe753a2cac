"""`parleyrun ctl`: look into a study that runs, and act in it."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from ..app import exit_codes
from ..app.control.operator_client import Operator
from ..app.control.socket_place import control_path
from ..errors import OperatorError
from ..service.operations.operation_requests import REQUESTS
from ..service.operations.request_kinds import ReadingRequest, WritingRequest
from ..text import printable, printable_json
from .common.operators.operator_rows import operator_rows
from .common.operators.value_completions import values_of
from .common.output import quiet_when_unread
from .common.store_files import of_a_service

_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "person": ("person",),
    "conversation": ("conversation",),
    "message": ("text",),
    "check": ("text", "seconds"),
    "send": ("person", "to"),
    "end": ("conversation",),
    "pause": ("task",),
    "resume": ("task",),
    "wait": ("task", "seconds"),
    "time": ("task", "seconds"),
    "size": ("task", "least", "most"),
    "quota": ("condition", "value", "quota"),
    "drain": ("host",),
    "fill": ("host",),
    "door": ("state",),
    "release": ("line",),
    "take": ("conversation", "role"),
    "give": ("conversation", "role"),
    "model": ("conversation", "role", "model"),
    "swap": ("conversation", "role", "model"),
    "note": ("person", "text"),
    "pair": ("people",),
    "undo": ("act",),
}
"""What is given without the name of an option, by operation."""

_CHOICES = {
    "DoorState": ("open", "closed", "drain"),
    "EndKind": ("finished", "stopped", "timed out"),
    "Destination": ("overworld", "task", "out"),
    "Otherwise": ("nothing", "note", "out"),
}


@dataclass(frozen=True, slots=True)
class _Asking:
    """Whom to ask, and how to show what they say."""

    store: Path | None
    url: str | None
    token: str | None
    name: str | None
    as_json: bool

    @property
    def operator(self) -> Operator:
        """Raises `OperatorError` for an address or a token that cannot be one."""
        if self.url is not None:
            return Operator(self.url, self.token, name=self.name)
        return Operator(self.store or _only_store(), name=self.name)


@click.group()
@click.option(
    "--store",
    callback=of_a_service,
    type=click.Path(path_type=Path),
    help="The file of the service's record.  [default: the only one in this folder that is being served]",
)
@click.option(
    "--url", metavar="URL", help="The address of the service, which has a console, instead of its store."
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --url: the file of the console's token.  [default: what PARLEYRUN_CONSOLE_TOKEN says]",
)
@click.option("--as", "name", metavar="NAME", help="Who you are, for the record.  [default: your user's name]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, one object a line.")
@click.pass_context
def ctl(
    ctx: click.Context,
    store: Path | None,
    url: str | None,
    token_file: Path | None,
    name: str | None,
    as_json: bool,
) -> None:
    """Look into a study that runs, and act in it.

    The service is the one that keeps its record in STORE, on this machine; who may write to that file may do
    this. Or it is the one at URL, with the token of its console (`serve --console`). Reading disturbs nobody. What
    changes something is on record with who, when and why, and holds over restarts.

    \b
    Exit codes:
      0  done
      1  it cannot be done; nothing has changed
      2  the command line is wrong, or there is no such service
    """
    if url is not None and store is not None:
        raise click.UsageError("expected --store or --url, got both")
    if token_file is not None and url is None:
        raise click.UsageError("--token-file goes with --url")
    ctx.obj = _Asking(store, url, _token_in(token_file), name, as_json)


def _token_in(file: Path | None) -> str | None:
    return None if file is None else file.read_text("utf-8", "replace").strip()


def _only_store() -> Path:
    served = sorted(Path().glob("*.ctl"))
    if len(served) != 1:
        raise click.UsageError(
            f"expected one store that is served in this folder, got {len(served)}: name it with --store"
        )
    store = served[0].with_suffix("")
    assert control_path(store) == served[0]
    return store


def _command(verb: str, kind: type[ReadingRequest] | type[WritingRequest]) -> click.Command:
    """Return the command of one operation."""
    about, helps = _told(kind.__doc__ or "")
    parameters: list[click.Parameter] = [
        _parameter(verb, field.name, str(field.type), helps.get(field.name), needed=field.default is MISSING)
        for field in fields(kind)  # type: ignore[arg-type]  # each is a dataclass
        if field.name not in ("after", "before")
    ]
    if issubclass(kind, WritingRequest):
        parameters.append(click.Option(["--why"], default="", help="Your reason, for the record."))
    parameters.append(click.Option(["--json", "as_json"], is_flag=True, help="Write JSON, one object a line."))
    return click.Command(verb, params=parameters, callback=_asks(verb), help=about)


def _told(docstring: str) -> tuple[str, dict[str, str]]:
    """Return what a request does, and what each of its values is."""
    about, _, attributes = inspect.cleandoc(docstring).partition("\n\nAttributes:\n")
    helps: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc(attributes).splitlines():
        if not line.startswith(" "):
            name, _, line = line.partition(":")
        helps[name] = f"{helps.get(name, '')} {line.strip()}".strip()
    return about, helps


def _parameter(verb: str, name: str, kind: str, about: str | None, *, needed: bool) -> click.Parameter:
    kind = kind.removesuffix(" | None")
    wanted: Any = click.IntRange(0) if kind == "int" else str
    if kind in _CHOICES:
        wanted = click.Choice(_CHOICES[kind])
    complete = None if kind in _CHOICES else values_of(name, _operator_of)
    if name in _ARGUMENTS.get(verb, ()):
        nargs = -1 if kind.startswith("tuple") else 1
        return click.Argument([name], type=wanted, required=needed, nargs=nargs, shell_complete=complete)
    if kind == "bool":
        return click.Option(["--all" if name == "everybody" else f"--{name}", name], is_flag=True, help=about)
    several = kind.startswith("tuple")
    option = {"replies": "--reply"}.get(name, f"--{name.replace('_', '-')}")
    return click.Option(
        [option, name], type=wanted, required=needed, help=about, multiple=several, shell_complete=complete
    )


def _operator_of(ctx: click.Context, timeout_seconds: float) -> Operator:
    """Return whom to ask while a command is being written. Raises as `_Asking.operator`, and `UsageError`."""
    given = ctx.params
    token = _token_in(given.get("token_file"))
    if given.get("url") is not None:
        return Operator(given["url"], token, timeout_seconds=timeout_seconds)
    return Operator(given.get("store") or _only_store(), timeout_seconds=timeout_seconds)


def _asks(verb: str) -> Callable[..., None]:
    @click.pass_context
    def run(ctx: click.Context, /, as_json: bool, why: str = "", **values: Any) -> None:
        asking: _Asking = ctx.obj
        given = {name: value for name, value in values.items() if value is not None and value is not False}
        _show(ctx, asking, as_json or asking.as_json, verb, given, why)

    return run


def _show(
    ctx: click.Context, asking: _Asking, as_json: bool, verb: str, values: Mapping[str, Any], why: str
) -> None:
    try:
        result = asking.operator.ask(verb, values, why=why)
    except OperatorError as error:
        _end(ctx, error, as_json)
    with quiet_when_unread():
        if as_json:
            click.echo(printable_json(result))
        else:
            for row in operator_rows(verb, result):
                click.echo(row)


def _end(ctx: click.Context, error: OperatorError, as_json: bool) -> NoReturn:
    """Say why it cannot be done, and end the command."""
    if as_json:
        click.echo(printable_json({"error": str(error)}))
    click.echo(f"parleyrun: {printable(str(error))}", err=True)
    ctx.exit(exit_codes.FOUND if error.reached else exit_codes.UNUSABLE)


@ctl.command()
@click.argument("conversation", required=False)
@click.option(
    "--every",
    "seconds",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look.",
)
@click.option("--count", type=click.IntRange(1), help="How many times to look.  [default: until Ctrl-C]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, one object a line.")
@click.pass_context
def watch(ctx: click.Context, conversation: str | None, seconds: float, count: int | None, as_json: bool) -> None:
    """Show the study as it changes, a line each time; or read along in CONVERSATION."""
    asking: _Asking = ctx.obj
    as_json = as_json or asking.as_json
    looks = 0
    try:
        operator = asking.operator
        look = _Along(operator, conversation) if conversation else _Changes(operator)
        while True:
            for said, values in look():
                with quiet_when_unread():
                    click.echo(printable_json(values) if as_json else printable(said, newline=" ⏎ "))
            looks += 1
            if looks == count:
                return
            time.sleep(seconds)
    except OperatorError as error:
        _end(ctx, error, as_json)


class _Changes:
    """The overview, whenever it has changed."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._before: dict[str, Any] = {}

    def __call__(self) -> list[tuple[str, Mapping[str, Any]]]:
        found = self._operator.ask("overview")
        compared = {**found, "longest_wait_seconds": None}
        if compared == self._before:
            return []
        self._before = compared
        people = ", ".join(f"{place} {count}" for place, count in found["places"].items()) or "nobody"
        said = [f"{datetime.now():%H:%M:%S}", people, f"{found['conversations']} conversations"]
        said += [f"{count} {outcome}" for outcome, count in found["ended"].items() if count]
        said += [f"door {found['door']}"] if found["door"] != "open" else []
        said += [f"paused {', '.join(found['paused'])}"] if found["paused"] else []
        said += [f"{found['held']} held"] if found["held"] else []
        said += [f"TROUBLE: {found['trouble']}"] if found["trouble"] else []
        return [("  ".join(said), found)]


class _Along:
    """The lines of a conversation as they come, each once."""

    def __init__(self, operator: Operator, conversation: str) -> None:
        self._operator = operator
        self._conversation = conversation
        self._after: dict[str, int] = {}

    def __call__(self) -> list[tuple[str, Mapping[str, Any]]]:
        found = self._operator.ask("conversation", {"conversation": self._conversation, "after": self._after})
        self._after = found["after"]
        return [
            (f"{'said' if line['mine'] else 'shown'} {line['person']}: {line['text']}", line)
            for line in found["lines"]
        ]


for _verb, _kind in REQUESTS.items():
    ctl.add_command(_command(_verb, _kind))
