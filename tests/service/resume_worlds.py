"""Worlds that have something to lose. They are classes of a module, as what is pickled has to be."""

import threading
from itertools import count

from parleyrun import BotAgent, World


class Small(World):
    """Over once `done` is set; `parley()` does nothing."""

    done = False

    def parley(self):
        return None

    def episode_done(self):
        return self.done


def wait_for(agent):
    act = None
    while act is None:
        act = agent.act()
    return act


# -- overworlds -------------------------------------------------------------------------------------------


class Menu(Small):
    """Whatever its person says is where they go; it counts how often they came back."""

    returns = 0

    def return_overworld(self):
        self.returns += 1
        self.agents[0].observe({"text": f"welcome back {self.returns}"})

    def parley(self):
        act = self.agents[0].act()
        if act is None:
            return None
        if act["text"] == "look":
            self.agents[0].observe({"text": f"menu after {self.returns}"})
            return None
        return act["text"]


class FreshMenu(Small):
    """An overworld that is new each time."""

    asked = False

    def parley(self):
        if not self.asked:
            self.asked = True
            self.agents[0].observe({"text": "menu"})
        act = self.agents[0].act()
        return act and act["text"]


class BlockingMenu(Small):
    """Greets, then waits for the choice inside `parley()`; greets those who come back, too."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        agents[0].observe({"text": "come in"})

    def return_overworld(self):
        self.agents[0].observe({"text": "welcome back"})

    def parley(self):
        self.agents[0].observe({"text": "where to?"})
        while (text := wait_for(self.agents[0])["text"]) == "look":
            self.agents[0].observe({"text": "nothing to see"})
        return text


# -- onboarding -------------------------------------------------------------------------------------------


class Questions(Small):
    """Asks for a name and an age, one in each parley."""

    asked = 0
    data = {"answers": []}

    def parley(self):
        answers = self.data["answers"]
        if self.asked == len(answers):
            self.asked += 1
            self.agents[0].observe({"text": f"question {self.asked}"})
        act = self.agents[0].act()
        if act is not None:
            answers.append(act["text"])
            self.done = len(answers) == 2


class BlockingQuestions(Small):
    """Asks the same in a single parley."""

    data = {"answers": []}

    def parley(self):
        for number in (1, 2):
            self.agents[0].observe({"text": f"question {number}"})
            self.data["answers"].append(self.agents[0].act_blocking()["text"])
        self.done = True


# -- tasks ------------------------------------------------------------------------------------------------


class Echo(Small):
    """Says everything back, numbered, until somebody says 'bye'; keeps the score in its person's data."""

    said = 0

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.said += 1
                agent.data["score"] = agent.data.get("score", 0) + 1
                agent.observe({"text": f"{self.said} {act['text']}"})
                self.done = act["text"] == "bye" or act["episode_done"]


class Remember(Small):
    """Tells, when asked, all that its person brought along."""

    def parley(self):
        agent = self.agents[0]
        act = agent.act()
        if act is not None:
            agent.data["seen"] = [*agent.data.get("seen", ()), act["text"]]
            agent.stored_data["last"] = act["text"]
            agent.observe({"text": f"{agent.data} {agent.stored_data} {agent.onboard_data}"})
            self.done = act["text"] == "bye"


class Onwards(Small):
    """Sends its person to the task that they name."""

    def parley(self):
        act = self.agents[0].act()
        if act is not None:
            self.agents[0].data["next_task"] = act["text"]
            self.done = True


class Chat(Small):
    """Hands on what one says to the others, numbered by its turn, until somebody says 'bye' or one is left."""

    turns = 0

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.listening = list(agents)

    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("Anna", "Bert", "Cleo"), strict=False):
            agent.disp_id = role

    def parley(self):
        for agent in list(self.listening):
            act = agent.act()
            if act is not None:
                self.turns += 1
                self.hear(agent, act)

    def hear(self, agent, act):
        if act["text"] == "raise":
            raise ValueError("an author's mistake")
        if act["text"] == "[DISCONNECT]":
            self.listening.remove(agent)
        for partner in agent.message_partners:
            partner.observe({**act, "text": f"{self.turns} {act['text']}"})
        self.done = act["text"] == "bye" or len(self.listening) < 2


class Inattentive(Small):
    """Listens to the first of its people only, so it never learns that another one has left."""

    def parley(self):
        act = self.agents[0].act()
        if act is not None:
            self.agents[0].observe({"text": f"heard {act['text']}"})


class BlockingChat(Chat):
    """Anna, then Bert, again and again, inside a single parley."""

    def parley(self):
        while not self.done:
            for agent in self.listening:
                agent.observe({"text": f"your turn, {agent.role}"})
                act = wait_for(agent)
                self.turns += 1
                self.hear(agent, act)
                if self.done:
                    return


class Quiz(Small):
    """Asks three questions in a single parley, and counts in its person's data."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        agents[0].observe({"text": "welcome to the quiz"})

    def parley(self):
        agent = self.agents[0]
        answers = []
        for number in (1, 2, 3):
            agent.observe({"text": f"question {number}"})
            answers.append(agent.act_blocking()["text"])
            agent.data["answered"] = agent.data.get("answered", 0) + 1
        agent.observe({"text": f"{answers} {agent.data['answered']}"})
        self.done = True


class Thoughtful(Small):
    """Lets a parley pass in which nothing is heard or said, before the one in which it asks and waits."""

    thought = False

    def parley(self):
        if not self.thought:
            self.thought = True
            return
        self.agents[0].observe({"text": "well?"})
        self.agents[0].observe({"text": f"so {wait_for(self.agents[0])['text']}"})
        self.thought = False


class Hasty(Small):
    """Gives its person half a minute for each answer."""

    said = 0

    def parley(self):
        act = self.agents[0].act(timeout=30)
        self.said += 1
        self.agents[0].observe({"text": f"{self.said} {act['text']}"})
        self.done = act["text"] == "[TIMEOUT]" and self.said > 2


class Patient(Small):
    """Asks again and again, in a single parley, whoever does not answer within half a minute."""

    def parley(self):
        agent = self.agents[0]
        for number in (1, 2, 3):
            agent.observe({"text": f"try {number}: {agent.act(timeout=30)['text']}"})
        self.done = True


class Oracle:
    """A model that remembers what it was shown; `asked` counts, outside of any record."""

    asked = count(1)

    def __init__(self):
        self.shown = []

    def observe(self, act):
        self.shown.append(act["text"])

    def act(self):
        return {"text": f"answer {next(Oracle.asked)} on {' '.join(self.shown)}"}


class Seance(Small):
    """One person and the oracle, which answers at once."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.bot = BotAgent(Oracle(), role="Oracle")
        self.agents.append(self.bot)

    def parley(self):
        act = self.agents[0].act()
        if act is not None:
            self.answer(act)

    def answer(self, act):
        self.bot.observe(act)
        self.agents[0].observe(self.bot.act())


class BlockingSeance(Seance):
    """The whole séance in one parley, and the oracle speaks first."""

    def parley(self):
        while True:
            self.agents[0].typing_on()
            self.agents[0].observe(self.bot.act())
            self.bot.observe(wait_for(self.agents[0]))


class Fickle(Small):
    """Says something else each time it is asked to say the same."""

    drawn = count(1)

    def parley(self):
        self.agents[0].observe({"text": f"card {next(Fickle.drawn)}"})
        for agent in self.agents:
            agent.observe({"text": f"you said {wait_for(agent)['text']}"})
        wait_for(self.agents[0])


class Unpicklable(Echo):
    """An echo that holds a lock."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.lock = threading.Lock()


class Mended(Unpicklable):
    """The same, by an author who has thought of it."""

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.lock = threading.Lock()


class TurnsAway(Small):
    """Asks whether somebody agrees, and turns away who does not."""

    def parley(self):
        act = self.agents[0].act()
        if act is not None:
            self.data = {} if act["text"] == "yes" else None
            self.done = True
