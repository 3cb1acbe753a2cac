"""Describe the picture: one person sees a picture and describes it, the other finds it among several.

Both may write whenever they like, so the one who guesses can ask. The pictures are drawn here; only who sees one
is sent it, along with its description for people who cannot see it. Each round has one guess and gives one point.
The result is appended to the list `agent.data['pictures']`.
"""

import random
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from parleyrun import Act, Seat, World

Picture = tuple[int, str, str]
"""How many, of which colour, of which shape."""

COLOURS = {"red": "#d1383d", "blue": "#2f6fd0", "green": "#2e8b57", "yellow": "#e0a800"}
SHAPES = {
    "circle": '<circle cx="{x}" cy="50" r="26"/>',
    "square": '<rect x="{x}" y="24" width="52" height="52" transform="translate(-26)"/>',
    "triangle": '<path d="M{x} 20 l30 56 h-60 z"/>',
    "star": '<path d="M{x} 20 l9 21 22 2 -17 15 5 22 -19 -12 -19 12 5 -22 -17 -15 22 -2 z"/>',
}
COUNTS = {1: "one", 2: "two", 3: "three"}
PICTURES = [(count, colour, shape) for count in COUNTS for colour in COLOURS for shape in SHAPES]
DEFAULTS = {"rounds": 3, "choices": 4}


def setting(opt: Mapping[str, Any], name: str) -> Any:
    """Return what the config gives as `opt.picture.<name>`, or else the default."""
    return opt.get("picture", {}).get(name, DEFAULTS[name])


def in_words(picture: Picture) -> str:
    """Say what is to be seen, such as 'two red circles'."""
    count, colour, shape = picture
    return f"{COUNTS[count]} {colour} {shape}{'' if count == 1 else 's'}"


def as_payload(picture: Picture) -> dict[str, str]:
    """Draw the picture. For a file of your own: `b64encode(path.read_bytes()).decode()` and its mime type."""
    count, colour, shape = picture
    drawn = "".join(SHAPES[shape].format(x=40 + 70 * index) for index in range(count))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {10 + 70 * count} 100" '
        f'width="{2 * (10 + 70 * count)}" height="200"><rect width="100%" height="100%" fill="#fff"/>'
        f'<g fill="{COLOURS[colour]}">{drawn}</g></svg>'
    )
    data = b64encode(svg.encode()).decode()
    return {"type": "image", "mime": "image/svg+xml", "data": data, "alt": in_words(picture)}


class StudyWorld(World):
    """What the worlds of this module share: each is over once it has set `self.done`."""

    done = False

    def episode_done(self) -> bool:
        return self.done


class PictureOverworld(StudyWorld):
    """Greets people and sends them to the one task there is. It needs no onboarding."""

    greeting = "Welcome! Here one person describes a picture, and another finds it."

    def return_overworld(self) -> None:
        score = sum(game["points"] for game in self.agents[0].data.get("pictures", []))
        self.greeting = f"You have {score} points so far. Once more?"

    def parley(self) -> str | None:
        agent = self.agents[0]
        if self.greeting:
            agent.observe({"text": self.greeting, "quick_replies": ["Start", "EXIT"]})
            self.greeting = ""
        act = agent.act()
        if act is None:
            return None
        choice = act["text"].strip().lower()
        if choice == "start":
            agent.observe({"text": "We are looking for a partner for you. Write EXIT to stop waiting."})
            return "picture"
        if choice == "exit" or act["episode_done"]:
            self.done = True
            return "EXIT"
        self.greeting = "Please write Start to begin, or EXIT to leave."
        return None


class PictureWorld(StudyWorld):
    """A game of several rounds. The roles stay the same throughout."""

    MAX_AGENTS = 2

    def __init__(self, opt: Mapping[str, Any], agents: Sequence[Seat]) -> None:
        super().__init__(opt, agents)
        # Chance belongs here rather than into parley(): what is decided here is on record with the world.
        self.rounds = [random.sample(PICTURES, setting(opt, "choices")) for _ in range(setting(opt, "rounds"))]
        self.targets = [random.choice(choices) for choices in self.rounds]
        self.describer = next(agent for agent in agents if agent.role == "Describer")
        self.guesser = next(agent for agent in agents if agent.role == "Guesser")
        self.guesses: list[dict[str, Any]] = []  # for each round {target, guess, right}, in words
        self.labels: dict[str, Picture] = {}  # of this round: what the guesser can answer, such as '2B' → picture

    @staticmethod
    def assign_roles(agents: Sequence[Seat]) -> None:
        """Let the one describe who has done so less often."""
        describer = min(agents, key=lambda agent: agent.data.get("times_describer", 0))
        for agent in agents:
            agent.disp_id = "Describer" if agent is describer else "Guesser"

    def parley(self) -> None:
        if not self.labels:
            self.start_round()
        for agent in self.agents:
            act = agent.act()
            if act is not None and not self.done:
                self.hear(agent, act)

    def start_round(self) -> None:
        """Show the target to one and the choices to the other."""
        number = len(self.guesses) + 1
        choices = self.rounds[number - 1]
        # The round is part of the label, so that a second click on an old button is no guess in a new round.
        self.labels = {f"{number}{ascii_uppercase[index]}": picture for index, picture in enumerate(choices)}
        title = f"Round {number} of {len(self.rounds)}."
        self.describer.observe(
            {
                "text": f"{title} Describe this picture to the Guesser, who has to find it.",
                "payload": as_payload(self.targets[number - 1]),
            }
        )
        self.guesser.observe({"text": f"{title} Which of these pictures does the Describer see? You may ask."})
        for label, picture in self.labels.items():
            self.guesser.observe(
                {
                    "text": f"Picture {label}",
                    "payload": as_payload(picture),
                    "quick_replies": list(self.labels),
                }
            )

    def hear(self, agent: Seat, act: Act) -> None:
        """Take in one thing that somebody said."""
        text = act["text"].strip()
        label = text.upper().removeprefix("PICTURE").strip(" .!")
        if act["episode_done"] or text.lower() in ("bye", "[done]"):
            self.end(f"{agent.role} has left.")
        elif agent is self.guesser and label in self.labels:
            self.score(self.labels[label])
        elif agent is self.guesser and re.fullmatch(r"\d+[A-Z]", label):
            agent.observe({"text": f"There is no picture {label} now.", "quick_replies": list(self.labels)})
        elif agent is self.guesser:
            self.describer.observe(act)
        else:
            # The buttons go on being offered below whatever is said last.
            self.guesser.observe({**act, "quick_replies": list(self.labels)})

    def score(self, guess: Picture) -> None:
        target = self.targets[len(self.guesses)]
        right = guess == target
        self.guesses.append({"target": in_words(target), "guess": in_words(guess), "right": right})
        self.labels = {}
        said = "Right!" if right else f"No, it was the one with {in_words(target)}."
        self.guesser.observe({"text": said})
        said = "Found!" if right else f"The Guesser took the one with {in_words(guess)}."
        self.describer.observe({"text": said})
        if len(self.guesses) == len(self.rounds):
            self.end("That was the last round.")

    def end(self, reason: str) -> None:
        """Tell both the score, and keep it."""
        self.done = True
        points = sum(guess["right"] for guess in self.guesses)
        self.describer.data["times_describer"] = self.describer.data.get("times_describer", 0) + 1
        for agent in self.agents:
            game = {"role": agent.role, "points": points, "guesses": list(self.guesses), "reason": reason}
            agent.data.setdefault("pictures", []).append(game)
            agent.observe({"text": f"{reason} Together you found {points} of {len(self.rounds)} pictures."})
