"""`parleyrun serve`: open the doors of a config, and close them in good order."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..channels.browser import BrowserChannel
from ..config.plan import Plan
from ..config.schema import BrowserConfig, Config
from ..errors import ChannelError
from ..service.service import Service
from . import exit_codes, logs, tuning
from .composition import Composition, Server
from .render import load_plan_or_exit
from .shutdown import Shutdown, StopRequests, bound_exit

if TYPE_CHECKING:
    from .live_view import LiveView

log = logging.getLogger(__name__)


def _not_empty(_ctx: click.Context, _parameter: click.Parameter, host: str | None) -> str | None:
    if host is not None and not host.strip():
        # Say, an unset variable of a script. The system would take it for every address of this machine.
        raise click.BadParameter("expected an address, got nothing; 0.0.0.0 lets other machines in")
    return host


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--channel",
    type=click.Choice(["browser"]),
    help="How people come, whatever the config says of it.",
)
@click.option(
    "--host", callback=_not_empty, help="The address to listen on.  [default: the config's, or 127.0.0.1]"
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 takes a free one.  [default: the config's, or 8765]",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the log; json is one object a line.",
)
@click.option(
    "--grace",
    "grace_seconds",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long conversations may go on after Ctrl-C.  [default: the config's shutdown_grace, or 300]",
)
@click.option(
    "--store",
    metavar="PATH",
    help="Where to keep the record; ':memory:' for one that ends with the process.  "
    "[default: the config's, or the task name with .db]",
)
@click.pass_context
def serve(
    ctx: click.Context,
    config: Path,
    channel: str | None,
    host: str | None,
    port: int | None,
    log_format: logs.Form,
    grace_seconds: float | None,
    store: str | None,
) -> None:
    """Open the doors: run the tasks of CONFIG with people.

    One line on standard error, "ready: http://…", says that people can come, and where. On a terminal a live
    view follows, elsewhere the log.

    Ctrl-C (or SIGTERM) closes in good order: nobody new is let in, everyone is told, and conversations have
    the grace to come to an end. A second Ctrl-C ends them at once.

    \b
    Exit codes:
      0    closed in good order
      2    the command line or the config cannot be used, or a door cannot be opened or broke
      130  cut short: by a second Ctrl-C, by one before "ready", or as a world would not stop
    """
    logs.configure(log_format)
    plan = load_plan_or_exit(config, _overrides(channel, store))
    _refuse_messenger(plan.config)
    if grace_seconds is None:
        grace_seconds = plan.config.shutdown_grace
    tuning.allow_many_connections()
    with StopRequests() as requests:
        live = log_format == "text" and _is_live_terminal()
        failed = threading.Event()

        def server_failed() -> None:
            failed.set()
            requests.ask()

        code = _run(_browser_composition(plan, host, port, server_failed), requests, grace_seconds, live)
    bound_exit()
    ctx.exit(exit_codes.UNUSABLE if failed.is_set() else code)


def _overrides(channel: str | None, store: str | None) -> dict[str, Any]:
    overrides: dict[str, Any] = {}
    if channel is not None:
        overrides["channels"] = {"browser": {}, "messenger": None}
    if store is not None:
        overrides["store"] = {"path": store}
    return overrides


def _refuse_messenger(config: Config) -> None:
    if config.is_for_messenger:
        raise ChannelError(
            "the config has a page_id and no channels, so it is one for Messenger, which this version cannot "
            "open: use --channel browser to have people come over the web"
        )


def _browser_composition(
    plan: Plan, host: str | None, port: int | None, on_failure: Callable[[], None]
) -> Composition:
    """What the command line says goes before the config, and that before what holds without either."""
    config = plan.config
    address = config.browser or BrowserConfig()
    browser = BrowserChannel(texts=config.texts, limits=config.limits, title=config.task_name)
    make_server = partial(
        _make_server,
        browser,
        host=address.host if host is None else host,
        port=address.port if port is None else port,
        on_failure=on_failure,
    )
    return Composition(plan, [browser], make_server=make_server)


def _make_server(
    browser: BrowserChannel, service: Service, *, host: str, port: int, on_failure: Callable[[], None]
) -> Server:
    from ..web.server import WebServer  # needs the extra 'serve', and says so

    return WebServer(
        browser,
        host=host,
        port=port,
        figures=service.figures,
        closing=lambda: service.closing,
        trouble=service.trouble,
        on_failure=on_failure,
    )


def _is_live_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def _run(composition: Composition, requests: StopRequests, grace_seconds: float, live: bool) -> int:
    """Open, wait until somebody asks for the end, close; return the exit code."""
    with composition:
        requests.expect()
        tuning.favour_latency()
        click.echo(f"ready: {composition.url}", err=True)
        view = _live_view(composition) if live else None
        with view or nullcontext():
            requests.wait()
            closing = _closing_sentence(grace_seconds)
            if view is not None:
                view.say(closing)
            log.info(closing)
            shutdown = Shutdown(composition, requests, view.restore_terminal if view is not None else _nothing)
            code = shutdown.run(grace_seconds)
    figures = composition.service.figures()
    log.info(
        "closed: %d runs, %d messages in, %d out", figures.runs_started, figures.messages_in, figures.messages_out
    )
    return code


def _closing_sentence(grace_seconds: float) -> str:
    if not grace_seconds:
        return "closing: all conversations end now"
    return f"closing: conversations have {grace_seconds:g} s to end; Ctrl-C again ends them now"


def _live_view(composition: Composition) -> LiveView:
    from .live_view import LiveView  # and with it rich, which only a terminal needs

    return LiveView(composition.service.plan.config.task_name, composition.url or "", composition.service.figures)


def _nothing() -> None:
    """There is no view, so there is nothing to restore."""
