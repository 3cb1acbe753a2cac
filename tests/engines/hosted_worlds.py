"""Worlds that are executed on hosts. They are classes of a module, as what is pickled has to be."""

from __future__ import annotations

from parleyrun import World


class Hall(World):
    """Sends its person where they say."""

    def parley(self):
        act = self.agents[0].act()
        return None if act is None else act["text"]

    def return_overworld(self):
        self.agents[0].observe({"text": "back"})


class Pair(World):
    """Hands words on, numbered; `bye` ends it, `boom` breaks it."""

    said = 0
    done = False

    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("Anna", "Bert"), strict=False):
            agent.disp_id = role

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is None:
                continue
            self.said += 1
            agent.data["words"] = agent.data.get("words", 0) + 1
            if act["text"] == "boom":
                raise ValueError("boom")
            if act["text"] == "onwards":
                agent.data["next_task"] = "pair"
            self.done = act["text"] in ("bye", "onwards") or act["episode_done"]
            for other in agent.message_partners:
                other.observe({"id": agent.disp_id, "text": f"{self.said} {act['text']}"})

    def episode_done(self):
        return self.done


class Interview(World):
    """Waits inside `parley()`, and counts what it was asked since the beginning of it."""

    asked = 0

    def parley(self):
        (agent,) = self.agents
        agent.observe({"text": "name?"})
        name = agent.act_blocking()["text"]
        agent.observe({"text": "town?"})
        town = agent.act_blocking()["text"]
        self.asked += 1
        agent.observe({"text": f"{name} of {town}, {self.asked}"})

    def episode_done(self):
        return self.asked >= 2

    def time_is_up(self):
        self.agents[0].observe({"text": "no more time"})
        self.asked = 2


class Messy(Pair):
    """Cannot be pickled."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.secret = lambda: None


class Writer(World):
    """Writes to its person by way of the service, which is not where hosts are."""

    def parley(self):
        self.agents[0].act_blocking()
        self.agents[0].manager.observe_message(self.agents[0].id, "hello")

    def episode_done(self):
        return False


class Waits(World):
    """Waits inside `parley()` for its first person, time and again."""

    def parley(self):
        for agent in self.agents:
            agent.observe({"text": "and now?"})
        self.agents[0].act_blocking()
        self.agents[0].act_blocking()

    def episode_done(self):
        return False
