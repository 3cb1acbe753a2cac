"""A small study with forms, conditions and a model, played by people who fill them in in all ways."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from parleyrun import Form, World
from parleyrun.testing import Rehearsal, rehearse

BACKGROUND = Form.from_mapping(
    {
        "fields": {
            "country": {"ask": "Where from?", "kind": "choice", "options": {"de": "Germany", "nl": "Holland"}},
            "languages": {"ask": "Languages?", "kind": "choices", "options": {"en": "English", "de": "German"}},
            "best": {"ask": "Which is best?", "kind": "rank", "options": ["tea", "coffee"], "required": False},
            "age": {"ask": "How old are you?", "kind": "number", "whole": True, "unit": "years"},
            "height": {"ask": "How tall?", "kind": "number", "required": False},
            "smokes": {"ask": "Do you smoke?", "kind": "yes_no"},
            "daily": {"ask": "How many a day?", "kind": "number", "whole": True, "show_if": {"smokes": True}},
            "born": {"ask": "When were you born?", "kind": "date", "required": False},
            "trust": {
                "ask": "Whom to trust?", "kind": "matrix", "items": {"press": "The press", "law": "The courts"},
                "from": 1, "to": 5, "low": "not at all", "high": "fully", "required": False,
            },
            "blue": {"ask": "Say blue.", "kind": "text", "correct": "blue", "required": False},
        }
    },
    "background",
)  # fmt: skip
RATING = Form.from_mapping(
    {
        "fields": {
            "glad": {"ask": "How glad?", "kind": "scale", "from": 1, "to": 7, "low": "not", "high": "very"},
            "why": {"ask": "Why?", "kind": "text", "required": False},
        }
    },
    "rating",
)
ANSWERS = {
    "country": "de", "languages": ["en", "de"], "best": ["tea", "coffee"], "age": 33, "height": 1.75,
    "smokes": True, "daily": 3, "born": "1990-05-01", "trust": {"press": 2, "law": 5}, "blue": "red",
}  # fmt: skip


class Background(World):
    """Asks about a person, in their onboarding."""

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return Background(opt, agents)

    def parley(self) -> None:
        answers = self.agents[0].ask(BACKGROUND)
        if answers is not None:
            self.data = dict(answers)
            self.over = True

    over = False

    def episode_done(self) -> bool:
        return self.over


class Talk(World):
    """Says back what it hears until it hears bye, and asks how that was."""

    over = False
    asking = False

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return Talk(opt, agents)

    def parley(self) -> None:
        person = self.agents[0]
        if self.asking:
            self.over = person.ask(RATING, timeout=60) is not None
            return
        act = person.act()
        if act is not None:
            person.observe({"id": "Echo", "text": f"You said: {act['text']}"})
            self.asking = act["text"] == "bye"

    def episode_done(self) -> bool:
        return self.over


class Straight(World):
    """Sends everybody to the talk, once."""

    been = False

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return Straight(opt, agents)

    def parley(self) -> str:
        self.been, been = True, self.been
        return "EXIT" if been else "talk"

    def return_overworld(self) -> None:
        """Nothing is kept."""


CONFIG = {
    "overworld": "Straight",
    "conditions": {"arm": {"values": ["warm", "cold"], "seed": 1}},
    "completion": {"finished": {"code": "C1"}},
    "tasks": {"talk": {"task_world": "Talk", "onboard_world": "Background"}},
}
WORLDS = SimpleNamespace(Straight=Straight, Talk=Talk, Background=Background)


def playing(path: Path) -> Rehearsal:
    """Return the study, with its record in a file."""
    return rehearse(CONFIG, WORLDS, store=path)


def ann_does_it_all(
    rehearsal: Rehearsal, why: str = "It was fine.", says: str = "hello", who: str = "ann"
) -> None:
    """Ann fills in everything, on a page, and takes her time."""
    ann = rehearsal.person(who).arrives({"PROLIFIC_PID": "5f0c2ab1d9e4", "arm": "=x"}, opens=True, forms=True)
    rehearsal.advance(5)
    assert ann.form is not None
    which = {"type": "answers", "form": "background", "number": ann.form["number"]}
    ann.says("", payload={**which, "answers": {"country": "de"}, "times": {"country": {"shown": 4_000}}})
    assert ann.fills(ANSWERS) == {}
    for text in (says, "and again", "bye"):
        ann.says(text)
    assert ann.fills({"glad": 6, "why": why}) == {}


def ben_answers_in_words(rehearsal: Rehearsal) -> None:
    """Ben has no page; he leaves out what he may, and does not smoke."""
    ben = rehearsal.person("ben").arrives(opens=True)
    ben.says("Germany", "German", "skip", "40", "skip", "no", "skip", "skip", "skip", "/skip")
    ben.says("bye", "3", "/skip")


def dan_runs_out_of_time(rehearsal: Rehearsal) -> None:
    """Dan fills in the first form, and does not come to an end of the second."""
    dan = rehearsal.person("dan").arrives({"PROLIFIC_PID": "61aa2ab1d9e4"}, opens=True, forms=True)
    assert dan.fills({"country": "nl", "languages": ["en"], "age": 20, "smokes": False}) == {}
    dan.says("bye")
    dan.fills({"why": "no time"}, done=False)
    rehearsal.advance(61)


def play(path: Path) -> None:
    """Play the whole study, and close it."""
    with playing(path) as rehearsal:
        ann_does_it_all(rehearsal)
        ben_answers_in_words(rehearsal)
        dan_runs_out_of_time(rehearsal)
