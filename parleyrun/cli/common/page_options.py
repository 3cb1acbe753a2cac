"""The options of a page, and asking for its secrets, which are never an argument."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ...channels.messenger.page_secrets import SECRET_NAMES
from ...config.schema import Config, secret_variables

if TYPE_CHECKING:
    from ...channels.messenger.settings import MessengerSettings


def settings_of(
    config: Config,
    *,
    wanted: Collection[str] = tuple(SECRET_NAMES),
    force_page_token: bool = False,
    check: bool = True,
) -> tuple[MessengerSettings, ...]:
    """Return how a config's pages are reached; on a terminal, ask for secrets that are missing, and keep them.

    Args:
        config: A config for Messenger.
        wanted: The secrets that are needed, by their keys under `channels.messenger`; others are left out.
        force_page_token: Whether to ask for the page token, whatever is known of it.
        check: Whether Meta is asked about a forced token before it is kept; otherwise it is not kept.

    Raises:
        ChannelError: A secret is missing, cannot be read, or is not this page's.
    """
    from ...app.messenger_page import page_settings  # and with it requests, which only Messenger needs

    pages = page_settings(
        config,
        ask=_ask if can_ask() else None,
        wanted=wanted,
        force_page_token=force_page_token,
        check=check,
    )
    if force_page_token and not check:
        click.echo("parleyrun: Meta was not asked about this page token, so it is for this start only", err=True)
    for page in pages if force_page_token else ():
        (variable,) = secret_variables("page_token", page.page_id, alone=len(pages) == 1)
        if os.environ.get(variable):
            click.echo(
                f"parleyrun: {variable} is set, and goes before this token from the next start on", err=True
            )
    return pages


def can_ask() -> bool:
    """Whether somebody is at a terminal who could be asked for a secret."""
    return sys.stdin is not None and sys.stderr is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _ask(page_id: str, what: str) -> str:
    """Ask a person for a secret of a page."""
    answer: str = click.prompt(f"{what} of page {page_id} (not shown)", hide_input=True, err=True)
    return answer


_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What `page_options` gives a command, as its keyword arguments."""

    bypass_server: bool
    no_subscribe: bool
    insecure_webhook: bool
    force_page_token: bool


def page_options(command: _Command) -> _Command:
    """Give a command the options that only matter to Messenger."""
    for name, what in (
        (
            "--force-page-token",
            "ask for the page token, whatever is known of it; keep it if it is the page's.",
        ),
        ("--insecure-webhook", "believe whatever reaches the webhook, whoever sent it."),
        ("--no-subscribe", "leave alone which events Meta tells the webhook of."),
        ("--bypass-server", "start without asking Meta about the page."),
    ):
        command = click.option(name, is_flag=True, help=f"Messenger: {what}")(command)
    return command
