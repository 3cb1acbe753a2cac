"""A page token that the world module knows: ParlAI's `get_app_token`."""

from __future__ import annotations

import os
from dataclasses import replace

from ..config.plan import Plan
from ..config.schema import Config, MessengerConfig, secret_variables
from ..errors import ChannelError


def config_with_module_token(plan: Plan) -> Config:
    """Return a plan's config, with its world module's page token where nobody else has one.

    Raises:
        ChannelError: `get_app_token()` fails, or returns no token.
    """
    config = plan.config
    # Without a page it names, a token belongs to nobody: several pages have theirs in the environment.
    if plan.get_app_token is None or "messenger" not in config.doors or len(config.page_ids) != 1:
        return config
    messenger = config.messenger or MessengerConfig()
    names = secret_variables("page_token", config.page_ids[0], alone=True)
    if messenger.page_token or any(os.environ.get(name) for name in names):
        return config
    try:
        token = plan.get_app_token()
    except Exception as error:  # author code may raise anything; its message may hold the token
        raise ChannelError(f"get_app_token() of the world module raised {type(error).__name__}") from error
    if not isinstance(token, str) or not token.strip():
        raise ChannelError(
            f"expected get_app_token() of the world module to return the page token, got {type(token).__name__}"
        )
    return replace(config, messenger=replace(messenger, page_token=token.strip()))
