"""The worlds of the soak. Whatever they say holds the words it answers, so that people can count.

Some look for mail once in a `parley()` and return; `Blocking…` ones wait in the middle of it, with
`while act is None`, which is what a restart finds hardest.
"""

import json
import random

from parleyrun import BotAgent, World

from . import words


def say(agents, text, speaker=words.WORLD):
    for agent in agents:
        agent.observe({"id": speaker, "text": text})


def wait_for(agent):
    act = None
    while act is None:
        act = agent.act()
    return act


class FreshHall(World):
    """An overworld that is new each time somebody comes. Visits and talks are counted in the person's data."""

    showed_menu = False

    def parley(self):
        self.show_menu()
        act = self.agents[0].act()
        return None if act is None else self.choose(act)

    def show_menu(self):
        if not self.showed_menu:
            self.showed_menu = True
            data = self.agents[0].data
            data["visits"] = data.get("visits", 0) + 1
            say(self.agents, f"menu {data['visits']} {data.get('talks', 0)}")

    def choose(self, act):
        word = act["text"].partition(" ")[0]
        if word in words.TASKS or word == words.LEAVE:
            say(self.agents, f"going {act['text']}")
            return words.EXIT if word == words.LEAVE else word
        say(self.agents, f"sorry {act['text']}")
        return None


class Hall(FreshHall):
    """An overworld that people come back to."""

    def return_overworld(self):
        self.showed_menu = False


class BlockingHall(Hall):
    """An overworld that waits for the choice inside `parley()`."""

    def parley(self):
        self.show_menu()
        value = None
        while value is None:
            value = self.choose(wait_for(self.agents[0]))
        return value


class Questions(World):
    """An onboarding that asks one question in each parley."""

    asked = 0
    data = {"answers": []}

    def parley(self):
        if self.asked == len(self.data["answers"]):
            self.ask()
        act = self.agents[0].act()
        if act is not None:
            self.note(act)

    def ask(self):
        self.asked += 1
        say(self.agents, f"ask {self.asked}")

    def note(self, act):
        self.data["answers"].append(act["text"])
        say(self.agents, f"noted {act['text']}")

    def episode_done(self):
        return len(self.data["answers"]) == words.QUESTIONS


class BlockingQuestions(Questions):
    """An onboarding that asks all its questions in a single parley."""

    def parley(self):
        while not self.episode_done():
            self.ask()
            self.note(wait_for(self.agents[0]))


class Talk(World):
    """What the task worlds share: a welcome, and an end once everybody has said stop."""

    done = False
    welcomed = False

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.people = list(agents)
        self.talking = list(agents)
        # Drawn once, as many worlds draw something: whoever builds the world again says something else.
        self.secret = f"{random.getrandbits(40):010x}"

    def welcome(self):
        if self.welcomed:
            return
        self.welcomed = True
        conversation = "+".join(f"{agent.id}/{agent.data['visits']}" for agent in self.people)
        for agent in self.people:
            answers = agent.onboard_data["answers"] if agent.onboard_data else []
            about = {"conversation": conversation, "role": agent.role, "secret": self.secret, "answers": answers}
            say([agent], f"welcome {json.dumps(about)}")

    def parley(self):
        self.welcome()
        for agent in self.people:
            act = agent.act()
            if act is not None:
                self.hear(agent, act)

    def hear(self, agent, act):
        self.answer(agent, act)
        if act["text"].startswith(words.STOP):
            self.talking.remove(agent)
            if not self.talking:
                self.done = True
                for person in self.people:
                    person.data["talks"] = person.data.get("talks", 0) + 1
                say(self.people, f"end {self.secret}")

    def answer(self, agent, act):
        raise NotImplementedError

    def episode_done(self):
        return self.done


class BlockingTalk(Talk):
    """Asks each person in turn, and waits for them; several rounds in one parley."""

    ROUNDS = 3

    def parley(self):
        self.welcome()
        for _ in range(self.ROUNDS):
            for agent in list(self.talking):
                self.hear(agent, wait_for(agent))


class Echo(Talk):
    def answer(self, agent, act):
        say([agent], f"echo {self.secret} {act['text']}")


class BlockingEcho(Echo, BlockingTalk):
    """The whole conversation in one parley: a restart has all of it to go through again."""

    ROUNDS = 1000


class Relay(Talk):
    def answer(self, agent, act):
        for partner in agent.message_partners:
            partner.observe(act)


class BlockingRelay(Relay, BlockingTalk):
    pass


class Oracle:
    """A model that answers by what it was shown last, and leaves a mark outside whenever it is asked."""

    def __init__(self, asked_path):
        self.asked_path = asked_path
        self.shown = ""

    def observe(self, act):
        self.shown = act["text"]

    def act(self):
        with open(self.asked_path, "ab", buffering=0) as asked:
            asked.write(f"{self.shown}\n".encode())
        return {"text": f"oracle on {self.shown}"}


class OracleTalk(Talk):
    """One person (or more) and the oracle."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.bot = BotAgent(Oracle(self.opt["asked_path"]), id="oracle", role=words.ORACLE)
        self.agents.append(self.bot)

    def answer(self, agent, act):
        self.bot.observe(act)
        answer = self.bot.act()
        for person in self.people:
            person.observe(answer)


class BlockingSeance(OracleTalk, BlockingTalk):
    """Two people and the oracle, all of whom see each other's words."""

    def answer(self, agent, act):
        for partner in agent.message_partners:
            partner.observe(act)
        super().answer(agent, act)
