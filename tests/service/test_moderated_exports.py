"""What exports have of lines that were changed, held or refused, and of answers that failed."""

import csv
import io
import json

import bot_models
import pytest
from test_before_delivery import ECHO, LINES, SHOWN, rehearsed, two_in_talk, verdict_in

from parleyrun.archive.archive import Archive
from parleyrun.archive.chat_lines import ChatLines
from parleyrun.archive.csv_rows import CsvRows
from parleyrun.archive.json_lines import JsonLines
from parleyrun.archive.parlai_conversations import ParlaiConversations
from parleyrun.archive.selection import Selection
from parleyrun.archive.writing import export

BROKEN = {"model": "bot_models:Broken", "check": False}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


def redacted(message, seat):
    return message["text"].replace("x@y.z", "[address]")


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "changed.db"
    task = {"bots": {"Echo": {"model": "echo", "max_bot_turns": 1}}}
    with rehearsed(redacted, store=path, models={"echo": ECHO}, task=task) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        ann.says("mail me at x@y.z please")
        assert "mail me at [address] please" in bob.heard
    return path


def exported(store, make):
    out = io.StringIO()
    with Archive(store) as archive:
        export(archive, Selection(), make(out))
    return out.getvalue()


def chat_lines(out):
    return ChatLines(out, "Echo")


def conversations(out):
    return ParlaiConversations(out, "metadata.json")


def csv_messages(store):
    return list(csv.DictReader(io.StringIO(exported(store, CsvRows))))


@pytest.mark.parametrize("make", [JsonLines, CsvRows, chat_lines, conversations])
def test_each_line_is_one_message_with_the_words_that_were_shown(store, make):
    text = exported(store, make)
    if make is JsonLines:
        [run] = [run for line in text.splitlines() if (run := json.loads(line))["kind"] == "task"]
        assert any("x@y.z" in str(each) for each in run["moderated"])
        text = json.dumps([message["text"] for message in run["messages"]])
    assert "x@y.z" not in text
    assert text.count("mail me at [address] please") == 2  # ann's, and the bot's, which repeats it


@pytest.fixture
def withheld(tmp_path):
    path = tmp_path / "withheld.db"
    with rehearsed(verdict_in, store=path) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        for line in LINES:
            ann.says(line)
        assert bob.heard == SHOWN
    return path


def test_what_was_held_or_refused_is_marked_where_it_is_told(withheld):
    expected = [
        (text, verdict)
        for text, verdict in zip(
            ("one", "two [refuse]", "three [hold]", "four …", "five"),
            ("", "refused", "held", "changed", ""),
            strict=True,
        )
    ]
    assert [(row["text"], row["moderated"]) for row in csv_messages(withheld) if row["kind"] == "task"] == expected
    [run] = [
        run for line in exported(withheld, JsonLines).splitlines() if (run := json.loads(line))["kind"] == "task"
    ]
    assert [(each["text"], each.get("moderated", "")) for each in run["messages"]] == expected


@pytest.mark.parametrize(
    "make", [lambda out: ChatLines(out, "Person 2"), conversations], ids=["chat", "conversations"]
)
def test_what_was_held_or_refused_is_nothing_to_learn_from(withheld, make):
    text = exported(withheld, make)
    assert "four …" in json.dumps(text, ensure_ascii=False)
    assert all(hidden not in text for hidden in ("[refuse]", "[hold]", "[change]"))


def test_what_was_changed_for_one_person_stays_changed_whoever_else_was_shown_it(tmp_path):
    def for_bob_only(message, seat):
        return "…" if seat.id == "memory:bob" else None

    path = tmp_path / "one.db"
    with rehearsed(for_bob_only, store=path, task={"agents_required": 3}) as rehearsal:
        people = rehearsal.people("ann", "bob", "eve")
        for person in people:
            person.says("hi")
        people[0].says("mine")
        assert (people[1].heard, people[2].heard) == (["…"], ["mine"])
    [row] = [row for row in csv_messages(path) if row["kind"] == "task"]
    assert (row["text"], row["moderated"]) == ("…", "changed")


def test_what_was_refused_for_one_person_and_shown_to_another_is_not_marked_as_shown_to_nobody(tmp_path):
    def not_for_bob(message, seat):
        return False if seat.id == "memory:bob" else None

    path = tmp_path / "one.db"
    with rehearsed(not_for_bob, store=path, task={"agents_required": 3}) as rehearsal:
        people = rehearsal.people("ann", "bob", "eve")
        for person in people:
            person.says("hi")
        people[0].says("mine")
        assert (people[1].heard, people[2].heard) == ([], ["mine"])
    [row] = [row for row in csv_messages(path) if row["kind"] == "task"]
    assert (row["text"], row["moderated"]) == ("mine", "")


def test_what_a_bot_had_to_say_as_its_model_failed_is_no_example_of_how_it_talks(tmp_path):
    path = tmp_path / "failed.db"
    bot = {"model": "broken", "max_bot_turns": 1, "on_bot_error": {"say": "I have no answer."}}
    with rehearsed(store=path, models={"broken": BROKEN}, task={"bots": {"Echo": bot}}) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        ann.says("good day")
        assert "I have no answer." in bob.heard
    rows = {row["text"]: row["is_bot"] for row in csv_messages(path) if row["kind"] == "task"}
    assert rows["I have no answer."] == "1"
    assert rows["good day"] == ""
    assert "I have no answer." not in exported(path, chat_lines)
