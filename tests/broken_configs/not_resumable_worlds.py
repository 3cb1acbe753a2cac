"""World classes that hold what cannot be put on record, and one that does not."""

import threading

from parleyrun import World


class Lobby(World):
    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.choose = lambda act: act["text"]

    def parley(self):
        return None


class Sound(World):
    def parley(self):
        return None

    def episode_done(self):
        return True


class Reader(Sound):
    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.lines = (line for line in ["first", "second"])


class Locked(Sound):
    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.rooms = {"first": [threading.Lock()]}
