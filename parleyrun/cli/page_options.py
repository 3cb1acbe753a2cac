"""Options that say how a page is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What `page_options` gives a command, as its keyword arguments."""

    bypass_server: bool
    no_subscribe: bool
    insecure_webhook: bool
    force_page_token: bool


def page_options(command: Command) -> Command:
    """Give a command the options that only matter to Messenger."""
    for name, what in (
        ("--force-page-token", "ask for the page token, whatever is known of it, and keep it."),
        ("--insecure-webhook", "believe whatever reaches the webhook, whoever sent it."),
        ("--no-subscribe", "leave alone which events Meta tells the webhook of."),
        ("--bypass-server", "start without asking Meta about the page."),
    ):
        command = click.option(name, is_flag=True, help=f"Messenger: {what}")(command)
    return command
