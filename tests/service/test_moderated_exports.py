"""A line that was changed before it was delivered is one message on record: what was shown."""

import io
import json

import bot_models
import pytest
from test_before_delivery import ECHO, rehearsed, two_in_talk

from parleyrun.archive.archive import Archive
from parleyrun.archive.chat_lines import ChatLines
from parleyrun.archive.csv_rows import CsvRows
from parleyrun.archive.json_lines import JsonLines
from parleyrun.archive.selection import Selection
from parleyrun.archive.writing import export


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


@pytest.mark.parametrize(
    "make", [JsonLines, CsvRows, lambda out: ChatLines(out, "Echo")], ids=["jsonl", "csv", "chat"]
)
def test_each_line_is_one_message_with_the_words_that_were_shown(store, make):
    text = exported(store, make)
    if make is JsonLines:
        [run] = [run for line in text.splitlines() if (run := json.loads(line))["kind"] == "task"]
        assert any("x@y.z" in str(each) for each in run["moderated"])
        text = json.dumps([message["text"] for message in run["messages"]])
    assert "x@y.z" not in text
    assert text.count("mail me at [address] please") == 2  # ann's, and the bot's, which repeats it
