"""World classes for the configs in this folder: some good, each of the others with something wrong."""

from parleyrun import World


class Lobby(World):
    MENU = ("chat", "echo")

    def parley(self):
        return self.agents[0].act()


class MenuLobby(World):
    """Offers chat and echo. The word secret stands here only."""

    def parley(self):
        self.agents[0].observe({"id": "", "text": "Where to?", "quick_replies": ["Chat", "echo with me", "EXIT"]})


class Chat(World):
    MAX_AGENTS = 2

    @staticmethod
    def generate_world(opt, agents):
        return Chat(opt, agents)

    def parley(self):
        self.agents[0].data["next_task"] = "after"

    def episode_done(self):
        return True


class Solo(Chat):
    MAX_AGENTS = 1


HALL = "a hall, and no world"


class Methodless:
    def epsiode_done(self):
        return True


class Misspelt(World):
    def parly(self):
        return None

    def episode_done(self):
        return True


class Endless(World):
    def parley(self):
        return None

    def episode_dne(self):
        return True


class NeedsStatic(Chat):
    def generate_world(self, opt, agents):
        return NeedsStatic(opt, agents)

    def assign_roles(self, agents):
        agents[0].disp_id = "first"

    def eligibility_function(cls, session):
        return True


class WrongSignatures(Chat):
    @staticmethod
    def generate_world(opt):
        return WrongSignatures(opt)

    def parley():
        return None

    @staticmethod
    def episode_done(self):
        return True

    def shutdown(self, reason):
        return None

    @staticmethod
    def assign_roles():
        return None

    @staticmethod
    def eligibility_function(session, limit):
        return True


class WrongConstructor(World):
    def __init__(self, opt):
        super().__init__(opt)

    def parley(self):
        return None

    def episode_done(self):
        return True


class AsyncWorld(Chat):
    async def parley(self):
        return None


class NotCallable(Chat):
    generate_world = "Chat"
    episode_done = False
    assign_roles = ["first", "second"]


class BadMaxAgents(Chat):
    MAX_AGENTS = "two"


class gated:
    @staticmethod
    def eligibility_function():
        return True


class Talk(Chat):
    MAX_AGENTS = None


def decide(seat):
    return bool(seat)


def guess(word: bytes) -> str:
    return str(word)
