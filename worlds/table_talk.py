"""Table talk: three people and a bot sit in a round, and everybody speaks in turn.

The round is parleyrun's `MultiAgentDialogWorld`: it asks one after the other, waits for people as long as they
take, and shows everybody what each of them said. This module says who sits there, and when it is over.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from parleyrun import Act, BotAgent, MultiAgentDialogWorld, Seat, World

DEFAULTS = {"questions": ["What was the best meal of your life?", "And what could you eat every day?"]}


def wants_to_stop(act: Act) -> bool:
    """Return True if somebody says that they are done, or (`episode_done`) that the conversation is."""
    return bool(act.get("episode_done")) or act["text"].strip().upper() in ("[DONE]", "BYE")


class TableOverworld(World):
    """Greets people and sends them to the one task there is."""

    greeting = "Welcome! Three of you will sit at a table with our host."
    done = False

    def return_overworld(self) -> None:
        self.greeting = "Would you like to sit down once more?"

    def parley(self) -> str | None:
        agent = self.agents[0]
        if self.greeting:
            agent.observe({"text": self.greeting, "quick_replies": ["Sit down", "EXIT"]})
            self.greeting = ""
        act = agent.act()
        if act is None:
            return None
        choice = act["text"].strip().lower()
        if choice == "sit down":
            agent.observe({"text": "We are waiting for the others. Write EXIT to stop waiting."})
            return "table"
        if choice == "exit" or act["episode_done"]:
            self.done = True
            return "EXIT"
        self.greeting = "Please write Sit down to begin, or EXIT to leave."
        return None

    def episode_done(self) -> bool:
        return self.done


class Host:
    """What the bot thinks with: any object that can be shown an act, and asked for one. Put your model here.

    Its `act()` changes nothing, and so need not be done again after a restart: what it said is on record.
    """

    def __init__(self, questions: Sequence[str], guests: int) -> None:
        self.questions = list(questions)
        self.guests = guests
        self.heard: list[tuple[str, str]] = []  # who said what, from the beginning

    def observe(self, act: Act) -> None:
        self.heard.append((act["id"], act["text"]))

    def act(self) -> Act:
        rounds = len(self.heard) // self.guests
        about = ""
        if rounds:
            name, _ = max(self.heard[-self.guests :], key=lambda said: len(said[1]))
            about = f"{name} had most to say. "
        if rounds == len(self.questions):
            return {"text": f"{about}Thank you all, that was a lovely evening!", "episode_done": True}
        return {"text": about + self.questions[rounds]}


class TableWorld(MultiAgentDialogWorld):
    """The round: the host asks, the others answer one after the other, and so on."""

    MAX_AGENTS = 3
    ROLES = ("Ada", "Ben", "Cleo")
    LEFT_TEXT = "{name} has left the table, so the evening is over."
    LATE_TEXT = "{name} has fallen asleep, so the evening is over."

    def __init__(self, opt: Mapping[str, Any], agents: Sequence[Seat]) -> None:
        self.people = list(agents)
        questions = opt.get("table_talk", DEFAULTS)["questions"]
        host = BotAgent(Host(questions, len(self.people)), id="host", role="Host")
        super().__init__(opt, [host, *self.people])
        self.welcomed = False

    @staticmethod
    def assign_roles(agents: Sequence[Seat]) -> None:
        for agent, role in zip(agents, TableWorld.ROLES, strict=True):
            agent.disp_id = role

    def begin(self) -> bool:
        """Before each round: the first one begins with a word to everybody."""
        if not self.welcomed:
            self.welcomed = True
            for agent in self.people:
                agent.observe({"text": f"You are {agent.role}. Speak when it is your turn; write BYE to leave."})
        return super().begin()

    def turn_begins(self, agent: Seat) -> None:
        if agent in self.people:
            agent.observe({"text": f"It is your turn, {agent.role}."})

    def deliver(self, index: int, act: Act) -> list[tuple[Seat, Any]]:
        """Somebody has said something: the others are shown it."""
        agent = self.agents[index]
        if agent in self.people and wants_to_stop(act):
            act = {"id": "Host", "text": f"{agent.role} has to go. Thank you all!", "episode_done": True}
        return super().deliver(index, act)

    def cut_short(self) -> bool:
        """Nobody is asked any more once somebody has said goodbye."""
        return self.episode_done()
