"""What an app gives to its channels and to its store."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..config.schema import Config
from ..runner.timers import Timers
from ..store.media_library import ShownMedia
from ..study.signed_links import link_secret

if TYPE_CHECKING:
    from ..channels.messenger.settings import MessengerSettings


def _no_secret() -> bytes:
    return link_secret(None, os.environ)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """What a channel or a store is built from, besides its own settings.

    `config` has the sentences the system says (`texts`), what one person may send (`limits`) and the `task_name`.
    `timers` tell what time it is (`clock`), and when it has passed. `pages` is how the Messenger pages are
    reached, if that was told. `media` knows what authors upload, and the personas they speak as.
    `link_secret` returns what people's links are signed with, where they are.
    """

    config: Config
    timers: Timers
    pages: Sequence[MessengerSettings] | None = None
    media: ShownMedia | None = None
    link_secret: Callable[[], bytes] = _no_secret
