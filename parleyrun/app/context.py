"""What an app gives to its channels and to its store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..config.schema import Config
from ..runner.timers import Timers
from ..store.media_library import ShownMedia

if TYPE_CHECKING:
    from ..channels.messenger.settings import MessengerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """What a channel or a store is built from, besides its own settings.

    `config` has the sentences the system says (`texts`), what one person may send (`limits`) and the `task_name`.
    `timers` tell what time it is (`clock`), and when it has passed. `pages` is how the Messenger pages are
    reached, if that was told. `media` knows what authors upload, and the personas they speak as.
    """

    config: Config
    timers: Timers
    pages: Sequence[MessengerSettings] | None = None
    media: ShownMedia | None = None
