"""The worlds of the tests that run everything at once."""

from __future__ import annotations

from parleyrun import World


class Menu(World):
    """Greets, and leads to a task."""

    greeted = False

    def parley(self):
        agent = self.agents[0]
        if not self.greeted:
            self.greeted = True
            agent.observe({"id": "Guide", "text": "Welcome!", "quick_replies": ["chat", "echo", "EXIT"]})
        act = agent.act()
        if act is None:
            return None
        if act["text"] in ("chat", "echo", "EXIT"):
            return act["text"]
        agent.observe({"id": "Guide", "text": "Please press a button", "quick_replies": ["chat", "echo", "EXIT"]})
        return None


class Chat(World):
    """Two people; what one says the other hears, with whatever comes along. BYE ends it."""

    MAX_AGENTS = 2

    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("Ann", "Bob"), strict=True):
            agent.disp_id = role

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.done = False
        for agent in agents:
            agent.observe({"text": f"You are {agent.role}"})

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.done = self.done or act["episode_done"] or act["text"] == "BYE"
                for partner in agent.message_partners:
                    partner.observe(act)

    def episode_done(self):
        return self.done


class Echo(World):
    """One person, and what they say. 'count N' says the numbers to N, 'typing' only pretends to write."""

    MAX_AGENTS = 1
    done = False

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        agents[0].observe({"id": "Echo", "text": "Say something"})

    def parley(self):
        agent = self.agents[0]
        act = agent.act()
        if act is None:
            return
        word, _, rest = act["text"].partition(" ")
        if word == "count":
            for number in range(1, int(rest) + 1):
                agent.observe({"id": "Echo", "text": f"number {number}"})
        elif word == "typing":
            agent.typing_on()
        else:
            self.done = act["text"] == "BYE" or act["episode_done"]
            agent.observe({"id": "Echo", "text": f"heard {act['text']}"})

    def episode_done(self):
        return self.done
