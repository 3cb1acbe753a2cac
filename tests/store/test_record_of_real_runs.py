"""A real service's record: exported in each format, and going on after somebody was forgotten."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from parleyrun import BotAgent, World, archive
from parleyrun.archive.archive import Archive
from parleyrun.archive.chat_lines import ChatLines
from parleyrun.archive.csv_rows import CsvRows
from parleyrun.archive.erasure import erase
from parleyrun.archive.json_lines import JsonLines
from parleyrun.archive.parlai_conversations import ParlaiConversations
from parleyrun.archive.selection import Selection
from parleyrun.archive.writing import export
from parleyrun.core.model_answer import ModelAnswer
from parleyrun.store.one_line_json import timestamp
from parleyrun.store.record.erasing.eraser import ERASED_TEXT
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.testing import Rehearsal, VirtualTimers, rehearse, rehearse_world

CONFIG = Path(__file__).parents[2] / "configs" / "demo.yml"


def opened(path: Path) -> Rehearsal:
    return rehearse(CONFIG, store=SqliteStore(path, VirtualTimers(), synchronous="normal"))


def start_chatting(rehearsal: Rehearsal) -> Any:
    ada, ben = rehearsal.people("ada", "ben")
    for person in (ada, ben):
        person.arrives(opens=True)
        person.says("chat")
        person.says("I agree")
    assert (ada.place, ben.place) == ("task", "task")
    return ada, ben


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demo.db"


def test_each_format_tells_the_same_conversation(path: Path) -> None:
    with opened(path) as rehearsal:
        ada, ben = start_chatting(rehearsal)
        ada.says("the first thing")
        ben.says("=second(thing)")
        ada.says("BYE")
        talk = json.loads(exported(path, JsonLines))
        rows = list(csv.DictReader(io.StringIO(exported(path, lambda out: CsvRows(out, exact=True)), newline="")))
        episode = json.loads(exported(path, lambda out: ParlaiConversations(out, "x.metadata")))
        roles = {person["participant"]: person["role"] for person in talk["people"]}
        chat = json.loads(exported(path, lambda out: ChatLines(out, roles[ada.id])))
    said = [(message["speaker"], message["text"]) for message in talk["messages"]]
    assert talk["outcome"] == "finished"
    assert [(who, text) for who, text in said if who in roles.values()][:2] == [
        (roles[ada.id], "the first thing"),
        (roles[ben.id], "=second(thing)"),
    ]
    assert [(row["speaker"], row["text"]) for row in rows] == said
    turns = [(act["id"], act["text"]) for exchange in episode["dialog"] for act in exchange]
    assert turns == [(speaker or "system", text) for speaker, text in said]
    assert [message["content"] for message in chat["messages"] if message["role"] == "assistant"] == [
        text for speaker, text in said if speaker == roles[ada.id]
    ]
    assert len([text for _, text in said if text == "the first thing"]) == 1


def test_a_line_is_delivered_when_it_reaches_its_person_and_read_when_they_say_so(path: Path) -> None:
    with rehearse(CONFIG, store=path) as rehearsal:
        timers = rehearsal.timers
        ada, ben = start_chatting(rehearsal)
        rehearsal.advance(1)
        ada.says("seen at once")
        at_once = timers.time()
        rehearsal.advance(1)
        ben.goes_away()
        ada.says("seen later")
        rehearsal.advance(5)
        ben.comes_back()
        later = timers.time()
        rehearsal.advance(2)
        ben.reads()
        read = timers.time()
        ben.goes_away()
        ada.says("never seen")
        rehearsal.crash()
        talk = json.loads(exported(path, JsonLines))
    found = {message["text"]: message["shown_to"] for message in talk["messages"]}
    times = [
        [(shown["delivered"], shown["read"]) for shown in found[text]]
        for text in ("seen at once", "seen later", "never seen")
    ]
    assert times == [
        [(timestamp(at_once), timestamp(read))],
        [(timestamp(later), timestamp(read))],
        [(None, None)],
    ]


def test_after_a_crash_nothing_is_delivered_to_those_who_have_not_come_back(path: Path) -> None:
    with rehearse(CONFIG, store=path) as rehearsal:
        ada, _ben = start_chatting(rehearsal)
        rehearsal.crash(reconnect=False)
        ada.comes_back()
        ada.says("is anybody there?")
        talk = json.loads(exported(path, JsonLines))
    (shown,) = next(message for message in talk["messages"] if message["text"] == "is anybody there?")["shown_to"]
    assert shown["delivered"] is None


def exported(path: Path, make: Any) -> str:
    out = io.StringIO(newline="")
    with Archive(path) as record:
        export(record, Selection(), make(out))
    return out.getvalue()


def test_after_a_crash_and_a_forgetting_the_partner_is_told_and_goes_on(path: Path, tmp_path: Path) -> None:
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    with opened(path) as rehearsal:
        ada, ben = start_chatting(rehearsal)
        ada.says("what only ada said")
        ben.sees("what only ada said")
        # What a process that is killed at this moment leaves behind.
        for file in tmp_path.glob("demo.db*"):
            shutil.copy(file, crashed)
    erased = erase(crashed / "demo.db", ada.id)
    assert erased.stopped == 2  # the chat, and the overworld that waited for her
    left_over = b"".join(file.read_bytes() for file in crashed.iterdir())
    for word in ("what only ada said", ada.id):
        assert word.encode() not in left_over
    with opened(crashed / "demo.db") as rehearsal:
        ben = rehearsal.person("ben").arrives()
        assert ben.place == "overworld"
        ada = rehearsal.person("ada").arrives(opens=True)
        assert ada.place == "overworld"
    with Archive(crashed / "demo.db") as record:
        (uid,) = record.find("chat/t_1")
        conversation = record.conversation(uid)
        assert conversation is not None
        assert conversation.outcome == "left"
        assert ERASED_TEXT in [entry.text for entry in record.messages(conversation)]


class Parrot:
    """Says what it has heard last; told by `self_observe` what is on record, as it is not asked for that again."""

    def __init__(self) -> None:
        self.heard = ""
        self.last_answer: ModelAnswer | None = None

    def observe(self, act: Any) -> Any:
        self.heard = act["text"]
        return act

    def act(self) -> Any:
        text = f"{self.heard}, {self.heard}"
        self.last_answer = ModelAnswer(model="parrot", text=text, prompt_tokens=3, completion_tokens=2, cost=0.5)
        return {"text": text}


class WithParrot(World):
    """A person talks, a parrot answers, and another person listens."""

    MAX_AGENTS = 2

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> WithParrot:
        return WithParrot(opt, [*agents, BotAgent(Parrot(), id="parrot", role="Polly")])  # type: ignore[arg-type]

    @staticmethod
    def assign_roles(agents: Any) -> None:
        agents[0].disp_id, agents[1].disp_id = "Talker", "Listener"

    def parley(self) -> None:
        talker, listener, parrot = self.agents
        act = talker.act()
        if act is None:
            return
        listener.observe(act)
        parrot.observe(act)
        answer = parrot.act()
        for person in (talker, listener):
            person.observe(answer)

    def episode_done(self) -> bool:
        return False


def test_a_bot_among_people_is_on_record_as_it_was_also_over_a_crash(path: Path) -> None:
    with rehearse_world(WithParrot, people=2, store=path) as rehearsal:
        talker, listener = rehearsal.everybody
        talker.says("hello")
        listener.sees("hello, hello")
        rehearsal.crash()
        talker.says("bye")
        listener.sees("bye, bye")
        talk = json.loads(exported(path, JsonLines))
        with archive.open(path) as store:
            answers = list(store.answers())
    people = [(person["role"], person["is_bot"]) for person in talk["people"]]
    assert people == [("Talker", False), ("Listener", False), ("Polly", True)]
    said = [(message["speaker"], message["participant"], message["text"]) for message in talk["messages"]]
    assert said == [
        ("Talker", talker.id, "hello"), ("Polly", "bot:parrot", "hello, hello"),
        ("Talker", talker.id, "bye"), ("Polly", "bot:parrot", "bye, bye"),
    ]  # fmt: skip
    seen_by = [{shown["participant"] for shown in message["shown_to"]} for message in talk["messages"]]
    assert seen_by == [{listener.id, "bot:parrot"}, {talker.id, listener.id}] * 2
    assert [message["answer"]["cost"] for message in talk["messages"] if message["speaker"] == "Polly"] == [
        0.5
    ] * 2
    assert [(row["kind"], row["line"], row["text"]) for row in answers] == [
        ("spoke", 2, "hello, hello"), ("spoke", 4, "bye, bye"),
    ]  # fmt: skip
