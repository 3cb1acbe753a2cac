"""`parleyrun serve`: open the doors of a config, and close them in good order."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..app import exit_codes, tuning
from ..app.app import App
from ..app.console_door import print_console
from ..app.control.control_socket import operators_socket
from ..app.control.operator_client import user_name
from ..app.doors import address_of
from ..app.module_token import config_with_module_token
from ..app.serving import print_ready
from ..app.shutdown import Shutdown, StopRequests, abandon_process, bound_exit
from ..app.store_choice import store_named
from ..config.schema import MEMORY, SECRET_VARIABLES, Config
from ..text import did_you_mean
from .common import log_formats
from .common.config_argument import MODELS_IN_PLACE, ConfigPath
from .common.findings import load_plan_or_exit
from .common.given_options import refuse_given
from .common.page_options import PageOptions, page_options
from .common.store_files import STORE_VARIABLE

if TYPE_CHECKING:
    from ..channels.messenger.settings import MessengerSettings
    from .live.live_view import LiveView

log = logging.getLogger(__name__)


def _registered(_ctx: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    from ..config.extensions import CHANNELS  # which looks through what is installed

    known = CHANNELS.names()
    for name in names:
        if name not in known:
            raise click.BadParameter(f"there is no channel '{name}': {did_you_mean(name, known, 'channels')}")
    return names


def _not_empty(_ctx: click.Context, _parameter: click.Parameter, host: str | None) -> str | None:
    if host is not None and not host.strip():
        # Say, an unset variable of a script. The system would take it for every address of this machine.
        raise click.BadParameter("expected an address, got nothing; 0.0.0.0 lets other machines in")
    return host


@click.command()
@click.argument("config", type=ConfigPath())
@click.option(
    "--channel",
    "channels",
    metavar="[browser|messenger|…]",
    callback=_registered,
    multiple=True,
    help="How people come, whatever the config says of it: a channel's name; give it twice for two.",
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
@log_formats.log_level_option("info")
@click.option(
    "--grace",
    "grace_seconds",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long conversations may go on after Ctrl-C.  [default: the config's shutdown_grace, or 300]",
)
@click.option(
    "--store",
    envvar=STORE_VARIABLE,
    metavar="PATH|URL",
    help="Where to keep the record: a file, a PostgreSQL database, ':memory:' for one that ends with the process; "
    f"or {STORE_VARIABLE} in the environment.  [default: the config's, or the task name with .db]",
)
@click.option(
    "--console",
    is_flag=True,
    help="Have pages for those who run the study, at /console; a line says where, and with which token.",
)
@click.option(
    "--end-unrestorable",
    is_flag=True,
    help="End conversations on record that cannot go on with this config, instead of holding them.",
)
@click.option(
    "--reload",
    "reloads",
    is_flag=True,
    help="Take changes of the config, its texts and worlds for whatever begins after them; for trying things out.",
)
@MODELS_IN_PLACE
@page_options
@click.pass_context
def serve(
    ctx: click.Context,
    /,
    config: Path,
    channels: tuple[str, ...],
    host: str | None,
    port: int | None,
    log_format: log_formats.LogFormat,
    log_level: log_formats.LogLevel,
    grace_seconds: float | None,
    store: str | None,
    console: bool,
    end_unrestorable: bool,
    reloads: bool,
    models_in_place: dict[str, Any],
    **page_flags: bool,
) -> None:
    """Open the doors: run the tasks of CONFIG with people.

    One line on standard error, "ready: http://…", says that people can come, and where. On a terminal a live
    view follows, elsewhere the log. Messenger's webhook is at /webhook of that address; its secrets come from
    PARLEYRUN_PAGE_TOKEN, PARLEYRUN_APP_SECRET and PARLEYRUN_VERIFY_TOKEN, or are asked for and kept.

    Ctrl-C (or SIGTERM) closes in good order: nobody new is let in, everyone is told, and conversations have
    the grace to come to an end. A second Ctrl-C ends them at once.

    \b
    Exit codes:
      0    closed in good order
      2    the command line or the config cannot be used, or a door cannot be opened or broke
      130  cut short: by a second Ctrl-C, by one before "ready", or as a world would not stop
    """
    log_formats.configure(log_format, log_level)
    page = PageOptions(**page_flags)
    said = _overrides(channels, store, console=console, end_unrestorable=end_unrestorable)
    overrides = {**said, **models_in_place}
    began_to_read = time.time()
    plan = load_plan_or_exit(config, overrides)
    if grace_seconds is None:
        grace_seconds = plan.config.shutdown_grace
    if plan.config.store.path == MEMORY:
        refuse_given("is for what is on record, and this record begins with the service", "end_unrestorable")
    if plan.config.engine is not None:
        refuse_given("goes with engine: threads only, as hosts keep the worlds that they began with", "reloads")
    address = address_of(plan.config, host, port)
    pages = _page_settings(config_with_module_token(plan), page)
    tuning.allow_many_connections()
    with StopRequests() as requests:
        if pages is not None and not page.bypass_server:
            _make_ready(pages, subscribe=not page.no_subscribe)
        live = log_format == "text" and _is_live_terminal()
        app = App(plan, pages=pages, address=address, on_failure=requests.ask_as_door_broke)
        if app.web_server is None:
            refuse_given("is for the browser and Messenger, and this config opens neither", "host", "port")
        reloading = _reloading(app, config, overrides, began_to_read) if reloads else nullcontext()
        code = _run(app, requests, grace_seconds, live, reloading)
    bound_exit()
    ctx.exit(exit_codes.UNUSABLE if requests.door_broke else code)


def _overrides(
    channels: tuple[str, ...], store: str | None, *, console: bool, end_unrestorable: bool
) -> dict[str, Any]:
    overrides: dict[str, Any] = {}
    if channels:
        from ..config.extensions import CHANNELS

        overrides["channels"] = {name: {} if name in channels else None for name in CHANNELS.names()}
    if store is not None:
        overrides["store"] = store_named(store)
    if console:
        overrides["console"] = {}  # merged with what stands there
    if end_unrestorable:
        overrides.setdefault("store", {})["unrestorable"] = "end"
    return overrides


def _page_settings(config: Config, page: PageOptions) -> Sequence[MessengerSettings] | None:
    """Return how the config's pages are reached; None if it opens no Messenger."""
    if "messenger" not in config.doors:
        refuse_given("is for Messenger, which this config does not open", *(each.name for each in fields(page)))
        return None
    from .common.page_options import settings_of  # and with it requests, which only Messenger needs

    wanted = [name for name in SECRET_VARIABLES if not (page.insecure_webhook and name == "app_secret")]
    pages = settings_of(
        config, wanted=wanted, force_page_token=page.force_page_token, check=not page.bypass_server
    )
    if any(settings.app_secret is None for settings in pages):
        log.warning("Messenger: whatever reaches the webhook is believed (--insecure-webhook)")
    return pages


def _make_ready(pages: Sequence[MessengerSettings], *, subscribe: bool) -> None:
    from ..app.messenger_page import make_page_ready

    for settings in pages:
        make_page_ready(settings, subscribe=subscribe)


def _is_live_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def _reloading(
    app: App, config: Path, overrides: dict[str, Any], began_to_read: float
) -> AbstractContextManager[object]:
    from ..app.reloading import Reloading  # only where it is asked for
    from .common.findings import read_plan_again

    return Reloading(app, config, partial(read_plan_again, config, overrides), since=began_to_read)


def _run(
    app: App,
    requests: StopRequests,
    grace_seconds: float,
    live: bool,
    reloading: AbstractContextManager[object],
) -> int:
    """Open, wait until somebody asks for the end, close; return the exit code."""
    with app, operators_socket(app.service.operators, app.store_file):
        requests.expect()
        tuning.favour_latency()
        print_ready(app.where)
        print_console(app.console)
        view = _live_view(app) if live else None
        with view or nullcontext():
            with reloading:
                requests.wait()
            closing = _closing_sentence(grace_seconds)
            if view is not None:
                view.say(closing)
            log.info(closing)
            abandon = partial(abandon_process, _nothing if view is None else view.restore_terminal)
            shutdown = Shutdown(app, requests, abandon)
            if shutdown.run(grace_seconds):
                abandon()
    figures = app.service.counts()
    conversations = figures.conversations
    log.info(
        "closed: %d conversations on record finished, %d ended otherwise, %d go on with the next start; "
        "%d messages in, %d out since this one",
        conversations.finished, sum(conversations.ended.values()), conversations.now,
        figures.messages_in, figures.messages_out,
    )  # fmt: skip
    return exit_codes.INTERRUPTED if shutdown.cut_short else exit_codes.OK


def _closing_sentence(grace_seconds: float) -> str:
    if not grace_seconds:
        return "closing: all conversations end now"
    return f"closing: conversations have {grace_seconds:g} s to end; Ctrl-C again ends them now"


def _live_view(app: App) -> LiveView:
    from .live.live_view import LiveView  # and with it rich, which only a terminal needs
    from .live.study_browser import StudyBrowser

    service, title = app.service, app.plan.config.task_name
    browser = StudyBrowser(service.operators, user_name(), time.time)
    parts = (service.counts, app.door_figures, service.trouble, app.models.figures)
    return LiveView(title, app.url or "", *parts, browser)


def _nothing() -> None:
    """There is no view, so there is nothing to restore."""
