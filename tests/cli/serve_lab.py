"""A small config with worlds of its own, and people who visit it over a websocket."""

from __future__ import annotations

from plain_client import PlainClient

WORLDS = '''
import logging
import threading
import warnings

from parleyrun import World


class Hall(World):
    """Sends people where they ask to go; their first message is only a greeting."""

    greeted = False

    def parley(self):
        if not self.greeted:
            self.greeted = True
            self.agents[0].observe({"id": "Hall", "text": "where to?"})
        act = self.agents[0].act()
        return None if act is None else act["text"]

    def return_overworld(self):
        self.greeted = False


class Talk(World):
    """What one says, all see; BYE ends it."""

    done = started = False

    def parley(self):
        if not self.started:
            self.started = True
            for agent in self.agents:
                agent.observe({"id": "Talk", "text": "talk!"})
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.done = act["text"] == "BYE" or act["episode_done"]
                for each in self.agents:
                    each.observe(act)

    def episode_done(self):
        return self.done


class Echo(Talk):
    """One person's."""


class Broken(World):
    def parley(self):
        warnings.warn("this is not going well")
        raise ValueError("the world is broken")

    def episode_done(self):
        return False


class Stubborn(World):
    """Computes for ever, whatever anybody asks of it."""

    def parley(self):
        self.agents[0].observe({"id": "Stubborn", "text": "thinking"})
        logging.getLogger("worlds").info("thinking begins")
        threading.Event().wait()

    def episode_done(self):
        return False
'''

CONFIG = """
task_name: lab
world_module: lab_worlds
overworld: Hall
tasks:
  echo: {task_world: Echo}
  talk: {task_world: Talk, agents_required: 2}
  broken: {task_world: Broken}
  stubborn: {task_world: Stubborn}
"""


class Visitor(PlainClient):
    """Somebody who came to these worlds over a websocket."""

    def goes_to(self, task: str) -> None:
        self.says("hi")
        self.sees("where to?")
        self.says(task)
