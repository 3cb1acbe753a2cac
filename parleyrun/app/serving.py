"""Serving: the doors of a config are open until somebody asks for the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.schema import Config
from ..errors import ChannelError, WorldError
from ..store.protocol import Store
from .app import App
from .console_door import print_console
from .control.control_socket import operators_socket
from .doors import address_of
from .module_token import config_with_module_token
from .planning import ConfigSource, plan_of
from .shutdown import Shutdown, StopRequests

if TYPE_CHECKING:
    from ..channels.messenger.settings import MessengerSettings


def print_ready(where: str) -> None:
    """Say on standard error that people can come, and where."""
    print(f"ready: {where}", file=sys.stderr, flush=True)


def serve(
    config: ConfigSource,
    *,
    worlds: Any = None,
    store: Store | Path | str | None = None,
    host: str | None = None,
    port: int | None = None,
    grace_seconds: float | None = None,
    on_ready: Callable[[str], object] = print_ready,
    stop: StopRequests | None = None,
) -> None:
    """Open the doors of a config, and keep them open until Ctrl-C or SIGTERM. Blocks.

    The end is one in good order: nobody new is let in, everyone is told, and conversations have their grace; a
    second Ctrl-C ends them at once. What was being said is on record, and goes on at the next start. Where you
    need the thread for something else, as in most notebooks, use `App`.

    Args:
        config: The path of a file, or the values that would stand in one.
        worlds: Where the worlds are, instead of `world_module`: a module, or anything that has them as
            attributes.
        store: Where to keep the record, whatever the config says; `":memory:"` for one that ends with this call.
        host: The address to listen on; without it the config's, or 127.0.0.1.
        port: The port to listen on, 0 for any free one; without it the config's, or 8765.
        grace_seconds: How long conversations may go on after the end was asked for; without it the config's
            `shutdown_grace`.
        on_ready: Called once people can come, with the address; where no channel has a web server, with the names
            of the channels.
        stop: Its `ask()`, on any thread, is as good as Ctrl-C: for a call that is not on the main thread, where
            no signal arrives.

    Raises:
        ConfigError: The config cannot be used; its text tells all that `parleyrun validate` would.
        ChannelError: A door cannot be opened, or broke.
        StoreError: The record cannot be opened.
        WorldError: `module_initialize` fails, or worlds would not stop.
        MissingExtra: A channel needs a package that is not installed.
    """
    plan = plan_of(config, worlds)
    with stop or StopRequests() as requests:
        app = App(
            plan,
            store=store,
            pages=_ready_pages(config_with_module_token(plan)),
            address=address_of(plan.config, host, port),
            on_failure=requests.ask_as_door_broke,
        )
        with app, operators_socket(app.service.operators, app.store_file):
            requests.expect()
            on_ready(app.where)
            print_console(app.console)
            requests.wait()
            stuck = Shutdown(app, requests).run(grace_seconds)
    if requests.door_broke:
        raise ChannelError("the web server stopped by itself; the log says why")
    if stuck:
        raise WorldError(f"worlds that would not stop: {', '.join(map(str, stuck))}")


def _ready_pages(config: Config) -> Sequence[MessengerSettings] | None:
    """Return how the config's Messenger pages are reached, once Meta says they can be; None without Messenger."""
    if "messenger" not in config.doors:
        return None
    from .messenger_page import make_page_ready, page_settings  # and with it requests, which only Messenger needs

    pages = page_settings(config)
    for page in pages:
        make_page_ready(page)
    return pages
