"""parleyrun: run dialogue tasks between people and bots from one YAML file.

All that a world author imports is here; names are loaded when they are first used, so that `import parleyrun`
costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.agents import Agent, BotAgent
    from .core.message import DISCONNECT_TEXT, TIMEOUT_TEXT, Act, Message
    from .core.opt import Opt
    from .core.world import World
    from .errors import ActError, ParleyrunError, RunStopped, WorldError

__version__ = "0.1.0"

__all__ = [
    "DISCONNECT_TEXT",
    "TIMEOUT_TEXT",
    "Act",
    "ActError",
    "Agent",
    "BotAgent",
    "Message",
    "Opt",
    "ParleyrunError",
    "RunStopped",
    "World",
    "WorldError",
    "__version__",
]

_HOMES = {
    "Agent": "core.agents",
    "BotAgent": "core.agents",
    "DISCONNECT_TEXT": "core.message",
    "TIMEOUT_TEXT": "core.message",
    "Act": "core.message",
    "Message": "core.message",
    "Opt": "core.opt",
    "World": "core.world",
    "ActError": "errors",
    "ParleyrunError": "errors",
    "RunStopped": "errors",
    "WorldError": "errors",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'parleyrun' has no attribute {name!r}")
    return getattr(import_module(f".{home}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
