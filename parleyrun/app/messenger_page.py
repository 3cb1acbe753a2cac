"""The Messenger page that a config speaks for: how it is reached, and what Meta says of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from contextlib import closing

from ..channels.messenger.graph.graph_client import GraphClient
from ..channels.messenger.page_secrets import (
    SECRET_NAMES,
    Ask,
    KnownSecret,
    PageSecrets,
    SecretFile,
    find_secrets,
    gather_secrets,
)
from ..channels.messenger.page_setup import page_requirements
from ..channels.messenger.settings import MessengerSettings
from ..config.schema import Config, MessengerConfig

log = logging.getLogger(__name__)


def page_settings(
    config: Config,
    *,
    ask: Ask | None = None,
    wanted: Collection[str] = tuple(SECRET_NAMES),
    force_page_token: bool = False,
    check: bool = True,
) -> MessengerSettings:
    """Return how a config's page is reached: each secret from the environment, the config, or the user's file.

    Args:
        config: One that has a `page_id`.
        ask: Asks a person for a secret that is not known, which is then kept; None if there is nobody.
        wanted: The secrets that are needed, by their keys under `channels.messenger`; others are left out.
        force_page_token: Whether to ask for that one whatever is known of it. It is kept once Meta says that it
            is this page's.
        check: Whether Meta may be asked about that; without it such a token is used, and not kept.

    Raises:
        ChannelError: A secret is missing, cannot be read, or is not this page's.
    """
    page_id, told, file = _page_of(config)

    def check_page_token(token: str) -> None:
        settings = MessengerSettings.of(page_id, told, PageSecrets(page_token=token))
        with closing(graph_client(settings)) as client:
            page_requirements.check_page(page_requirements.whose_token(client), page_id)

    secrets = gather_secrets(
        told,
        file,
        environment=os.environ,
        ask=ask,
        wanted=wanted,
        force_page_token=force_page_token,
        check_page_token=check_page_token if check else None,
    )
    return MessengerSettings.of(page_id, told, secrets)


def known_page_settings(config: Config) -> tuple[MessengerSettings, dict[str, KnownSecret]]:
    """Return the same with the secrets that are known, empty where they are not; nobody is asked.

    With it come these secrets by their keys under `channels.messenger`. Raises `ChannelError` as above.
    """
    page_id, told, file = _page_of(config)
    found = find_secrets(told, file, os.environ)
    secrets = PageSecrets(**{name: known.value for name, known in found.items()})
    return MessengerSettings.of(page_id, told, secrets), found


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


def _page_of(config: Config) -> tuple[str, MessengerConfig, SecretFile]:
    assert config.page_id is not None, "a sound config for Messenger has a page"
    return config.page_id, config.messenger or MessengerConfig(), SecretFile.of_page(config.page_id, os.environ)
