"""The smallest worlds that a service can be tried with."""

from types import SimpleNamespace

from parleyrun import World
from parleyrun.testing import rehearse


class Small(World):
    """Over once `done` is set; `parley()` does nothing."""

    done = False

    def parley(self):
        return None

    def episode_done(self):
        return self.done


class Menu(Small):
    """Whatever its person says is where they go."""

    def return_overworld(self):
        self.agents[0].observe({"text": "welcome back"})

    def parley(self):
        act = self.agents[0].act()
        return act and act["text"]


class Echo(Small):
    """Says everything back to the one who said it, until somebody says 'bye' or leaves."""

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.hear(agent, act)

    def hear(self, agent, act):
        agent.observe({"id": "Echo", "text": act["text"]})
        self.done = act["text"] == "bye" or act["episode_done"]


class Chat(Echo):
    """Hands on what one says to the others, until somebody says 'bye' or leaves."""

    def hear(self, agent, act):
        for partner in agent.message_partners:
            partner.observe(act)
        self.done = act["text"] == "bye" or act["episode_done"]


class Question(Small):
    """An onboarding that asks for a name; 'no' turns the person away."""

    def parley(self):
        self.agents[0].observe({"text": "your name?"})
        answer = self.agents[0].act_blocking()["text"]
        self.data = None if answer == "no" else {"name": answer}
        self.done = True


def opened(tasks, *, hooks=None, overworld=Menu, record=None, **config):
    """Return a rehearsal. `tasks` maps a key to a world class, or to a task's config with classes in it."""
    worlds = {"Overworld": overworld, **(hooks or {})}
    entries = {}
    for key, task in tasks.items():
        entry = dict(task) if isinstance(task, dict) else {"task_world": task}
        for part in ("task_world", "onboard_world"):
            if part in entry:
                name = f"{key.title()}{part.title().replace('_', '')}"
                worlds[name] = entry[part]
                entry[part] = name
        entries[key] = entry
    return rehearse(
        {"overworld": "Overworld", "tasks": entries, **config}, SimpleNamespace(**worlds), store=record
    )


def pair(world=Chat, **more):
    """Return the config of a task for two."""
    return {"task_world": world, "agents_required": 2, **more}


def go(rehearsal, task, *names):
    """Have these people come in and choose a task; return them."""
    people = rehearsal.people(*names)
    for person in people:
        if person.place in ("door", "gone"):
            person.says("hi")
        person.says(task)
    return people


def session(rehearsal, person):
    return rehearsal.service._sessions.get(person.id)
