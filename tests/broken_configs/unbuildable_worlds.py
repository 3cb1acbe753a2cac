"""A world that raises when it is built."""

from broken_worlds import Chat, Lobby

__all__ = ["Lobby", "Unbuildable"]


class Unbuildable(Chat):
    @staticmethod
    def generate_world(opt, agents):
        return Unbuildable(opt, agents[2])
