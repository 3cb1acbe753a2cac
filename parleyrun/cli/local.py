"""`parleyrun local`: the same service on this terminal."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import click

from ..app import exit_codes
from ..app.shutdown import bound_exit, end_process, report_threads
from ..config.extensions import CHANNELS
from ..config.plan import Plan
from ..config.schema import MEMORY
from ..runner.turn import RunIdentity
from ..terminal.pipe_screen import PlainScreen, lines_from, talk_plainly
from ..terminal.script import MAX_SEATS, Script, load_script, play
from ..terminal.seat_table import RoundTable, straight_table, web_table
from ..terminal.typed_commands import Front
from .common.config_argument import MODELS_IN_PLACE, ConfigPath
from .common.findings import load_plan_or_exit
from .common.given_options import refuse_given
from .common.log_formats import LogLevel, level_number, log_level_option
from .common.store_files import STORE_VARIABLE

OPENS_THE_DOOR = "A seat's first line only opens its door: it is kept, and no world reads it."


@click.command()
@click.argument("config", required=False, type=ConfigPath())
@click.option(
    "--channel",
    type=click.Choice(["browser", "messenger"]),
    default="browser",
    show_default=True,
    help="What the seats use; messenger's page is one on this machine, and nothing talks to Meta.",
)
@click.option("--bypass-server", is_flag=True, help="Go straight into the service, without server and sockets.")
@click.option(
    "--people", type=click.IntRange(1, MAX_SEATS), default=1, show_default=True, help="How many seats there are."
)
@click.option("--script", "script_path", type=click.Path(path_type=Path), help="Play this YAML file, and compare.")
@click.option(
    "--store",
    envvar=STORE_VARIABLE,
    metavar="PATH|URL",
    help="Where to keep the record: a file, a database of PostgreSQL, ':memory:' for none that lasts; "
    f"or {STORE_VARIABLE} in the environment.  "
    "[default: the config's; memory for the demo, and with --channel messenger]",
)
@MODELS_IN_PLACE
@log_level_option("warning")
@click.pass_context
def local(
    ctx: click.Context,
    /,
    config: Path | None,
    channel: str,
    bypass_server: bool,
    people: int,
    script_path: Path | None,
    store: str | None,
    models_in_place: dict[str, Any],
    log_level: LogLevel,
) -> None:
    """Talk on this terminal with the worlds of CONFIG (without one, of the demo).

    Write to speak from the seat in the prompt; /help tells the rest. Input that is no terminal is taken line by
    line, each when the one before has been answered.

    With --channel messenger the seats are people with a Messenger: their words reach the webhook, and they see
    what the page sends them. Writing a quick reply or its number presses it, and so does the title of a button;
    Enter alone is Get Started.

    A script is a list of steps such as {seat: 1, says: hello} and {seat: 2, expects: hello}. Exits with 0, with 1
    if an expectation fails, with 2 if config or script cannot be used.
    """
    if bypass_server and channel == "messenger":
        raise click.UsageError("--bypass-server leaves out the server that --channel messenger is about")
    script = None if script_path is None else load_script(script_path)
    typed = script is None and _at_a_terminal()
    plan = load_plan_or_exit(_chosen_or_demo(config), {**_overrides(channel, typed=typed), **models_in_place})
    if script is not None and people < script.seats:
        refuse_given(f"is too small for {script.path}: expected at least {script.seats}, got {people}", "people")
        people = script.seats
    is_named = ctx.get_parameter_source("store") == click.core.ParameterSource.COMMANDLINE
    if not is_named and (config is None or channel == "messenger"):
        # People with ids that Meta does not know must not get into the record of those with a real page.
        store = MEMORY
    level = level_number(log_level)
    logging.getLogger().setLevel(level)
    table = _table(plan, channel, store, bypass_server=bypass_server)
    try:
        if script is not None:
            code = _play(table, people, script, level)
        elif typed:
            code = _talk(table, people, level)
        else:
            code = _pipe(table, people, level)
    except BrokenPipeError:
        # Whoever read has seen enough. Nothing can be written any more, not even by Python as it ends.
        _forget_output()
        code = exit_codes.OK
    finally:
        _close_for_good(table)
    if code != exit_codes.OK:
        raise click.exceptions.Exit(code)


def _chosen_or_demo(config: Path | None) -> Path:
    if config is not None:
        return config
    from ..app.examples import DEMO, example_config

    click.echo("parleyrun: no CONFIG was given, so this is the demo that comes along", err=True)
    return example_config(DEMO)


def _at_a_terminal() -> bool:
    from ..terminal.keyboard import can_use

    # Either is None where the shell was told to close it.
    return sys.stdin is not None and sys.stdout is not None and can_use(sys.stdin, sys.stdout)


def _overrides(channel: str, *, typed: bool) -> dict[str, Any]:
    """Return what is laid over the config: what is sure to be at hand here, whatever that says."""
    # The seats need no page of Meta's, so whatever the config says of one is left out.
    overrides: dict[str, Any] = {"channels": {**dict.fromkeys(CHANNELS.names()), "browser": {}}}
    # Nor do they come by a link.
    overrides["arrival"] = {"links": "open"}
    if channel == "messenger":
        from ..fake_graph.our_page import OUR_PAGE

        overrides.update(OUR_PAGE)
    if not typed:
        # A file is faster than any person, and must not be slowed down.
        overrides["limits"] = {"messages_per_second": 10_000}
    return overrides


def _table(plan: Plan, channel: str, store: str | None, *, bypass_server: bool) -> RoundTable:
    if channel == "messenger":
        from ..terminal.messenger_table import messenger_table

        return messenger_table(plan, store)
    return straight_table(plan, store) if bypass_server else web_table(plan, store)


def _close_for_good(table: RoundTable) -> None:
    """Close a table, unless that is done; a Ctrl-C in the middle of it, now or before, ends the process."""
    if not table.cut_short:
        with suppress(KeyboardInterrupt):
            _end_if_stuck(table.close())
    if table.cut_short:
        end_process(exit_codes.INTERRUPTED)
    bound_exit()


def _end_if_stuck(stuck: list[RunIdentity]) -> None:
    """Threads of author code that does not let go cannot be ended, and would keep Python from ending."""
    if stuck:
        names = ", ".join(map(str, stuck))
        click.echo(f"parleyrun: ended without these worlds, which would not stop: {names}", err=True)
        report_threads(thread for thread in threading.enumerate() if thread.name.startswith("parleyrun-worker"))
        end_process(exit_codes.INTERRUPTED)


def _forget_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _talk(table: RoundTable, people: int, log_level: int) -> int:
    from ..terminal.color_screen import Asides, LivelyScreen, talk_at
    from ..terminal.keyboard import Console
    from .common.output import style_for

    display = sys.stdout
    console = Console(
        sys.stdin.fileno(),
        display,
        lambda: screen.prompt(front.selected),
        lambda: screen.above_prompt(front.selected),
    )
    screen = LivelyScreen(console.write, style_for(display), alone=people == 1)
    asides = Asides(screen.styled, log_level)
    with asides.collecting():
        front = Front(people, table.open(), screen, marks_read=True)
        url = table.app.url
        if url is not None:
            console.write(screen.styled(f"Others can join in at {url}", dim=True))
        console.write(screen.styled(f"{OPENS_THE_DOOR} /help tells the rest.", dim=True))
        with console:
            # Ctrl-C is one of the ways to end; a second one, while people are being told, ends at once.
            with suppress(KeyboardInterrupt):
                talk_at(console, front, table.arrivals, asides)
            table.arrivals.wake = asides.wake = lambda: None
            front.look_away()
            console.write(screen.styled("Closing …", dim=True))
            stuck = table.close()
            front.show(table.arrivals.take())
            asides.show(console.write)
    _end_if_stuck(stuck)
    return exit_codes.OK


def _pipe(table: RoundTable, people: int, log_level: int) -> int:
    with _plain_screen(log_level) as screen:
        front = Front(people, table.open(), screen)
        click.echo(f"parleyrun: {OPENS_THE_DOOR}", err=True)
        lines = iter(()) if sys.stdin is None else lines_from(sys.stdin.fileno())
        talk_plainly(front, table.arrivals, table.settle, lines)
        _end_if_stuck(table.close())
    return exit_codes.OK


def _play(table: RoundTable, people: int, script: Script, log_level: int) -> int:
    with _plain_screen(log_level) as screen:
        front = Front(people, table.open(), screen)
        difference = play(script, front, table.arrivals, table.settle)
        if difference:
            screen.tell(difference)
        else:
            met = f"{script.path}: all {script.expectations} expectations were met"
            click.echo(f"parleyrun: {met}", err=True)
        _end_if_stuck(table.close())
    return exit_codes.FOUND if difference else exit_codes.OK


@contextmanager
def _plain_screen(log_level: int) -> Iterator[PlainScreen]:
    """Standard output is for what is said; what is logged, and what author code prints, goes to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.setLevel(log_level)
    root = logging.getLogger()
    root.addHandler(handler)
    screen = PlainScreen(sys.stdout, sys.stderr)
    try:
        with redirect_stdout(sys.stderr):
            yield screen
    finally:
        root.removeHandler(handler)
