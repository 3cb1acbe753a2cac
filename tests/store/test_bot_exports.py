"""Bots in everything that is read from a record: named among those who took part, and nowhere among people."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bot_turns import ADA, ANSWER, BEN, bot_seat, decision, log_of, moderated, shown, spoken, they_haggle
from click.testing import CliRunner
from record_lab import RecordLab
from test_export import as_json, exported, said

from parleyrun import archive
from parleyrun.archive.archive import Archive
from parleyrun.archive.chat_lines import ChatLines
from parleyrun.archive.csv_rows import CsvRows
from parleyrun.archive.following import Follower
from parleyrun.archive.json_lines import JsonLines
from parleyrun.archive.parlai_conversations import ParlaiConversations
from parleyrun.archive.pseudonyms import Pseudonyms
from parleyrun.archive.selection import Selection
from parleyrun.cli import commands
from parleyrun.core.message import Message
from parleyrun.core.model_answer import ModelAnswer
from parleyrun.runner.turn import Said, Turn

WORDS = [("Guide", "Welcome!"), ("Buyer", "How much is the lamp?"), ("Seller", "Ten coins.")]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[RecordLab]:
    with RecordLab(tmp_path / "lab.db") as lab:
        yield lab


def asked(lab: RecordLab, query: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(f"file:{lab.path}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def run(lab: RecordLab, *arguments: str) -> str:
    result = CliRunner().invoke(commands, [arguments[0], str(lab.path), *arguments[1:]])
    assert result.exit_code == 0, result.output
    return result.stdout


def told(lab: RecordLab, *arguments: str) -> str:
    return CliRunner().invoke(commands, [arguments[0], str(lab.path), *arguments[1:]]).output


def test_a_bot_is_named_among_those_who_took_part_and_so_are_its_words(lab: RecordLab) -> None:
    they_haggle(lab)
    (conversation,) = as_json(lab)
    assert said(conversation) == WORDS
    assert conversation["people"] == [
        {"participant": ADA, "role": "Buyer", "is_bot": False},
        {"participant": BEN, "role": "Witness", "is_bot": False},
        {"participant": "bot:seller", "role": "Seller", "is_bot": True, "model": "seller", "disclosed": True},
    ]
    assert [message["participant"] for message in conversation["messages"]] == [None, ADA, "bot:seller"]
    shown_to = [[shown["participant"] for shown in message["shown_to"]] for message in conversation["messages"]]
    assert shown_to == [[ADA, BEN, "bot:seller"], [BEN, "bot:seller"], [ADA, BEN]]


def test_what_it_took_a_bot_to_say_it_is_with_its_message(lab: RecordLab) -> None:
    they_haggle(lab)
    (conversation,) = as_json(lab)
    answers = [message.get("answer") for message in conversation["messages"]]
    assert answers[:2] == [None, None]
    assert answers[2] == {
        "decision": 6, "kind": "spoke", "why": "",
        "model": "seller", "served_by": "gpt-x-2026", "text": "Seller: Ten coins.",
        "parameters": {"temperature": 0.5, "stop": ["\n"]}, "prompt_hash": "h1",
        "prompt_tokens": 20, "completion_tokens": 4, "tokens_estimated": True,
        "cost": 0.25, "seconds": 1.5, "tries": 2, "finish_reason": "stop",
        "calls": [{"name": "price_of", "arguments": {"thing": "lamp"}, "result": 10}], "failure": "", "error": "",
    }  # fmt: skip


def test_no_export_tells_what_the_record_calls_a_bots_log(lab: RecordLab) -> None:
    uid = they_haggle(lab)
    log = log_of("seller", uid)
    everything = Selection(kinds=())
    for make in (JsonLines, CsvRows, lambda out: ParlaiConversations(out, "x"), lambda out: ChatLines(out, "A")):
        for selection in (None, everything):
            assert log not in exported(lab, make, selection)
    for form in ("participants", "runs", "models"):
        assert log not in run(lab, "export", "--format", form)
    assert log not in run(lab, "transcripts")
    assert log not in run(lab, "transcripts", "haggle/t_1", "--times")


def test_spreadsheets_and_parlai_have_a_bots_words_once(lab: RecordLab) -> None:
    they_haggle(lab)
    rows = list(csv.DictReader(io.StringIO(exported(lab, CsvRows), newline="")))
    assert [(row["speaker"], row["participant"], row["text"]) for row in rows][2] == (
        "Seller", "bot:seller", "Ten coins.",
    )  # fmt: skip
    assert rows[1]["shown_to"] == json.dumps([BEN, "bot:seller"])
    parlai = json.loads(exported(lab, lambda out: ParlaiConversations(out, "x")))
    assert parlai["dialog"] == [[{"id": speaker, "text": text} for speaker, text in WORDS]]


def test_as_the_assistant_a_bot_has_what_it_was_shown_and_nothing_else(lab: RecordLab) -> None:
    uid = they_haggle(lab)
    lab.turn(uid, (ADA, {"id": "Guide", "text": "Psst: the lamp is worth five."}))
    chat = json.loads(exported(lab, lambda out: ChatLines(out, "Seller")))
    assert [(message["role"], message["content"]) for message in chat["messages"]] == [
        ("user", "Welcome!"), ("user", "How much is the lamp?"), ("assistant", "Ten coins."),
    ]  # fmt: skip


def test_a_bot_without_a_role_speaks_under_its_own_name(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A"})
    log = log_of("parrot", uid)
    lab.turn(uid, bots=(bot_seat(uid, "parrot", None),), bot_lines=(spoken(log, 1, "squawk", id="parrot"),))
    (conversation,) = as_json(lab)
    assert said(conversation) == [("parrot", "squawk")]
    assert conversation["messages"][0]["participant"] == "bot:parrot"
    chat = json.loads(exported(lab, lambda out: ChatLines(out, "parrot"), Selection(with_words_of="parrot")))
    assert [message["role"] for message in chat["messages"]] == ["assistant"]


def test_what_was_said_stays_in_order_where_one_turn_has_words_of_a_world_and_of_a_bot(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
    log = log_of("seller", uid)
    hello, bye = spoken(log, 2, "hello", at=3.0, id="Seller"), spoken(log, 3, "bye", at=5.0, id="Seller")
    welcome, last = Message("welcome", id="Guide"), Message("that was all", id="Guide")
    identity, _ = lab._runs[uid]
    said_by_it = (
        *(Said(who, welcome, 1.0) for who in (ADA, BEN)),
        *(Said(who, hello.message, 3.0) for who in (ADA, BEN)),
        Said(ADA, Message("now", id="Guide"), 4.0),
        *(Said(who, bye.message) for who in (ADA, BEN)),
        *(Said(who, last, 6.0) for who in (ADA, BEN)),
    )
    lines = (
        shown(log, 1, "welcome", at=2.0, id="Guide"),
        hello,
        bye,
        shown(log, 4, "that was all", 7.0, id="Guide"),
    )
    lab.store.commit(Turn(identity, 1, said=said_by_it, bots=(bot_seat(uid),), bot_lines=lines), lambda line: None)
    lab.settle()
    (conversation,) = as_json(lab)
    assert [text for _, text in said(conversation)] == ["welcome", "hello", "now", "bye", "that was all"]
    assert [len(message["shown_to"]) for message in conversation["messages"]] == [3, 2, 1, 2, 3]


def test_a_row_a_decision_tells_what_was_answered_and_which_line_it_was(lab: RecordLab) -> None:
    uid = they_haggle(lab)
    rows = [json.loads(line) for line in run(lab, "export", "--format", "models").splitlines()]
    keys = ("conversation_id", "name", "task", "participant", "role", "decision", "kind", "why", "line", "model")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        (uid, "haggle/t_1", "haggle", "bot:seller", "Seller", 4, "silent", "not addressed", None, None),
        (uid, "haggle/t_1", "haggle", "bot:seller", "Seller", 6, "spoke", "", 3, "seller"),
        (uid, "haggle/t_1", "haggle", "bot:seller", "Seller", 7, "overtaken", "dropped", None, "seller"),
    ]
    assert rows[1]["at"] == "2023-11-14T22:13:24.000Z"
    assert (rows[1]["prompt"], rows[1]["cost"], rows[1]["calls"][0]["result"]) == (ANSWER.prompt, 0.25, 10)
    assert (rows[0]["text"], rows[0]["calls"], rows[0]["tries"]) == (None, None, None)
    in_csv = run(lab, "export", "--format", "models", "--csv")
    table = list(csv.DictReader(io.StringIO(in_csv)))
    assert [(row["kind"], row["line"], row["tokens_estimated"]) for row in table] == [
        ("silent", "", ""), ("spoke", "3", "true"), ("overtaken", "", "true"),
    ]  # fmt: skip


def test_answers_are_a_table_in_python(lab: RecordLab) -> None:
    they_haggle(lab)
    lab.begin("chat/t_1", {ADA: None, BEN: None})
    with archive.open(lab.path) as store:
        table = store.answers()
        assert [row["kind"] for row in table] == ["silent", "spoke", "overtaken"]
        assert [row["cost"] for row in table] == [None, 0.25, 0.25]
        assert tuple(next(iter(table))) == table.columns
        assert list(store.answers(Selection(tasks=("chat",)))) == []


def test_an_export_of_answers_says_why_it_has_none(lab: RecordLab) -> None:
    lab.begin("chat/t_1", {ADA: None, BEN: None})
    assert "no bot has decided anything" in told(lab, "export", "--format", "models")
    assert "there is no conversation of task 'x'" in told(lab, "export", "--format", "models", "--task", "x")


def test_with_pseudonyms_bots_keep_their_names_and_people_have_theirs_in_prompts_too(lab: RecordLab) -> None:
    uid = they_haggle(lab)
    log = log_of("seller", uid)
    asks = ModelAnswer(model="seller", prompt=f"{ADA} asks", text=f"I know {ADA}")
    lab.turn(
        uid,
        bot_lines=(spoken(log, 4, f"I know {ADA}", id="Seller"),),
        decisions=(decision(log, 8, seq=4, answer=asks),),
    )
    pseudonyms = Pseudonyms(b"k" * 32)
    (conversation,) = as_json(lab, pseudonyms=pseudonyms)
    ada, ben = pseudonyms.of(ADA), pseudonyms.of(BEN)
    assert "memory:" not in json.dumps(conversation)
    assert [person["participant"] for person in conversation["people"]] == [ada, ben, "bot:seller"]
    assert conversation["people"][2]["is_bot"]
    assert [message["participant"] for message in conversation["messages"]] == [
        None, ada, "bot:seller", "bot:seller",
    ]  # fmt: skip
    assert [shown["participant"] for shown in conversation["messages"][1]["shown_to"]] == [ben, "bot:seller"]
    assert conversation["messages"][3]["answer"]["text"] == f"I know {ada}"
    models = run(lab, "export", "--format", "models", "--pseudonymise")
    assert "memory:" not in models
    assert models.count("bot:seller") == 4


def test_what_was_held_or_changed_is_with_its_conversation(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
    identity, _ = lab._runs[uid]
    what = (moderated(BEN, "you fool", None, id="A"), moderated(BEN, f"damn {ADA}", "d***", id="A"))
    lab.store.commit(Turn(identity, 1, said=what), lambda line: None)
    lab.settle()
    (conversation,) = as_json(lab)
    about = {"participant": BEN, "at": "2023-11-14T22:13:20.000Z", "speaker": "A", "reason": "it is rude"}
    assert conversation["moderated"] == [
        {**about, "text": "you fool", "verdict": "held", "shown": None},
        {**about, "text": f"damn {ADA}", "verdict": "changed", "shown": "d***"},
    ]
    assert said(conversation) == [("A", "d***")]
    (hidden,) = as_json(lab, pseudonyms=Pseudonyms(b"k" * 32))
    assert "memory:" not in json.dumps(hidden)


def test_nothing_that_lists_or_counts_people_has_a_bot(lab: RecordLab) -> None:
    uid = they_haggle(lab)
    lab.end(uid)
    assert "bot:" not in run(lab, "participants")
    people = [json.loads(line) for line in run(lab, "export", "--format", "participants").splitlines()]
    assert [person["partners"] for person in people if person["participant"] == ADA] == [[BEN]]
    assert not [person for person in people if person["participant"].startswith("bot:")]
    (conversation,) = (json.loads(line) for line in run(lab, "export", "--format", "runs").splitlines())
    assert conversation["said"] == 1
    assert "1 message from 2 people, 1 from 1 bot" in run(lab, "transcripts")
    whole = CliRunner().invoke(commands, ["store", "check", str(lab.path)]).output
    assert f"is whole: {len(people)} participants, 1 conversation" in whole


def test_a_bot_is_in_the_heading_of_a_transcript_and_has_no_screen(lab: RecordLab) -> None:
    they_haggle(lab)
    shown_with_times = run(lab, "transcripts", "haggle/t_1", "--times")
    assert "Seller = bot:seller" in shown_with_times
    assert "Seller: a bot, which has no screen" in shown_with_times


def test_the_views_have_bots_in_runs_lines_and_answers_and_not_among_people(lab: RecordLab) -> None:
    uid = they_haggle(lab)
    assert asked(lab, "SELECT count(*) FROM study_people WHERE participant_id LIKE 'bot:%'") == [(0,)]
    ((people, messages),) = asked(lab, "SELECT people, messages FROM study_runs")
    (conversation,) = as_json(lab)
    assert json.loads(people) == conversation["people"]
    assert messages == 1
    columns = "participant_id, seq, by_participant, text"
    lines = asked(lab, f"SELECT {columns} FROM study_lines WHERE is_bot AND conversation_id = ?", uid)
    assert lines == [
        ("bot:seller", 1, 0, "Welcome!"),
        ("bot:seller", 2, 0, "How much is the lamp?"),
        ("bot:seller", 3, 1, "Ten coins."),
    ]
    columns = "task, participant_id, role, decision, kind, why, seq, model, text, cost, prompt_tokens, prompt"
    rows = asked(lab, f"SELECT {columns} FROM study_answers WHERE conversation_id = ? ORDER BY n", uid)
    assert rows[1] == (
        "haggle", "bot:seller", "Seller", 6, "spoke", "", 3, "seller", ANSWER.text, 0.25, 20, ANSWER.prompt,
    )  # fmt: skip
    assert [row[4] for row in rows] == ["silent", "spoke", "overtaken"]


def test_whoever_follows_a_conversation_sees_a_bot_that_sits_down_later(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A"})
    log = log_of("seller", uid)
    with Archive(lab.path) as record:
        follower = Follower(record, Selection())
        hello = spoken(log, 1, "hello", id="Seller")
        lab.turn(uid, (ADA, hello.message.to_act()), bots=(bot_seat(uid),), bot_lines=(hello,))
        messages = [news.message for news in follower.news() if news.message is not None]
    assert [(message.speaker, message.participant_id, message.text) for message in messages] == [
        ("Seller", "bot:seller", "hello")
    ]
    assert [seen.participant_id for seen in messages[0].shown_to] == [ADA]


def test_two_bots_of_one_model_are_told_apart_by_their_roles(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {ADA: "A"})
    one, two = log_of("m", uid), log_of("m-2", uid)
    first, second = spoken(one, 1, "I am one", id="One"), spoken(two, 2, "I am two", id="Two")
    seats = (bot_seat(uid, "m", "One"), bot_seat(uid, "m-2", "Two", position=3, model="m"))
    heard = shown(two, 1, "I am one", id="One", carried_line=first.message.carried_line)
    lab.turn(uid, bots=seats, bot_lines=(first, heard, second))
    (conversation,) = as_json(lab)
    assert [(m["speaker"], m["participant"]) for m in conversation["messages"]] == [
        ("One", "bot:m"),
        ("Two", "bot:m-2"),
    ]
    assert [seen["participant"] for seen in conversation["messages"][0]["shown_to"]] == ["bot:m-2"]
    assert [person.get("model") for person in conversation["people"]] == [None, "m", "m"]
