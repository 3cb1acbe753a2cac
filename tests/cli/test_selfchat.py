"""`parleyrun selfchat`: two agents talk."""

from __future__ import annotations

import json

import pytest
from task_lab import TaskLab

COUNTING = """\
from parleyrun import Agent

class Counting(Agent):
    said = 0
    def reset(self):
        super().reset()
        self.said = 0
    def act(self):
        self.said += 1
        return {"id": "me", "text": f"{self.opt.get('word')} {self.said}", "episode_done": self.said == 3}

class Rude(Agent):
    def act(self):
        raise KeyboardInterrupt
"""


@pytest.fixture
def talkers(tasks: TaskLab) -> TaskLab:
    (tasks.folder / "own_tasks.py").write_text(COUNTING)
    return tasks


def test_two_of_a_kind_are_told_apart_and_the_opening_is_the_partners(tasks: TaskLab) -> None:
    ran = tasks.run("selfchat", "-m", "repeat_query", "--opening", "Hello!", "--turns", "1")
    assert ran.code == 0
    assert ran.out == "RepeatQueryAgent 2: Hello!\nRepeatQueryAgent 1: Hello!\nRepeatQueryAgent 2: Hello!\n"
    assert ran.err == "1 conversation\n"


def test_each_conversation_begins_anew_and_ends_when_somebody_says_so(talkers: TaskLab) -> None:
    ran = talkers.run(
        *(
            "selfchat",
            "-m",
            "own_tasks:Counting",
            "--partner",
            "fixed_response",
            "--episodes",
            "2",
            "--turns",
            "9",
        ),
        *("-o", "word=number", "-p", "fixed_response=Go on."),
    )
    assert ran.code == 0, ran.err
    one = [line for number in (1, 2, 3) for line in (f"Counting: number {number}", "FixedResponseAgent: Go on.")]
    assert ran.out.splitlines() == [*one, "", *one]


def test_an_option_of_the_partner_goes_before_the_common_one(talkers: TaskLab) -> None:
    ran = talkers.run(
        "selfchat", "-m", "own_tasks:Counting", "--turns", "1", "-o", "word=mine", "-p", "word=yours"
    )
    assert ran.out == "Counting 1: mine 1\nCounting 2: yours 1\n"


def test_what_was_said_becomes_a_task(talkers: TaskLab) -> None:
    ran = talkers.run(
        *("selfchat", "-m", "own_tasks:Counting", "--partner", "repeat_query", "--episodes", "2", "--turns", "2"),
        *("--opening", "Well?", "-o", "word=x", "--save-dialogues", "said.jsonl"),
    )
    assert ran.code == 0, ran.err
    assert [json.loads(line)["dialog"] for line in (talkers.folder / "said.jsonl").read_text().splitlines()] == [
        [
            [{"id": "RepeatQueryAgent", "text": "Well?"}],
            [{"id": "Counting", "text": "x 1", "episode_done": False}, {"id": "RepeatQueryAgent", "text": "x 1"}],
            [{"id": "Counting", "text": "x 2", "episode_done": False}, {"id": "RepeatQueryAgent", "text": "x 2"}],
        ]
    ] * 2
    assert json.loads((talkers.folder / "said.metadata").read_text())["self_chat"] is False
    shown = talkers.run("display", "-t", "jsonfile:said.jsonl", "-n", "2").out
    assert [line for line in shown.splitlines() if "jsonfile" in line or "right" in line] == [
        "jsonfile:said.jsonl: Well?",
        "    right answer: x 1",
        "jsonfile:said.jsonl: x 1",
        "    right answer: x 2",
    ]


def test_ctrl_c_takes_one_line(talkers: TaskLab) -> None:
    ran = talkers.run("selfchat", "-m", "own_tasks:Rude", "--save-dialogues", "said.jsonl")
    assert (ran.code, ran.out, ran.err) == (130, "", "parleyrun: interrupted before it was done\n")
    assert talkers.made() == set()


def test_an_unknown_partner_takes_one_line(tasks: TaskLab) -> None:
    ran = tasks.run("selfchat", "-m", "repeat_query", "--partner", "repeat_lable")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "got 'repeat_lable': did you mean 'repeat_label'?" in ran.err
