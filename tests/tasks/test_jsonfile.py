"""`jsonfile`: what was said here becomes a task."""

from __future__ import annotations

import json

import pytest

from parleyrun import World
from parleyrun.archive.archive import Archive
from parleyrun.archive.parlai_conversations import ParlaiConversations
from parleyrun.archive.selection import Selection
from parleyrun.archive.writing import export
from parleyrun.errors import TaskError
from parleyrun.tasks.jsonfile import DefaultTeacher
from parleyrun.testing import rehearse_world


class Talk(World):
    """Both hear each other, until somebody says bye."""

    over = False

    @staticmethod
    def assign_roles(agents):
        agents[0].role, agents[1].role = "Asker", "Answerer"

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                for partner in agent.message_partners:
                    partner.observe(act)
                self.over = self.over or act["text"] == "bye"

    def episode_done(self):
        return self.over


def conversation(*said):
    """Return a line in which each message is an exchange of its own."""
    return json.dumps({"dialog": [[{"id": who, "text": text}] for who, text in said]}) + "\n"


def examples(tmp_path, *lines, **opt):
    file = tmp_path / "talk.jsonl"
    file.write_text("".join(lines))
    teacher = DefaultTeacher({"task": f"jsonfile:{file}", "datatype": "valid", **opt})
    given = []
    while not teacher.epoch_done():
        act = teacher.act()
        given.append((act["text"], *act["eval_labels"], act["episode_done"]))
    return given


def test_what_people_said_in_a_service_is_exported_and_becomes_a_task(tmp_path):
    with rehearse_world(Talk, people=2, store=tmp_path / "talk.db") as rehearsal:
        asker, answerer = rehearsal.everybody
        asker.says("What is it?")
        answerer.says("A cat.")
        asker.says("Is it\nyours?")
        answerer.says("Yes.")
        asker.says("bye")
    out = tmp_path / "mine_valid.jsonl"
    with Archive(tmp_path / "talk.db") as record, out.open("w", encoding="utf-8") as file:
        export(record, Selection(kinds=("task",)), ParlaiConversations(file, "metadata.json"))

    teacher = DefaultTeacher({"task": f"jsonfile:{tmp_path}/mine", "datatype": "valid"})

    assert (teacher.num_examples(), teacher.num_episodes()) == (2, 1)
    first, second = teacher.act(), teacher.act()
    assert (first["text"], first["eval_labels"]) == ("What is it?", ("A cat.",))
    assert (second["text"], second["eval_labels"], second["episode_done"]) == ("Is it\nyours?", ("Yes.",), True)


def test_the_second_speaker_is_learnt_from_and_the_system_is_heard(tmp_path):
    line = conversation(
        ("system", "Talk."), ("A", "Hi"), ("B", "Hello"), ("A", "Well?"), ("A", "So?"), ("B", "Yes")
    )
    assert examples(tmp_path, line) == [("Talk.\nHi", "Hello", False), ("Well?\nSo?", "Yes", True)]


def test_another_speaker_can_be_chosen(tmp_path):
    line = conversation(("A", "Hi"), ("B", "Hello"), ("A", "Well?"), ("B", "Yes"))
    assert examples(tmp_path, line, jsonfile_speaker="A") == [("Hello", "Well?", True)]


def test_messages_without_words_and_of_several_lines_are_taken_as_they_are(tmp_path):
    line = conversation(("A", "Look"), ("A", ""), ("B", "Nice."), ("B", "Really."), ("C", "Oh"), ("B", "Yes"))
    assert examples(tmp_path, line) == [("Look", "Nice.\nReally.", False), ("Oh", "Yes", True)]


def test_conversations_in_which_nobody_answers_are_left_out(tmp_path):
    lines = [conversation(("A", "Anybody?")), conversation(("A", "Hi"), ("B", "Hello")), conversation()]
    assert examples(tmp_path, *lines) == [("Hi", "Hello", True)]


def test_a_speaker_whom_nobody_has_heard_is_reported_with_those_there_are(tmp_path):
    line = conversation(("A", "Hi"), ("B", "Hello"))
    with pytest.raises(TaskError, match=r"in which Carl answers somebody, got only these speakers: A, B"):
        examples(tmp_path, line, jsonfile_speaker="Carl")


@pytest.mark.parametrize("line", ["no json\n", "{}\n", '{"dialog": [{"id": "A", "text": "x"}]}\n', "[1]\n"])
def test_a_wrong_line_is_named_with_file_and_number(tmp_path, line):
    with pytest.raises(TaskError, match=r"talk\.jsonl:2: expected a conversation in JSON"):
        examples(tmp_path, conversation(("A", "Hi"), ("B", "Hello")), line)
