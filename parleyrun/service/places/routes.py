"""Routes: where people can be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..sessions import Session

Farewell = Literal["goodbye", "left", "failed"]
"""Why somebody is outside: they said goodbye, stayed away for too long, or nothing could be done with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The ways between places, each to be taken on the desk.

    Attributes:
        to_overworld: Sends somebody to their overworld, or a fresh one.
        to_task: Sends somebody to a task by its key: first to its onboarding, then to its pool.
        outside: Sends somebody out of the door.
    """

    to_overworld: Callable[[Session], None]
    to_task: Callable[[Session, str], None]
    outside: Callable[[Session, Farewell], None]
