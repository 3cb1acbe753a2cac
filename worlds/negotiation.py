"""A negotiation: two people share out a few things that are worth something different to each.

What the things are worth to one is never shown to the other. They talk freely; `offer: 2 books 1 hat` puts what
the speaker wants to have on the table, and the other accepts or rejects it. Each gets the points of what they end
up with, and none without a deal. The result is appended to the list `agent.data['negotiations']`.
"""

import random
import re
from collections.abc import Mapping, Sequence
from time import time as now
from typing import Any

from parleyrun import Act, Seat, World

Things = Mapping[str, int]
"""How many there are of each thing, by its name."""

ROLES = ("Player 1", "Player 2")
DEFAULTS: Mapping[str, Any] = {
    "scenarios": [
        {
            "items": {"book": 3, "hat": 2, "ball": 1},
            "values": {
                "Player 1": {"book": 1, "hat": 2, "ball": 3},
                "Player 2": {"book": 2, "hat": 0, "ball": 4},
            },
        }
    ],
    "seconds_to_read": 300,
    "seconds_to_answer": 180,
}


def setting(opt: Mapping[str, Any], name: str) -> Any:
    """Return what the config gives as `opt.negotiation.<name>`, or else the default."""
    return opt.get("negotiation", {}).get(name, DEFAULTS[name])


def describe(things: Things) -> str:
    """Say `{'book': 2, 'hat': 1}` as '2 books, 1 hat'."""
    said = [f"{count} {name}{'' if count == 1 else 's'}" for name, count in things.items() if count]
    return ", ".join(said) or "nothing"


def parse_offer(text: str, items: Things) -> dict[str, int]:
    """Read '2 books and 1 hat' as `{'book': 2, 'hat': 1, 'ball': 0}`.

    Raises `ValueError` with a sentence for the speaker if it cannot be read, or is more than there is.
    """
    wanted = dict.fromkeys(items, 0)
    words = [word for word in re.findall(r"\w+", text.lower()) if word not in ("and", "nothing")]
    counts, names = words[::2], words[1::2]
    if len(counts) != len(names) or not all(re.fullmatch(r"[0-9]{1,4}", count) for count in counts):
        raise ValueError(f"Please say how many of what you want to have, such as: offer: {describe(items)}")
    for count, word in zip(counts, names, strict=True):
        name = next((name for name in items if word in (name, f"{name}s", f"{name}es")), None)
        if name is None:
            raise ValueError(f"There is no “{word:.40}” on the table, only {describe(items)}.")
        wanted[name] += int(count)
    if any(wanted[name] > items[name] for name in items):
        raise ValueError(f"That is more than there is: {describe(items)}.")
    return wanted


class StudyWorld(World):
    """What the worlds of this module share: each is over once it has set `self.done`."""

    done = False

    def episode_done(self) -> bool:
        return self.done

    def tell(self, agent: Seat, text: str, quick_replies: Sequence[str] = ()) -> None:
        """Say something as the system: without a speaker."""
        agent.observe({"text": text, "quick_replies": quick_replies})


class NegotiationOverworld(StudyWorld):
    """Greets people and sends them to the one task there is."""

    greeting = "Welcome! In this study you share out a few things with another person."

    def return_overworld(self) -> None:
        self.greeting = "Would you like to go on?"

    def parley(self) -> str | None:
        agent = self.agents[0]
        if self.greeting:
            self.tell(agent, self.greeting, ["Start", "EXIT"])
            self.greeting = ""
        act = agent.act()
        if act is None:
            return None
        choice = act["text"].strip().lower()
        if choice == "start":
            return "negotiation"
        if choice == "exit" or act["episode_done"]:
            self.done = True
            return "EXIT"
        self.greeting = "Please write Start to begin, or EXIT to leave."
        return None


class NegotiationOnboardWorld(StudyWorld):
    """Explains the rules, and lets in those who understood them."""

    RULES = (
        "You and another person share out a few things. You may say whatever you like. To propose a deal, "
        "write what you want to have, for instance\noffer: 2 books 1 hat\n"
        "If the other accepts, they get the rest. Without a deal nobody gets anything.\n"
        "One question before you begin: how many points do you get without a deal?"
    )

    def parley(self) -> None:
        agent = self.agents[0]
        self.tell(agent, self.RULES, ["0", "10"])
        # In place of an answer that does not come in time there is an act with the text [TIMEOUT].
        answer = agent.act_blocking(timeout=setting(self.opt, "seconds_to_read"))
        self.done = True
        if answer["text"].strip().lower() in ("0", "none", "nothing", "zero"):
            self.data = {"understood": True}
            self.tell(agent, "Right! We are looking for a partner for you. Write EXIT to stop waiting.")
        else:
            self.data = None
            self.tell(agent, "Without a deal you get 0 points. You are welcome to start once more.")


class NegotiationWorld(StudyWorld):
    """The conversation itself."""

    MAX_AGENTS = 2

    def __init__(self, opt: Mapping[str, Any], agents: Sequence[Seat]) -> None:
        super().__init__(opt, agents)
        # Chance belongs here rather than into parley(): what is decided here is on record with the world.
        scenario = random.choice(setting(opt, "scenarios"))
        self.items = dict(scenario["items"])
        self.values = {role: dict(scenario["values"][role]) for role in ROLES}
        self.offers: list[dict[str, Any]] = []  # each {'role': who made it, 'wants': what they would have}
        self.standing: int | None = None  # the number of the offer that can be accepted now, counted from 1
        self.last_heard: dict[str, float] = {}  # role → when they last said something

    @staticmethod
    def assign_roles(agents: Sequence[Seat]) -> None:
        for agent, role in zip(agents, ROLES, strict=True):
            agent.disp_id = role

    def parley(self) -> None:
        if not self.last_heard:
            self.open()
        for agent in self.agents:
            act = agent.act()
            if act is not None and not self.done:
                self.last_heard[agent.role] = now()
                self.hear(agent, self.partner_of(agent), act)
        # Nobody has to say anything for this to be seen: a silent world is looked at every few seconds.
        for role, moment in self.last_heard.items():
            if not self.done and now() - moment > setting(self.opt, "seconds_to_answer"):
                self.end_without_deal(f"{role} said nothing for too long")

    def open(self) -> None:
        for agent in self.agents:
            self.last_heard[agent.role] = now()
            worth = ", ".join(f"each {name} {points}" for name, points in self.values[agent.role].items())
            self.tell(
                agent,
                f"You are {agent.role}. On the table: {describe(self.items)}.\n"
                f"What these are worth to you, and only you can see: {worth}.\n"
                f"Talk about it! To propose a deal, write what you want, such as\noffer: {describe(self.items)}",
            )

    def partner_of(self, agent: Seat) -> Seat:
        return next(other for other in self.agents if other is not agent)

    def hear(self, agent: Seat, partner: Seat, act: Act) -> None:
        """Take in one thing that somebody said."""
        text = act["text"].strip()
        verb, _, number = text.lower().partition(" offer")
        if act["episode_done"] or text.lower() in ("bye", "[done]"):
            self.end_without_deal(f"{agent.role} has left")
        elif text.lower().startswith("offer:"):
            self.hear_offer(agent, partner, text.partition(":")[2])
        elif verb in ("accept", "reject"):
            self.hear_answer(agent, partner, verb, number.strip())
        else:
            partner.observe(act)

    def hear_offer(self, agent: Seat, partner: Seat, text: str) -> None:
        try:
            wanted = parse_offer(text, self.items)
        except ValueError as mistake:
            self.tell(agent, str(mistake))
            return
        self.offers.append({"role": agent.role, "wants": wanted})
        self.standing = number = len(self.offers)
        self.tell(agent, f"Offer {number}: {describe(wanted)} for you, {describe(self.rest(wanted))} for them.")
        self.tell(
            partner,
            f"Offer {number} of {agent.role}: {describe(self.rest(wanted))} for you, {describe(wanted)} for them.",
            [f"Accept offer {number}", f"Reject offer {number}"],
        )

    def hear_answer(self, agent: Seat, partner: Seat, verb: str, number: str) -> None:
        """Take in 'accept' or 'reject'. With a number it cannot hit an offer that came in between."""
        offer = self.offers[self.standing - 1] if self.standing else None
        if offer is None or offer["role"] == agent.role or number not in ("", str(self.standing)):
            self.tell(agent, "There is no such offer on the table for you now.")
        elif verb == "accept":
            share = {agent.role: self.rest(offer["wants"]), partner.role: offer["wants"]}
            self.end("deal", share)
        else:
            self.standing = None
            for one in self.agents:
                self.tell(one, f"{agent.role} rejects the offer.")

    def rest(self, wanted: Things) -> dict[str, int]:
        """What one gets when the other has this."""
        return {name: count - wanted[name] for name, count in self.items.items()}

    def end_without_deal(self, reason: str) -> None:
        self.end(reason, {role: dict.fromkeys(self.items, 0) for role in ROLES})

    def end(self, reason: str, share: Mapping[str, Things]) -> None:
        """Tell each their own result only, and keep it."""
        self.done = True
        for agent in self.agents:
            got = share[agent.role]
            points = sum(self.values[agent.role][name] * count for name, count in got.items())
            result = {"role": agent.role, "reason": reason, "got": got, "points": points}
            result["offers"] = list(self.offers)
            agent.data.setdefault("negotiations", []).append(result)
            first = "It is a deal!" if reason == "deal" else f"There is no deal: {reason}."
            self.tell(agent, f"{first} You get {describe(got)}: {points} points.")
