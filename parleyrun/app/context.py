"""What an app gives to the channels and stores that a package adds."""

from __future__ import annotations

from dataclasses import dataclass

from ..config.schema import Config
from ..runner.timers import Timers


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """What a channel or a store is built from, besides its own settings.

    `config` has the sentences the system says (`texts`), what one person may send (`limits`) and the `task_name`.
    `timers` tell what time it is (`clock`), and when it has passed.
    """

    config: Config
    timers: Timers
