"""The Messenger pages that a config speaks for: how they are reached, and what Meta says of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from functools import partial

from ..channels.messenger.graph.graph_client import GraphClient
from ..channels.messenger.page_secrets import (
    SECRET_NAMES,
    KnownSecret,
    PageSecrets,
    SecretFile,
    SecretSources,
    find_secrets,
    gather_secrets,
)
from ..channels.messenger.page_setup import page_requirements
from ..channels.messenger.settings import MessengerSettings
from ..config.schema import Config, MessengerConfig, secret_variables

log = logging.getLogger(__name__)

AskForPage = Callable[[str, str], str]
"""Asks a person for what a page, the first argument, needs: what the second one names."""


def page_settings(
    config: Config,
    *,
    ask: AskForPage | None = None,
    wanted: Collection[str] = tuple(SECRET_NAMES),
    force_page_token: bool = False,
    check: bool = True,
) -> tuple[MessengerSettings, ...]:
    """Return how a config's pages are reached: each secret from the environment, the config, or the user's files.

    Args:
        config: One that has a `page_id`.
        ask: Asks a person for a page's secret that is not known, which is then kept; None if there is nobody.
        wanted: The secrets that are needed, by their keys under `channels.messenger`; others are left out.
        force_page_token: Whether to ask for that one whatever is known of it. It is kept once Meta says that it
            is this page's.
        check: Whether Meta may be asked about that; without it such a token is used, and not kept.

    Raises:
        ChannelError: A secret is missing, cannot be read, or is not this page's.
    """
    pages = []
    for page_id, sources in _pages_of(config):
        secrets = gather_secrets(
            sources,
            ask=None if ask is None else partial(ask, page_id),
            wanted=wanted,
            force_page_token=force_page_token,
            check_page_token=partial(_check_page_token, page_id, sources.config) if check else None,
        )
        pages.append(MessengerSettings.of(page_id, sources.config, secrets))
    return tuple(pages)


def known_page_settings(config: Config) -> Iterator[tuple[MessengerSettings, dict[str, KnownSecret]]]:
    """Yield the same with the secrets that are known, empty where they are not; nobody is asked.

    With each page come these secrets by their keys under `channels.messenger`. Raises `ChannelError` as above.
    """
    for page_id, sources in _pages_of(config):
        found = find_secrets(sources)
        secrets = PageSecrets(**{name: known.value for name, known in found.items()})
        yield MessengerSettings.of(page_id, sources.config, secrets), found


def secret_variables_of(config: Config, page_id: str) -> dict[str, tuple[str, ...]]:
    """Return the variables that may hold each secret of a page, the first that is set counting."""
    alone = len(config.page_ids) == 1
    return {name: secret_variables(name, page_id, alone=alone) for name in SECRET_NAMES}


def graph_client(settings: MessengerSettings) -> GraphClient:
    """Return what asks Meta about a page; nothing is asked yet."""
    return GraphClient(
        graph_url=settings.graph_url,
        api_version=settings.api_version,
        page_id=settings.page_id,
        page_token=settings.page_token,
    )


def make_page_ready(settings: MessengerSettings, *, subscribe: bool = True) -> None:
    """Ask Meta whether the page can be opened, and, if `subscribe`, subscribe it to its events.

    Raises:
        ChannelError: It cannot; one line says what is wrong.
    """
    with closing(graph_client(settings)) as client:
        page = page_requirements.verify(client, settings)
        log.info("Messenger: the page is '%s' (%s)", page.name, page.id)
        if subscribe:
            new = page_requirements.subscribe(client)
            if new:
                log.info("Messenger: subscribed the page to %s", ", ".join(new))


def _check_page_token(page_id: str, config: MessengerConfig, token: str) -> None:
    """Raise `ChannelError` if a token is not that of the page."""
    settings = MessengerSettings.of(page_id, config, PageSecrets(page_token=token))
    with closing(graph_client(settings)) as client:
        page_requirements.check_page(page_requirements.whose_token(client), page_id)


def _pages_of(config: Config) -> Iterator[tuple[str, SecretSources]]:
    assert config.page_ids, "a sound config for Messenger has a page"
    for page_id in config.page_ids:
        variables = secret_variables_of(config, page_id)
        file = SecretFile.of_page(page_id, os.environ)
        yield page_id, SecretSources(config.messenger or MessengerConfig(), file, os.environ, variables)
