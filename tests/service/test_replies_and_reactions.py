"""People reply and react to what is said, and all of it is on record before anybody sees it."""

import csv
import io
import json
import sqlite3
from contextlib import closing

import pytest

from parleyrun import World, archive
from parleyrun.archive.archive import Archive
from parleyrun.archive.csv_rows import CsvRows
from parleyrun.archive.erasure import erase
from parleyrun.archive.json_lines import JsonLines
from parleyrun.archive.pseudonyms import Pseudonyms
from parleyrun.archive.report.transcript_data import talks_as_json
from parleyrun.archive.selection import Selection
from parleyrun.archive.tables.fixed_columns import LINE_COLUMNS
from parleyrun.archive.writing import export
from parleyrun.cli.common.conversation_rows import message_rows
from parleyrun.errors import ConfigError
from parleyrun.store.sqlite.upkeep.integrity import faults
from parleyrun.testing import FakeModel, rehearse

TASK = {"task_world": "parleyrun.ready:Chat", "agents_required": 2, "reactions": ["👍", "no"], "replies": True}
MODELS = {"m": {"model": "bot_models:Echo", "check": False}}
ACTS = []


class Relay(World):
    """Hands on what people say, and keeps what it was given."""

    MAX_AGENTS = 2

    def parley(self):
        for agent, other in (self.agents, self.agents[::-1]):
            act = agent.act()
            if act is not None:
                ACTS.append(act)
                other.observe(act)

    def episode_done(self):
        return False


def pair(rehearsal):
    ann, bob = rehearsal.people("ann", "bob")
    ann.says("hi")
    bob.says("hi")
    return ann, bob


def config(**more):
    return {
        "tasks": {"talk": {**TASK, **more}},
        "models": {"m": {"model": "fixed_response", "fixed_response": "A line of a bot."}},
    }


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    return None if request.param == "memory" else tmp_path / "study.db"


def rows(path, query):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def said(person, text):
    """Return the number that a line has in somebody's log, their own included."""
    return next(line.seq for line in person.lines if line.message.text == text)


def test_a_reply_and_reactions_reach_everybody_who_has_the_line(store):
    roles = {"Buyer": {"instructions": "One line more than the others get."}, "Seller": {}}
    with rehearse(config(roles=roles), store=store) as rehearsal:
        ann, bob = pair(rehearsal)
        own = ann.says("shall we?").seq
        heard = said(bob, "shall we?")
        assert (own, heard) == (3, 2)
        assert ann.talk.reactions == ("👍", "no")
        assert ann.talk.replies
        bob.reacts(heard, "👍")
        assert ann.reactions == {own: {"👍": 1}}
        assert bob.reactions == {heard: {"👍": 1}}
        bob.reacts(heard, "👍")
        ann.reacts(own, "👍")
        ann.reacts(own, "no")
        assert ann.reactions == {own: {"👍": 2, "no": 1}}
        assert bob.reactions == {heard: {"👍": 2, "no": 1}}
        bob.reacts(heard, "👍", on=False)
        bob.reacts(heard, "no", on=False)
        assert bob.reactions == {heard: {"👍": 1, "no": 1}}
        bob.says("yes", reply_to=heard)
        answer = ann.sees("yes")
        assert answer.message.reply_to == {"line": f"{ann.id}#{own}"}
        assert rehearsal.service.lines_after(bob.id, 0)[-1].message.reply_to == {"line": f"{ann.id}#{own}"}
        # A reply to a reply, and to one's own words.
        ann.says("fine", reply_to=answer.seq)
        assert bob.sees("fine").message.reply_to["line"].startswith(bob.id)


def test_what_cannot_be_reacted_or_replied_to_is_left_aside(store):
    with rehearse(config(), store=store) as rehearsal:
        ann, bob = pair(rehearsal)
        first = ann.says("one").seq
        before = said(bob, "one")
        for seq in (0, first + 40, 2**53 - 1, 1):
            ann.reacts(seq, "👍")
        for reaction in ("🙈", "x" * 10_240, ""):
            bob.reacts(before, reaction)
        for seq in (first + 40, 1):
            ann.says("two", reply_to=seq)
            assert bob.sees("two").message.reply_to is None
        for _ in range(3):
            ann.reacts(first, "no", on=False)
        assert ann.reactions == bob.reactions == {}
        assert all(seq > 0 for seq in (ann.talk.first_line, bob.talk.first_line))
        # Of another conversation: it is over, and the next one has lines of its own.
        bob.goes_away()
        rehearsal.advance(120)
        bob.comes_back()
        ann.says("again")
        bob.says("again")
        ann.reacts(first, "👍")
        bob.reacts(before, "👍")
        ann.says("about that", reply_to=first)
        assert ann.reactions == bob.reactions == {}
        assert [line.message.reply_to for line in bob.lines if line.message.text == "about that"] in ([], [None])


def test_a_task_without_the_keys_has_neither():
    with rehearse(config(reactions=False, replies=False)) as rehearsal:
        ann, bob = pair(rehearsal)
        own = ann.says("one").seq
        bob.reacts(said(bob, "one"), "👍")
        bob.says("two", reply_to=said(bob, "one"))
        assert ann.reactions == {}
        assert ann.sees("two").message.reply_to is None
        ann.reacts(own, "👍")
        assert ann.reactions == {}
        assert ann.talk is None


def test_a_world_is_told_what_is_replied_to_and_keeps_no_copy_of_it_on_record(tmp_path):
    ACTS.clear()
    path = tmp_path / "study.db"
    with rehearse({"tasks": {"talk": {**TASK, "task_world": f"{__name__}:Relay"}}}, store=path) as rehearsal:
        ann, bob = pair(rehearsal)
        ann.says("the only words of this kind")
        bob.says("indeed", reply_to=said(bob, "the only words of this kind"))
        told = ACTS[-1]["reply_to"]
        assert (told["id"], told["text"]) == (ann.role, "the only words of this kind")
        assert told["line"].startswith(f"{ann.id}#")
        # What lies in mail has it too after a crash.
        rehearsal.crash()
        ann.sees("indeed")
        assert ann.lines[-1].message.reply_to == {"line": told["line"]}
    assert rows(path, "SELECT count(*) FROM log WHERE reply_to IS NOT NULL") == [(2,)]
    assert rows(path, "SELECT count(*) FROM log WHERE more LIKE '%the only words%'") == [(0,)]


def test_reactions_and_replies_survive_a_kill_and_go_with_the_person(tmp_path):
    path = tmp_path / "study.db"
    with rehearse(config(), store=path) as rehearsal:
        ann, bob = pair(rehearsal)
        own = ann.says("what is erased").seq
        heard = said(bob, "what is erased")
        other = said(ann, bob.says("what stays") and "what stays")
        bob.reacts(heard, "👍")
        ann.reacts(other, "no")
        bob.reacts(said_own(bob, rehearsal, "what stays"), "👍")
        bob.says("re", reply_to=heard)
        rehearsal.crash()
        store = rehearsal.service._store
        assert {each.seq: [(one.reaction, one.count, one.mine) for one in each.reactions]
                for each in store.reactions_to(ann.id)} == {
            own: [("👍", 1, False)], other: [("no", 1, True), ("👍", 1, False)]}  # fmt: skip
        ann.reacts(own, "no")
        assert bob.reactions[heard] == {"👍": 1, "no": 1}
    with closing(sqlite3.connect(path)) as connection:
        assert list(faults(connection)) == []
    assert erase(path, ann.id).reactions == 3
    assert rows(path, "SELECT reaction FROM reactions") == [("👍",)]
    assert rows(path, "SELECT count(*) FROM log WHERE reply_to IS NOT NULL") == [(0,)]
    with closing(sqlite3.connect(path)) as connection:
        dump = "\n".join(connection.iterdump())
        assert ann.id not in dump
        assert "what is erased" not in dump


def said_own(person, rehearsal, text):
    lines = rehearsal.service.lines_after(person.id, 0)
    return next(line.seq for line in lines if line.message.text == text)


def test_a_bot_s_line_is_reacted_and_replied_to_as_anyone_s(store):
    bot = {"Seller": {"model": "m", "disclose": False}}
    with rehearse(config(bots=bot, agents_required=1), store=store) as rehearsal:
        (ann,) = rehearsal.people("ann")
        ann.says("hi")
        ann.says("hello")
        rehearsal.advance(60)
        seq = ann.news()[-1].seq
        ann.reacts(seq, "👍")
        assert ann.reactions == {seq: {"👍": 1}}
        ann.says("really?", reply_to=seq)
        assert rehearsal.service.lines_after(ann.id, 0)[-1].message.reply_to["line"].startswith("bot:")


def test_exports_have_which_message_is_replied_to_and_how_people_reacted(tmp_path):
    path = tmp_path / "study.db"
    with rehearse(config(), store=path) as rehearsal:
        ann, bob = pair(rehearsal)
        ann.says("shall we?")
        bob.reacts(said(bob, "shall we?"), "👍")
        bob.says("yes", reply_to=said(bob, "shall we?"))
    with archive.open(path) as opened:
        first, second = list(opened.lines())[-2:]
        assert (first["text"], first["reply_to"], second["reply_to"]) == ("shall we?", None, first["number"])
        (one,) = first["reactions"]
        assert (one["participant"], one["reaction"], second["reactions"]) == (bob.id, "👍", [])
        assert {"reply_to", "reactions"} <= {column.name for column in LINE_COLUMNS}
    with Archive(path) as record:
        (uid,) = record.find("talk/t_1")
        conversation = record.conversation(uid)
        out = io.StringIO()
        tally = export(record, Selection(), JsonLines(out), pseudonyms=Pseudonyms(b"k"))
        messages = json.loads(out.getvalue().splitlines()[-1])["messages"]
        assert tally.messages
        assert messages[-1]["reply_to"] == messages[-2]["number"]
        assert messages[-2]["reactions"][0]["participant"].startswith("p_")
        (packed,) = talks_as_json(record, Selection(), {}, None)
        assert json.loads(packed)["lines"][-1][4] == len(json.loads(packed)["lines"]) - 2
        assert "👍 1" in packed
        rows = [*message_rows([*record.messages(conversation)][-1], "shall we?")]
        assert rows[-1].endswith("(reply to: shall we?)")
        out = io.StringIO()
        export(record, Selection(), CsvRows(out))
        assert [row["reply_to"] for row in csv.DictReader(io.StringIO(out.getvalue()))][-1]


def test_a_model_is_asked_with_what_a_person_replies_to_above_their_words():
    with FakeModel("First.") as model:
        about = {"model": "chat_completions", "base_url": model.base_url, "name": "any", "check": False}
        bots = {"tasks": {"talk": {**TASK, "agents_required": 1, "bots": {"Seller": "m"}}}, "models": {"m": about}}
        with rehearse(bots) as rehearsal:
            (ann,) = rehearsal.people("ann")
            ann.says("hi")
            ann.says("hello")
            ann.says("really?", reply_to=ann.sees("First.").seq)
        assert model.requests[-1].messages[-1]["content"].endswith("> First.\nreally?")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "expected 1 to 12 reactions, got 0"),
        (["a"] * 13, "expected 1 to 12 reactions, got 13"),
        (["a", "a"], "expected each reaction once, got 'a' twice"),
        (["x" * 25], "1 to 24 characters on one line, got 25 characters"),
        (["two\nlines"], "on one line"),
        ([3], "expected an emoji or a short text, got the number 3"),
        ("👍", "expected true, or a list of 1 to 12"),
    ],
)
def test_validate_says_what_is_wrong_with_reactions(value, told):
    with pytest.raises(ConfigError) as refused:
        rehearse(config(reactions=value))
    assert told in str(refused.value)


def test_true_stands_for_the_usual_reactions():
    with rehearse(config(reactions=True, replies=False)) as rehearsal:
        ann, _ = pair(rehearsal)
        assert ann.talk.reactions == ("👍", "❤️", "😂", "😮", "😢", "👎")
        assert not ann.talk.replies
