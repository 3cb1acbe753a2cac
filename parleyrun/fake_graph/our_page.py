"""Our page: how a service is brought to speak for a page that is not Meta's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..channels.messenger.page_secrets import PageSecrets
from ..channels.messenger.settings import MessengerSettings
from ..config.schema import SECRET_VARIABLES, MessengerConfig
from . import FakeGraph

PAGE_ID = "104200000000042"

OUR_PAGE: Mapping[str, Any] = {
    "page_id": PAGE_ID,
    "channels": {
        "browser": {},
        "messenger": {"graph_url": None, "api_version": None, **dict.fromkeys(SECRET_VARIABLES)},
    },
}
"""What is laid over a config so that it speaks for our page, whatever page it has; browsers are let in as well."""


def settings_for(graph: FakeGraph, config: MessengerConfig | None) -> MessengerSettings:
    """Return how the page of `graph` is reached, and all else as the config says."""
    secrets = PageSecrets(graph.page_token, graph.app_secret, graph.verify_token)
    return replace(MessengerSettings.of(graph.page_id, config or MessengerConfig(), secrets), graph_url=graph.url)
