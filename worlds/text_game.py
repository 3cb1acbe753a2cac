"""A text game for two: a dark lighthouse, and a lamp that has to burn before the ship comes.

It is an `ExecutableWorld`: people act in turn, what they write is executed in a world with a state of its own, and
everybody sees their part of it. Only together can they win: the lamp room is open as long as somebody stays with
the lever in the cellar.
"""

from collections.abc import Sequence
from typing import Any

from parleyrun import Act, ExecutableWorld, Seat, World

DEFAULTS = {"rounds": 12}

ROOMS = {
    "hall": "The hall of the lighthouse. Stairs lead up and down, and there is a kitchen.",
    "kitchen": "A cold kitchen.",
    "cellar": "The cellar. A heavy lever comes out of the wall; it holds the lamp room's door while you are here.",
    "lamp room": "The lamp room, with windows all around. The great lamp is dark.",
}
WAYS = {
    "hall": {"up": "lamp room", "down": "cellar", "kitchen": "kitchen"},
    "kitchen": {"hall": "hall"},
    "cellar": {"up": "hall"},
    "lamp room": {"down": "hall"},
}


class GameOverworld(World):
    """Greets people and sends them to the one task there is."""

    greeting = "Welcome to the lighthouse! It takes two to make the lamp burn."
    done = False

    def return_overworld(self) -> None:
        self.greeting = "Would you like to play once more?"

    def parley(self) -> str | None:
        agent = self.agents[0]
        if self.greeting:
            agent.observe({"text": self.greeting, "quick_replies": ["Play", "EXIT"]})
            self.greeting = ""
        act = agent.act()
        if act is None:
            return None
        choice = act["text"].strip().lower()
        if choice == "play":
            agent.observe({"text": "We are looking for the other keeper. Write EXIT to stop waiting."})
            return "lighthouse"
        if choice == "exit" or act["episode_done"]:
            self.done = True
            return "EXIT"
        self.greeting = "Please write Play to begin, or EXIT to leave."
        return None

    def episode_done(self) -> bool:
        return self.done


class LighthouseWorld(ExecutableWorld):
    """The game. The result is appended to the list `agent.data['lighthouse']`."""

    MAX_AGENTS = 2
    ROLES = ("Keeper", "Helper")

    @staticmethod
    def assign_roles(agents: Sequence[Seat]) -> None:
        for agent, role in zip(agents, LighthouseWorld.ROLES, strict=True):
            agent.disp_id = role

    def init_world(self) -> None:
        self.rounds_left: int = self.opt.get("text_game", DEFAULTS)["rounds"]
        self.where = {agent.role: "hall" for agent in self.agents}
        self.matches = "kitchen"  # a room, or the role of whoever has them
        self.ending: str | None = None  # a sentence, once there is one
        self.begun = False
        self.told = ""  # what the last act shows to whose it was,
        self.shown = ""  # what to others,
        self.seen_in: set[str] = set()  # and to whom: those in these rooms

    def begin(self) -> bool:
        if not self.begun:
            self.begun = True
            for agent in self.agents:
                text = f"You are the {agent.role}. Light the lamp in {self.rounds_left} rounds! {self.view(agent)}"
                agent.observe({"text": text})
        self.rounds_left -= 1
        return super().begin()

    def turn_begins(self, agent: Seat) -> None:
        agent.observe({"text": "What do you do?", "quick_replies": self.choices(agent)})

    def deliver(self, index: int, act: Act) -> list[tuple[Seat, Any]]:
        seen = super().deliver(index, act)
        if index == len(self.agents) - 1 and self.rounds_left == 0 and not self.ending:
            self.ending = "It is too late: the ship has run onto the rocks."
        if self.ending:
            self.end()
        return seen

    def cut_short(self) -> bool:
        return self.ending is not None

    def episode_done(self) -> bool:
        return self.ending is not None or super().episode_done()

    def parted(self, agent: Seat, act: Act) -> None:
        """Somebody has gone for good, or fallen silent: the game cannot be won any more."""
        self.ending = f"The {agent.role} is gone, and the lamp stays dark."
        self.end()

    def end(self) -> None:
        for agent in self.agents:
            agent.data.setdefault("lighthouse", []).append({"role": agent.role, "ending": self.ending})
            agent.observe({"text": self.ending})

    def execute(self, agent: Seat, act: Act) -> None:
        """Do what somebody wrote, and note what they and others see of it."""
        verb, _, rest = act["text"].strip().partition(" ")
        rest = rest.strip()
        self.shown, self.seen_in = "", {self.where[agent.role]}
        match verb.lower():
            case "go" if rest.lower() in WAYS[self.where[agent.role]]:
                self.go(agent, WAYS[self.where[agent.role]][rest.lower()])
            case "take" if rest.lower() == "matches" and self.matches == self.where[agent.role]:
                self.matches = agent.role
                self.told = "You have the matches."
                self.shown = f"The {agent.role} takes the matches."
            case "light" if rest.lower() == "lamp" and self.where[agent.role] == "lamp room":
                self.light(agent)
            case "say" if rest:
                self.told = "Your voice rings through the house."
                self.shown = f"{agent.role}: {rest}"
                self.seen_in = set(ROOMS)
            case "wait":
                self.told = "You wait."
            case "look":
                self.told = self.view(agent)
            case "bye" | "[done]":
                self.ending = f"The {agent.role} goes home, and the lamp stays dark."
            case _:
                self.told = "That cannot be done here."

    def observe(self, agent: Seat, act: Act) -> Act | None:
        """Whoever acts is told what came of it; who is where it can be seen is shown it."""
        if agent is self.acting:
            return {"text": self.told} if self.told else None
        if self.shown and self.where[agent.role] in self.seen_in:
            return {"text": self.shown}
        return None

    def go(self, agent: Seat, room: str) -> None:
        if room == "lamp room" and "cellar" not in self.where.values():
            self.told = "The door of the lamp room is shut. It must be held from somewhere else."
            return
        self.where[agent.role] = room
        self.told = self.view(agent)
        self.shown = f"The {agent.role} goes to the {room}."
        self.seen_in.add(room)

    def light(self, agent: Seat) -> None:
        if self.matches == agent.role:
            self.ending = "The lamp burns, and far out a ship turns away from the rocks. You have won!"
        else:
            self.told = "You have nothing to light it with."

    def view(self, agent: Seat) -> str:
        room = self.where[agent.role]
        there = ["There are matches here."] if self.matches == room else []
        there += [
            f"The {role} is here." for role, place in self.where.items() if place == room and role != agent.role
        ]
        return " ".join([ROOMS[room], *there])

    def choices(self, agent: Seat) -> list[str]:
        """Return what can be done here without a word of one's own."""
        room = self.where[agent.role]
        choices = [f"go {way}" for way in WAYS[room]]
        choices += ["take matches"] if self.matches == room else []
        choices += ["light lamp"] if room == "lamp room" else []
        return [*choices, "look", "wait"]
