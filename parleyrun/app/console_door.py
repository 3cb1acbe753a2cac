"""The console's door: the operators' pages of an app, on the page's port or on one of their own."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from ..config.schema import BrowserConfig, Config
from ..runner.timers import Timers
from ..service.service import Service
from ..store.protocol import Store
from .store_choice import file_of, record_of

if TYPE_CHECKING:
    from ..web.console.console_app import ConsoleApp
    from ..web.console.console_tokens import ConsoleTokens


class ConsoleDoor:
    """Where those who run a study look into it, and act in it, from a browser or over HTTP.

    Attributes:
        app: Answers for it.
        tokens: Let people in.
        address: Where it listens by itself; None where it stands on the page's port.
        url: Where it is, without a token; empty before the app is started.
    """

    def __init__(
        self, app: ConsoleApp, tokens: ConsoleTokens, address: BrowserConfig | None, base_path: str
    ) -> None:
        self.app = app
        self.tokens = tokens
        self.address = address
        self.url = ""
        self._base_path = base_path.rstrip("/")

    def stands_at(self, server_url: str) -> None:
        """Tell where the server is that it is on."""
        self.url = f"{server_url}{self._base_path}/console/"

    @property
    def link(self) -> str:
        """An address that lets in whoever opens it.

        The token is behind a `#`, which browsers send to nobody: no log on the way has it.
        """
        return f"{self.url}#token={self.tokens.act}"


def make_console(
    config: Config, service: Service, store: Store, timers: Timers, address: BrowserConfig
) -> ConsoleDoor | None:
    """Build the console of a config; None if it has none.

    Args:
        config: What says whether there is one, and where.
        service: What is looked into.
        store: Beside its file the tokens are kept, if the environment has none.
        timers: What time it is.
        address: Where the page listens, and who is answered there.

    Raises:
        ChannelError: A token cannot be used.
        MissingExtra: The web server's packages are not installed.
    """
    if config.console is None:
        return None
    from ..web.web_server import make_console_app  # needs the extra 'serve', and says so

    own = config.console.own_address
    if own is not None:
        address = replace(address, host=own[0], port=own[1])
    from ..web.console.console_tokens import console_tokens

    tokens = console_tokens(file_of(store), os.environ)
    app = make_console_app(
        service.operators,
        tokens,
        timers.clock,
        address,
        title=config.task_name,
        record=record_of(store),
    )
    return ConsoleDoor(app, tokens, None if own is None else address, address.base_path)


def print_console(console: ConsoleDoor | None) -> None:
    """Say on standard error where the console is.

    With the token only where a person reads it, or where it is nowhere else: what is no terminal is often a log.
    """
    if console is None:
        return
    kept_in = console.tokens.kept_in
    if kept_in is None or sys.stderr.isatty():
        said = console.link
    else:
        said = f"{console.url} (the token is in {kept_in})"
    print(f"console: {said}", file=sys.stderr, flush=True)
