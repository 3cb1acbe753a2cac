"""The page that a config speaks for: its secrets, which are never an argument, and what Meta says of it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from ...channels.messenger.graph.graph_client import GraphClient
from ...channels.messenger.page_secrets import (
    SECRET_NAMES,
    Ask,
    KnownSecret,
    PageSecrets,
    SecretFile,
    find_secrets,
    gather_secrets,
)
from ...channels.messenger.page_setup import page_requirements
from ...channels.messenger.settings import MessengerSettings
from ...config.schema import SECRET_VARIABLES, Config, MessengerConfig

log = logging.getLogger(__name__)


def settings_of(
    config: Config, *, wanted: Collection[str] = tuple(SECRET_NAMES), force_page_token: bool = False
) -> MessengerSettings:
    """Return how a config's page is reached; on a terminal, ask for secrets that are missing, and keep them.

    `wanted` are the secrets that are needed, by their keys under `channels.messenger`; others are left out.
    Raises `ChannelError` where one is missing, or cannot be read.
    """
    page_id, told, file = _page_of(config)
    secrets = gather_secrets(
        told,
        file,
        environment=os.environ,
        ask=_asking_for(page_id),
        wanted=wanted,
        force_page_token=force_page_token,
    )
    variable = SECRET_VARIABLES["page_token"]
    if force_page_token and os.environ.get(variable):
        click.echo(f"parleyrun: {variable} is set, and goes before this token from the next start on", err=True)
    return MessengerSettings.of(page_id, told, secrets)


def known_settings_of(config: Config) -> tuple[MessengerSettings, dict[str, KnownSecret]]:
    """Return the same with the secrets that are known, empty where they are not; nobody is asked.

    With it come these secrets by their keys under `channels.messenger`. Raises `ChannelError` as above.
    """
    page_id, told, file = _page_of(config)
    found = find_secrets(told, file, os.environ)
    secrets = PageSecrets(**{name: known.value for name, known in found.items()})
    return MessengerSettings.of(page_id, told, secrets), found


def can_ask() -> bool:
    """Whether somebody is at a terminal who could be asked for a secret."""
    return sys.stdin is not None and sys.stderr is not None and sys.stdin.isatty() and sys.stderr.isatty()


def client_of(settings: MessengerSettings) -> GraphClient:
    """Return what asks Meta about a page; nothing is asked yet."""
    return GraphClient(
        graph_url=settings.graph_url,
        api_version=settings.api_version,
        page_id=settings.page_id,
        page_token=settings.page_token,
    )


def make_ready(settings: MessengerSettings, *, subscribe: bool) -> None:
    """Ask Meta whether the page can be opened, and, if `subscribe`, subscribe it to its events.

    Raises `ChannelError` that says in one line what is wrong.
    """
    with closing(client_of(settings)) as client:
        page = page_requirements.verify(client, settings)
        log.info("Messenger: the page is '%s' (%s)", page.name, page.id)
        if subscribe:
            new = page_requirements.subscribe(client)
            if new:
                log.info("Messenger: subscribed the page to %s", ", ".join(new))


def _page_of(config: Config) -> tuple[str, MessengerConfig, SecretFile]:
    assert config.page_id is not None, "a sound config for Messenger has a page"
    return config.page_id, config.messenger or MessengerConfig(), SecretFile.of_page(config.page_id, os.environ)


def _asking_for(page_id: str) -> Ask | None:
    """Return what asks a person for a secret; None where nobody is there to answer."""
    if not can_ask():
        return None

    def ask(what: str) -> str:
        answer: str = click.prompt(f"{what} of page {page_id} (not shown)", hide_input=True, err=True)
        return answer

    return ask


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
        ("--force-page-token", "ask for the page token, whatever is known of it, and keep it."),
        ("--insecure-webhook", "believe whatever reaches the webhook, whoever sent it."),
        ("--no-subscribe", "leave alone which events Meta tells the webhook of."),
        ("--bypass-server", "start without asking Meta about the page."),
    ):
        command = click.option(name, is_flag=True, help=f"Messenger: {what}")(command)
    return command
