"""Good worlds, and hooks that cannot be called."""

from broken_worlds import Chat, Lobby

__all__ = ["Chat", "Lobby"]

after_agent_removed = "later"


def module_initialize(opt):
    return opt


async def mark_removed(participant_id, page_id):
    return None
