"""The worlds that the measurements run in. They stamp what cannot be seen from outside the server."""

import os
import time
from itertools import count

from parleyrun import World

PAIRS_A_PROCESS = 1_000_000
COMPUTED_SECONDS = 0.005
STEPS_A_LOOK = 2_000
"""So many that asking for the time, which holds up the whole processor for a moment, takes next to none of it."""

pair_numbers = count(1)


class BenchWorld(World):
    """What the worlds here share: each greets once, and is over when one of its people has left."""

    greeted = False
    done = False

    def parley(self):
        if not self.greeted:
            self.greeted = True
            self.greet()
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.hear(agent, act)

    def hear(self, agent, act):
        if act["episode_done"]:
            self.done = True
            return
        for partner in agent.message_partners or (agent,):
            partner.observe(act)

    def episode_done(self):
        return self.done


class MenuOverworld(World):
    """Says `menu`, and goes wherever its person names; notes when that was, as the start of their wait."""

    greeted = False

    def parley(self):
        agent = self.agents[0]
        if not self.greeted:
            self.greeted = True
            agent.observe({"id": "Menu", "text": "menu"})
        act = agent.act()
        if act is None:
            return None
        agent.data["chosen_at"] = time.monotonic()
        return act["text"]


class ListeningOverworld(World):
    """Hears what its person says, and says nothing."""

    def parley(self):
        self.agents[0].act()


class EchoWorld(BenchWorld):
    """One person, who hears what they say."""

    def greet(self):
        self.agents[0].observe({"id": "Echo", "text": "ready"})


class BriefWorld(EchoWorld):
    """One person, who hears what they say, and with that it is over."""

    def hear(self, agent, act):
        super().hear(agent, act)
        self.done = True


class ChatWorld(BenchWorld):
    """Two people, who hear each other.

    Its first line is `paired NUMBER MILLISECONDS`: the number of the pair, which says in which process its world
    began, and how long ago the later of the two chose this task. The choice lies a little before the entry into
    the pool, and the first parley a little after the entry into the task world, so that the figure errs on the
    slow side.
    """

    MAX_AGENTS = 2

    def greet(self):
        chosen_at = max(agent.data["chosen_at"] for agent in self.agents)
        waited_milliseconds = (time.monotonic() - chosen_at) * 1000
        number = os.getpid() * PAIRS_A_PROCESS + next(pair_numbers)
        line = f"paired {number} {waited_milliseconds:.3f}"
        for agent in self.agents:
            agent.observe({"id": "Guide", "text": line})


class ComputingWorld(ChatWorld):
    """The same, with some computing for every line."""

    def hear(self, agent, act):
        compute(COMPUTED_SECONDS)
        super().hear(agent, act)


def compute(seconds):
    """Keep a processor busy for so long, however many others want it, too."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        for _ in range(STEPS_A_LOOK):
            pass


class RolesWorld(ChatWorld):
    """The same, where matching asks author code who may be paired, and in which roles."""

    @staticmethod
    def eligibility_function(session):
        return not session.data.get("blocked", False)

    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("Robin", "Sasha"), strict=True):
            agent.disp_id = role


class BlockingWorld(World):
    """One person, waited for inside `parley()`: a thread is held all the time."""

    greeted = False
    done = False

    def parley(self):
        agent = self.agents[0]
        if not self.greeted:
            self.greeted = True
            agent.observe({"id": "Echo", "text": "ready"})
        act = agent.act_blocking()
        self.done = act["episode_done"]
        if not self.done:
            agent.observe(act)

    def episode_done(self):
        return self.done


class CountingOverworld(World):
    """Greets, and counts as far as it is asked to: `3 x` is answered with `x 1`, `x 2`, `x 3`."""

    greeted = False

    def parley(self):
        agent = self.agents[0]
        if not self.greeted:
            self.greeted = True
            agent.observe({"text": "hello"})
        act = agent.act()
        if act is not None:
            count, _, name = act["text"].partition(" ")
            for number in range(1, int(count) + 1):
                agent.observe({"text": f"{name} {number}"})
