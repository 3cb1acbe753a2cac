"""A module that is not Python."""

class Lobby
    pass
