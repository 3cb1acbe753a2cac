"""Everything the Messenger channel has to know before it can open. Its `repr` keeps the secrets to itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from ...config.schema import MessengerConfig
from .page_secrets import PageSecrets

_DEFAULTS = MessengerConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessengerSettings:
    """How one page is reached, and what may pass.

    `app_secret` None takes events whose signature nobody can check. `graph_url` has no slash at its end.
    """

    page_id: str
    page_token: str = field(repr=False)
    app_secret: str | None = field(repr=False)
    verify_token: str = field(repr=False)
    graph_url: str = _DEFAULTS.graph_url
    api_version: str = _DEFAULTS.api_version
    allow_images: bool = _DEFAULTS.allow_images
    max_sends_per_second: float = _DEFAULTS.max_sends_per_second
    human_agent: bool = _DEFAULTS.human_agent

    @classmethod
    def of(cls, page_id: str, config: MessengerConfig, secrets: PageSecrets) -> Self:
        """Put together what the config says and what is secret."""
        return cls(
            page_id=page_id,
            page_token=secrets.page_token,
            app_secret=secrets.app_secret,
            verify_token=secrets.verify_token,
            graph_url=config.graph_url.rstrip("/"),
            api_version=config.api_version,
            allow_images=config.allow_images,
            max_sends_per_second=config.max_sends_per_second,
            human_agent=config.human_agent,
        )
