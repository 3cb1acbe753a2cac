"""Exports: each format is read back by what reads that format elsewhere."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tracemalloc
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import pytest
from record_lab import BEGAN, RecordLab, a_pair_talks

from parleyrun.archive import archive
from parleyrun.archive.archive import Archive
from parleyrun.archive.chat_lines import ChatLines
from parleyrun.archive.csv_rows import BYTE_ORDER_MARK, CsvRows, as_written, harmless
from parleyrun.archive.formats import ExportFormat
from parleyrun.archive.json_lines import JsonLines
from parleyrun.archive.parlai_conversations import ParlaiConversations
from parleyrun.archive.pseudonyms import Pseudonyms, key_of_file, key_of_store
from parleyrun.archive.selection import LIVE, Selection
from parleyrun.archive.writing import Tally, export
from parleyrun.errors import StoreError
from parleyrun.events import Sending
from parleyrun.store.one_line_json import to_line
from parleyrun.store.protocol import Move, SessionRecord
from parleyrun.store.sqlite.tables import TABLES, VERSION


@pytest.fixture
def lab(tmp_path: Path) -> Any:
    with RecordLab(tmp_path / "lab.db") as lab:
        yield lab


def exported(lab: RecordLab, make: Any = JsonLines, selection: Selection | None = None, **how: Any) -> str:
    out = io.StringIO(newline="")
    with Archive(lab.path) as record:
        export(record, selection or Selection(), make(out), **how)
    return out.getvalue()


def as_json(lab: RecordLab, selection: Selection | None = None, **how: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported(lab, JsonLines, selection, **how).splitlines()]


def said(conversation: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["speaker"], message["text"]) for message in conversation["messages"]]


def test_a_message_stands_once_however_many_people_saw_it(lab: RecordLab) -> None:
    a_pair_talks(lab)
    (conversation,) = as_json(lab)
    assert said(conversation) == [
        ("Guide", "Welcome to both!"),
        ("Teacher", "What is a sonnet?"),
        ("Pupil", "Fourteen lines,\nI believe."),
    ]
    shown_to = [[shown["participant"] for shown in message["shown_to"]] for message in conversation["messages"]]
    assert shown_to == [["memory:ada", "memory:ben"], ["memory:ben"], ["memory:ada"]]


def test_all_kinds_have_what_the_system_said_meanwhile_and_what_no_world_has_read(lab: RecordLab) -> None:
    ada, ben = "memory:ada", "memory:ben"
    lab.begin("overworld/t_1", {ada: None}, kind="overworld")
    uid = lab.begin("chat/t_1", {ada: "Teacher", ben: "Pupil"})
    lab.relay(uid, ada, "Teacher", "What is a sonnet?", [ben])
    lab.tell(ada, "Your partner is away.")
    lab.says(ada, "Hello?")
    everything = Selection(kinds=())
    lobby, chat = as_json(lab, everything)
    assert lobby["messages"] == [], "the innermost run has it"
    assert said(chat) == [("Teacher", "What is a sonnet?"), ("", "Your partner is away."), ("Teacher", "Hello?")]
    assert [shown["participant"] for shown in chat["messages"][1]["shown_to"]] == [ada]
    assert [message.get("unread", False) for message in chat["messages"]] == [False, False, True]
    (told,) = as_json(lab, everything, pseudonyms=Pseudonyms(b"k" * 32))[1:]
    assert [message.get("unread", False) for message in told["messages"]] == [False, False, True]
    # What was said in the world is what the other kinds have.
    assert said(as_json(lab)[0]) == [("Teacher", "What is a sonnet?")]


def test_what_the_system_says_after_a_conversation_stands_in_the_overworld(lab: RecordLab) -> None:
    ada = "memory:ada"
    lab.begin("overworld/t_1", {ada: None}, kind="overworld")
    uid = lab.begin("chat/t_1", {ada: "Teacher"})
    lab.end(uid)
    lab.tell(ada, "Thank you!")
    lobby, chat = as_json(lab, Selection(kinds=()))
    assert (said(lobby), said(chat)) == ([("", "Thank you!")], [])


def test_what_is_written_at_the_gate_is_in_no_export(lab: RecordLab) -> None:
    """Where a password is new, people are asked for it who are inside."""
    ada = "memory:ada"
    uid = lab.begin("chat/t_1", {ada: "Teacher"})
    session = SessionRecord(participant_id=ada, place="task", task="chat", run_uid=uid, at_gate=True)
    lab.move(Move(sessions=(session,)))
    lab.tell(ada, "What is the password?")
    read = lab.says(ada, "swordfish")
    lab.move(Move(consumed=(read,)))
    lab.says(ada, "sesame")
    (chat,) = as_json(lab, Selection(kinds=()))
    assert said(chat) == [("", "What is the password?")]
    lab.move(Move(sessions=(replace(session, at_gate=False),)))
    (chat,) = as_json(lab, Selection(kinds=()))
    assert ("Teacher", "swordfish") not in said(chat)


def test_json_lines_hold_everything_that_is_on_record(lab: RecordLab) -> None:
    uid = a_pair_talks(lab)
    (conversation,) = as_json(lab)
    messages = conversation.pop("messages")
    assert conversation == {
        "conversation": uid,
        "conversation_id": uid,
        "task_id": "t_1",
        "run_id": "r_1ab0",
        "name": "chat/t_1",
        "kind": "task",
        "task": "chat",
        "world": "ChatWorld",
        "started": "2023-11-14T22:13:20.000Z",
        "ended": "2023-11-14T22:13:26.000Z",
        "outcome": "finished",
        "reason": "",
        "forced": False,
        "data": None,
        "people": [
            {"participant": "memory:ada", "role": "Teacher", "is_bot": False},
            {"participant": "memory:ben", "role": "Pupil", "is_bot": False},
        ],
        "match": {
            "at": "2023-11-14T22:13:20.000Z",
            "taken": ["memory:ada", "memory:ben"],
            "passed_over": [{"participant": "memory:eve", "why": "she is away"}],
        },
        "moderated": [],
    }
    assert messages[0]["quick_replies"] == ["hi", "bye"]
    assert messages[1]["at"] == "2023-11-14T22:13:22.000Z"
    assert messages[1]["participant"] == "memory:ada"


def test_it_says_when_a_message_was_read(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B"})
    lab.relay(uid, "memory:ada", "A", "first", ["memory:ben"])
    lab.relay(uid, "memory:ada", "A", "second", ["memory:ben"])
    lab.relay(uid, "memory:ada", "A", "third", ["memory:ben"])
    lab.clock.now += 60
    lab.read("memory:ben", 2)
    (conversation,) = as_json(lab)
    read = [message["shown_to"][0].get("read") for message in conversation["messages"]]
    assert read == ["2023-11-14T22:14:20.000Z", "2023-11-14T22:14:20.000Z", None]


def told_in_steps(lab: RecordLab) -> None:
    """Ada sends something at 13:20 that is committed at 13:21, and the others see it each in their own time."""
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B", "memory:cat": "C", "memory:dan": "D"})
    lab.clock.now += 1
    lab.relay(uid, "memory:ada", "A", "hello", ["memory:ben", "memory:cat", "memory:dan"])
    lab.sent("hello", BEGAN)
    lab.clock.now += 1
    lab.delivered("memory:ben", 1)
    lab.clock.now += 1
    lab.read("memory:ben", 1)
    lab.read("memory:cat", 1)


SENT, COMMITTED, DELIVERED, READ = (f"2023-11-14T22:13:2{second}.000Z" for second in range(4))


def test_json_lines_tell_when_a_message_was_sent_committed_delivered_and_read(lab: RecordLab) -> None:
    told_in_steps(lab)
    ((message,),) = [conversation["messages"] for conversation in as_json(lab)]
    assert (message["sent"], message["committed"], message["at"]) == (SENT, COMMITTED, COMMITTED)
    assert [list(shown.values()) for shown in message["shown_to"]] == [
        ["memory:ben", COMMITTED, COMMITTED, DELIVERED, READ],
        ["memory:cat", COMMITTED, COMMITTED, READ, READ],
        ["memory:dan", COMMITTED, COMMITTED, None, None],
    ]
    assert list(message["shown_to"][0]) == ["participant", "at", "committed", "delivered", "read"]


def test_a_csv_has_a_column_for_each_of_the_four_times(lab: RecordLab) -> None:
    told_in_steps(lab)
    (row,) = rows_of(exported(lab, CsvRows))
    assert (row["sent"], row["committed"], row["at"]) == (SENT, COMMITTED, COMMITTED)
    assert json.loads(row["delivered"]) == {"memory:ben": DELIVERED, "memory:cat": READ}
    assert json.loads(row["read"]) == {"memory:ben": READ, "memory:cat": READ}


def test_what_is_not_known_is_null_or_left_empty(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A"})
    lab.turn(uid, ("memory:ada", {"id": "Bot", "text": "hello"}))
    lab.sent("hello", None)
    ((message,),) = [conversation["messages"] for conversation in as_json(lab)]
    assert message["sent"] is None
    assert (message["shown_to"][0]["delivered"], message["shown_to"][0]["read"]) == (None, None)
    (row,) = rows_of(exported(lab, CsvRows))
    assert (row["sent"], row["delivered"], row["read"]) == ("", "", "")


def test_a_time_counts_from_the_first_mark_that_reaches_a_line(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B"})
    for text in ("first", "second", "third"):
        lab.turn(uid, ("memory:ben", {"id": "Bot", "text": text}))
        lab.clock.now += 1
    for seq in (2, 3):
        lab.delivered("memory:ben", seq)
        lab.clock.now += 1
    lab.read("memory:ben", 3)
    (conversation,) = as_json(lab)
    shown = [message["shown_to"][0] for message in conversation["messages"]]
    assert [one["delivered"] for one in shown] == [READ, READ, "2023-11-14T22:13:24.000Z"]
    assert {one["read"] for one in shown} == {"2023-11-14T22:13:25.000Z"}


def test_what_a_world_says_to_several_has_the_times_of_each(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B"})
    lab.turn(uid, *((who, {"id": "Guide", "text": "Welcome!"}) for who in ("memory:ada", "memory:ben")))
    lab.sent("Welcome!", BEGAN - 1)
    lab.clock.now += 1
    lab.delivered("memory:ada", 1)
    lab.clock.now += 1
    lab.delivered("memory:ben", 1)
    ((message,),) = [conversation["messages"] for conversation in as_json(lab)]
    assert (message["sent"], message["committed"]) == ("2023-11-14T22:13:19.000Z", SENT)
    assert [shown["delivered"] for shown in message["shown_to"]] == [COMMITTED, DELIVERED]


def test_pseudonyms_leave_the_times_alone(lab: RecordLab) -> None:
    told_in_steps(lab)
    pseudonyms = Pseudonyms(b"k" * 32)
    ((message,),) = [conversation["messages"] for conversation in as_json(lab, pseudonyms=pseudonyms)]
    assert (message["sent"], message["committed"]) == (SENT, COMMITTED)
    assert [shown["delivered"] for shown in message["shown_to"]] == [DELIVERED, READ, None]
    (row,) = rows_of(exported(lab, CsvRows, pseudonyms=pseudonyms))
    assert json.loads(row["delivered"]) == {
        pseudonyms.of("memory:ben"): DELIVERED,
        pseudonyms.of("memory:cat"): READ,
    }


def test_what_a_world_tells_two_people_in_different_turns_are_two_messages(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B"})
    lab.turn(uid, ("memory:ada", {"id": "Guide", "text": "Your turn."}))
    lab.clock.now += 1
    lab.turn(uid, ("memory:ben", {"id": "Guide", "text": "Your turn."}))
    lab.turn(uid, *(("memory:ada", {"id": "Guide", "text": "Again!"}) for _ in range(2)))
    (conversation,) = as_json(lab)
    assert [text for _, text in said(conversation)] == ["Your turn.", "Your turn.", "Again!", "Again!"]


def test_words_a_world_changed_before_it_passed_them_on_are_its_own(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B"})
    reference = lab.says("memory:ada", "hello")
    lab.turn(
        uid,
        ("memory:ben", {"id": "A", "text": "HELLO", "carried_line": reference}),
        ("memory:ada", {"id": "Echo", "text": "hello", "carried_line": reference}),
        consumed=[reference],
    )
    (conversation,) = as_json(lab)
    assert said(conversation) == [("A", "hello"), ("A", "HELLO"), ("Echo", "hello")]


def test_an_authors_own_carried_line_is_taken_for_no_line(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B"})
    reference = lab.says("memory:ada", "hello")
    lab.turn(uid, consumed=[reference])
    for made_up in ("memory:ada1", "#", "#1", "1", "memory:ada#", "", "x#1"):
        lab.turn(uid, ("memory:ben", {"id": "Bot", "text": "hello", "carried_line": made_up}))
        lab.clock.now += 1
    (conversation,) = as_json(lab)
    assert len(said(conversation)) == 8


def test_messages_nobody_has_read_yet_and_the_systems_belong_to_no_conversation(lab: RecordLab) -> None:
    lab.begin("chat/t_1", {"memory:ada": "A"})
    lab.says("memory:ada", "anybody there?")
    lab.tell("memory:ada", "Please wait.")
    (conversation,) = as_json(lab)
    assert conversation["messages"] == []


def test_order_is_that_of_the_record_even_if_the_clock_jumps_back(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B"})
    for number in range(4):
        lab.relay(uid, "memory:ada", "A", str(number), ["memory:ben"])
        lab.clock.now -= 1_000
    (conversation,) = as_json(lab)
    assert [text for _, text in said(conversation)] == ["0", "1", "2", "3"]


def test_a_selection_takes_what_it_says(lab: RecordLab) -> None:
    lab.begin("overworld/t_1", {"memory:ada": None}, kind="overworld")
    a_pair_talks(lab, "chat/t_1")
    lab.clock.now += 1_000
    quiz = lab.begin("quiz/t_1", {"memory:ada": "A"})
    lab.end(quiz, "timed out")
    lab.begin("quiz/t_2", {"memory:ada": "A"})

    def names(**of: Any) -> list[str]:
        with Archive(lab.path) as record:
            found = [conversation.name for conversation in record.conversations(Selection(**of))]
            assert record.count(Selection(**of)) == len(found)
        return found

    assert names() == ["chat/t_1", "quiz/t_1", "quiz/t_2"]
    assert names(kinds=()) == ["overworld/t_1", "chat/t_1", "quiz/t_1", "quiz/t_2"]
    assert names(kinds=("overworld",)) == ["overworld/t_1"]
    assert names(tasks=("quiz",)) == ["quiz/t_1", "quiz/t_2"]
    assert names(outcomes=("finished",)) == ["chat/t_1"]
    assert names(outcomes=("timed out", LIVE)) == ["quiz/t_1", "quiz/t_2"]
    assert names(since=lab.clock.now) == ["quiz/t_1", "quiz/t_2"]
    assert names(with_words_of="Pupil") == ["chat/t_1"]
    assert names(with_words_of="Guide") == ["chat/t_1"]
    assert names(tasks=("nothing",)) == []


def test_more_conversations_than_are_looked_up_at_once_come_in_order(
    lab: RecordLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_BATCH", 50)
    with closing(sqlite3.connect(lab.path)) as connection, connection:
        many(connection, conversations=123, messages=1)
    connection.close()
    assert [conversation["name"] for conversation in as_json(lab)] == [f"big/t_{n}" for n in range(123)]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_csv_is_read_back_by_the_csv_module(lab: RecordLab) -> None:
    uid = a_pair_talks(lab)
    nasty = 'quote " comma , semicolon ; line\r\nend \N{SNOWMAN} and \u2028'
    more = lab.begin("chat/t_2", {"memory:ada": "A", "memory:ben": "B"})
    lab.relay(more, "memory:ada", "A", nasty, ["memory:ben"])
    rows = rows_of(exported(lab, CsvRows))
    assert list(rows[0]) == list(CsvRows.COLUMNS)
    assert [(row["conversation"], row["number"], row["speaker"]) for row in rows[:3]] == [
        (uid, "1", "Guide"),
        (uid, "2", "Teacher"),
        (uid, "3", "Pupil"),
    ]
    assert [(row["conversation_id"], row["task_id"], row["run_id"]) for row in rows[2:4]] == [
        (uid, "t_1", "r_1ab0"),
        (more, "t_2", "r_1ab0"),
    ]
    assert rows[3]["text"] == nasty
    assert json.loads(rows[0]["quick_replies"]) == ["hi", "bye"]
    assert json.loads(rows[1]["shown_to"]) == ["memory:ben"]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "'=1", "''=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("text", [*FORMULAS, "plain", "'quoted'", "1=1", ""])
def test_taking_one_apostrophe_away_gives_back_what_was_said(text: str) -> None:
    assert as_written(harmless(text)) == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("hi;=cmd()", "hi;'=cmd()"),
        ("hi;'=cmd()", "hi;''=cmd()"),
        ('hi;"=cmd()', "hi;'\"=cmd()"),
        ("two\n@lines\r\n", "two\n'@lines\r\n"),
        ("a; b=1; c", "a; b=1; c"),
    ],
)
def test_a_cell_is_harmless_also_where_a_semicolon_separates(text: str, cell: str) -> None:
    assert harmless(text) == cell
    assert as_written(cell) == text


def test_a_csv_has_the_data_of_the_outcome_and_a_mark_for_excel_if_asked_for(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B"})
    lab.relay(uid, "memory:ada", "A", "hello", ["memory:ben"])
    lab.end(uid, data={"agreed": True, "price": 12})
    (row,) = rows_of(exported(lab, CsvRows))
    assert json.loads(row["data"]) == {"agreed": True, "price": 12}
    marked = exported(lab, lambda out: CsvRows(out, bom=True))
    assert marked == BYTE_ORDER_MARK + exported(lab, CsvRows)


def test_no_cell_of_a_csv_begins_like_a_formula_unless_asked_for(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"=cmd:ada": "@role", "memory:ben": "B"})
    for text in FORMULAS:
        lab.relay(uid, "=cmd:ada", "@role", text, ["memory:ben"], payload={"type": "file"})
    rows = rows_of(exported(lab, CsvRows))
    assert len(rows) == len(FORMULAS)
    assert not [cell for row in rows for cell in row.values() if cell[:1] in set("=+-@\t\r＝")]
    assert [as_written(row["text"]) for row in rows] == FORMULAS
    exact = rows_of(exported(lab, lambda out: CsvRows(out, exact=True)))
    assert [row["text"] for row in exact] == FORMULAS
    assert exact[0]["participant"] == "=cmd:ada"


def read_as_parlai_does(path: Path) -> tuple[list[list[tuple[str, str]]], dict[str, Any]]:
    """Read lines, dialogs of exchanges of acts, and the metadata whose place the file's name says."""
    conversations = []
    for line in path.read_text(encoding="utf-8").splitlines():
        episode = json.loads(line)
        assert episode["metadata_path"] == str(path.with_suffix(".metadata"))
        assert episode["context"] == []
        conversations.append([(act["id"], act["text"]) for exchange in episode["dialog"] for act in exchange])
    metadata = json.loads(path.with_suffix(".metadata").read_text())
    return conversations, metadata


def test_conversations_are_read_back_as_parlai_reads_them(lab: RecordLab, tmp_path: Path) -> None:
    a_pair_talks(lab)
    uid = lab.begin("chat/t_2", {"memory:ada": "A", "memory:ben": "B"})
    lab.turn(uid, ("memory:ada", {"text": "line\u2028separated\x85"}))
    lab.begin("chat/t_3", {"memory:ada": "A", "memory:ben": "B"})
    path, metadata_path = tmp_path / "talk.jsonl", tmp_path / "talk.metadata"
    with Archive(lab.path) as record, path.open("w", encoding="utf-8") as out:
        form = ParlaiConversations(out, str(metadata_path))
        export(record, Selection(), form)
    metadata_path.write_text(form.metadata({"task": "chat"}))
    conversations, metadata = read_as_parlai_does(path)
    assert conversations == [
        [
            ("Guide", "Welcome to both!"),
            ("Teacher", "What is a sonnet?"),
            ("Pupil", "Fourteen lines,\nI believe."),
        ],
        [("system", "line\u2028separated\x85")],
        [],
    ]
    assert metadata["speakers"] == ["Guide", "Teacher", "Pupil", "system"]
    assert metadata["opt"] == {"task": "chat"}
    assert metadata["self_chat"] is False
    assert metadata["version"] == "0.1"
    assert metadata["date"]


def test_an_exchange_ends_before_somebody_speaks_twice_in_it(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": "B"})
    for who in "ABABBA":
        person, other = ("memory:ada", "memory:ben") if who == "A" else ("memory:ben", "memory:ada")
        lab.relay(uid, person, who, who.lower(), [other])
    episode = json.loads(exported(lab, lambda out: ParlaiConversations(out, "x.metadata")))
    assert [[act["id"] for act in exchange] for exchange in episode["dialog"]] == [
        ["A", "B"],
        ["A", "B"],
        ["B", "A"],
    ]


def test_chat_messages_alternate_between_the_one_asked_for_and_the_others(lab: RecordLab) -> None:
    uid = a_pair_talks(lab)
    other = lab.begin("chat/t_2", {"memory:ada": "A", "memory:ben": "Pupil"})
    lab.turn(other, ("memory:ben", {"text": "Talk about the sea."}))
    lab.relay(other, "memory:ada", "A", "", ["memory:ben"], payload={"type": "image", "url": "https://sea"})
    lab.relay(other, "memory:ben", "Pupil", "It is wide.", ["memory:ada"])
    lines = exported(lab, lambda out: ChatLines(out, "Pupil"), Selection(with_words_of="Pupil")).splitlines()
    first, second = [json.loads(line)["messages"] for line in lines]
    assert uid
    assert first == [
        {"role": "user", "content": "Welcome to both!"},
        {"role": "user", "content": "What is a sonnet?"},
        {"role": "assistant", "content": "Fourteen lines,\nI believe."},
    ]
    assert second == [
        {"role": "system", "content": "Talk about the sea."},
        {"role": "assistant", "content": "It is wide."},
    ]


def test_a_chat_holds_only_what_its_assistant_was_shown(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "Seller", "memory:ben": "Buyer"})
    lab.turn(
        uid,
        ("memory:ada", {"text": "Sell for 50 at least."}),
        ("memory:ben", {"text": "Pay 80 at most."}),
        ("memory:ben", {"id": "Advisor", "text": "Begin low."}),
    )
    lab.relay(uid, "memory:ada", "Seller", "It is 90.", ["memory:ben"])
    lab.relay(uid, "memory:ben", "Buyer", "I keep that to myself.", [])
    lab.relay(uid, "memory:ben", "Buyer", "60?", ["memory:ada"])

    def contents(role: str) -> list[str]:
        chat = json.loads(exported(lab, lambda out: ChatLines(out, role)))
        return [message["content"] for message in chat["messages"]]

    assert contents("Seller") == ["Sell for 50 at least.", "It is 90.", "60?"]
    assert contents("Buyer") == ["Pay 80 at most.", "Begin low.", "It is 90.", "I keep that to myself.", "60?"]
    assert contents("Advisor") == ["Begin low.", "It is 90.", "I keep that to myself.", "60?"]
    with Archive(lab.path) as record:
        tally = export(record, Selection(), ChatLines(io.StringIO(), "Seller"))
    assert tally.messages == 3, "what is left out is not counted as exported"


def test_values_json_has_no_word_for_are_written_as_what_comes_nearest(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A"})
    odd = {"id": "B", "text": "x", "score": float("nan"), "bytes": b"\x00\xff", "set": {2, 1}, "half": "\ud800"}
    lab.turn(uid, ("memory:ada", odd))
    (conversation,) = as_json(lab)
    assert conversation["messages"][0]["extra"] == {
        "score": "nan",
        "bytes": "AP8=",
        "set": [1, 2],
        "half": "\ud800",
    }
    exported(lab).encode()


def explode() -> None:
    raise AssertionError("an export has run code out of the store")


class Bomb:
    def __reduce__(self) -> Any:
        return explode, ()


def test_an_export_runs_no_code_that_the_store_names(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A"})
    lab.turn(uid, ("memory:ada", {"id": "B", "text": "x", "trap": Bomb(), "path": Path("x")}))
    lab.end(uid, data={"trap": Bomb()})
    (conversation,) = as_json(lab)
    assert set(conversation["messages"][0]["extra"]) == {"trap", "path"}
    assert conversation["messages"][0]["extra"]["trap"].endswith(".explode>")
    assert conversation["data"]["trap"].endswith(".explode>")


def test_a_line_of_json_is_one_line_to_every_reader() -> None:
    line = to_line("a\u2028b\u2029c\x85d\ne\x0bf\x1cg")
    assert line.splitlines() == [line]
    assert json.loads(line) == "a\u2028b\u2029c\x85d\ne\x0bf\x1cg"


def test_json_lines_say_what_became_of_a_line_that_its_channel_sent(lab: RecordLab) -> None:
    uid = a_pair_talks(lab)
    lab.sends("memory:ada", 1, "m_1", "m_2")
    lab.send(
        Sending(
            participant_id="memory:ben", seq=1, piece=0, pieces=2, state="sent", at=lab.clock.now, channel_id="m_3"
        )
    )
    lab.send(
        Sending(
            participant_id="memory:ben",
            seq=1,
            piece=1,
            pieces=2,
            state="dropped",
            at=lab.clock.now,
            reason="memory:ben is gone",
        )
    )
    lab.send(Sending(participant_id="memory:ben", seq=2, piece=0, pieces=1, state="trying", at=lab.clock.now))
    (conversation,) = as_json(lab)
    assert conversation["conversation"] == uid
    sendings = [[shown.get("sending") for shown in message["shown_to"]] for message in conversation["messages"]]
    assert sendings == [
        [
            {"state": "sent", "channel_ids": ["m_1", "m_2"]},
            {"state": "dropped", "channel_ids": ["m_3"], "reason": "memory:ben is gone"},
        ],
        [{"state": "trying", "channel_ids": []}],
        [None],
    ]


def test_a_line_of_which_a_piece_is_missing_still_does_not_count_as_sent(lab: RecordLab) -> None:
    a_pair_talks(lab)
    lab.send(
        Sending(
            participant_id="memory:ada", seq=1, piece=0, pieces=2, state="sent", at=lab.clock.now, channel_id="m_1"
        )
    )
    (conversation,) = as_json(lab)
    assert conversation["messages"][0]["shown_to"][0]["sending"] == {"state": "trying", "channel_ids": ["m_1"]}


def test_with_pseudonyms_it_is_not_told_by_what_id_a_channel_knows_a_message(lab: RecordLab) -> None:
    a_pair_talks(lab)
    lab.sends("memory:ada", 1, "m_1")
    lab.send(
        Sending(
            participant_id="memory:ben",
            seq=1,
            piece=0,
            pieces=1,
            state="dropped",
            at=lab.clock.now,
            channel_id="m_2",
            reason="memory:ben is gone",
        )
    )
    pseudonyms = Pseudonyms(b"k" * 32)
    (conversation,) = as_json(lab, pseudonyms=pseudonyms)
    assert [shown["sending"] for shown in conversation["messages"][0]["shown_to"]] == [
        {"state": "sent", "channel_ids": []},
        {"state": "dropped", "channel_ids": [], "reason": f"{pseudonyms.of('memory:ben')} is gone"},
    ]


def test_pseudonyms_are_the_same_everywhere_and_no_id_is_left(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:ada": "A", "memory:ben": None}, passed_over=[("memory:eve", "away")])
    lab.relay(uid, "memory:ada", "A", "hello", ["memory:ben"])
    lab.relay(uid, "memory:ben", "memory:ben", "hi", ["memory:ada"])
    lab.turn(uid, ("memory:ada", {"text": "memory:ben is here", "who": {"memory:ben": ["memory:ben"]}}))
    lab.end(uid, "failed", reason="memory:ada was late", data={"winner": "memory:ada"})
    pseudonyms = Pseudonyms(b"k" * 32)
    for make in (JsonLines, CsvRows, lambda out: ParlaiConversations(out, "x"), lambda out: ChatLines(out, "A")):
        written = exported(lab, make, pseudonyms=pseudonyms)
        assert "memory:" not in written
    (conversation,) = as_json(lab, pseudonyms=pseudonyms)
    ada, ben = (pseudonyms.of(f"memory:{who}") for who in ("ada", "ben"))
    assert ada != ben
    assert [person["participant"] for person in conversation["people"]] == [ada, ben]
    assert [message["participant"] for message in conversation["messages"]] == [ada, ben, None]
    assert conversation["messages"][2]["text"] == f"{ben} is here"
    assert conversation["messages"][2]["extra"] == {"who": {ben: [ben]}}
    assert conversation["match"]["passed_over"][0]["participant"] == pseudonyms.of("memory:eve")
    assert conversation["reason"] == f"{ada} was late"
    assert conversation["data"] == {"winner": ada}


def test_another_key_gives_other_pseudonyms() -> None:
    assert Pseudonyms(b"a" * 32).of("memory:ada") == Pseudonyms(b"a" * 32).of("memory:ada")
    assert Pseudonyms(b"a" * 32).of("memory:ada") != Pseudonyms(b"b" * 32).of("memory:ada")


def test_an_id_that_begins_with_another_one_is_replaced_whole(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {"memory:a": None, "memory:ab": None})
    lab.turn(uid, ("memory:a", {"text": "memory:ab and memory:a"}))
    pseudonyms = Pseudonyms(b"k" * 32)
    (conversation,) = as_json(lab, pseudonyms=pseudonyms)
    assert conversation["messages"][0]["text"] == f"{pseudonyms.of('memory:ab')} and {pseudonyms.of('memory:a')}"


def test_a_store_keeps_its_key_for_pseudonyms_even_made_while_it_is_in_use(lab: RecordLab) -> None:
    key = key_of_store(lab.path)
    assert len(key) == 32
    assert key_of_store(lab.path) == key
    a_pair_talks(lab)


def test_a_key_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"abc")
    (tmp_path / "key").write_bytes(b"k" * 32)
    assert key_of_file(tmp_path / "key") == b"k" * 32
    with pytest.raises(StoreError, match=r"at least 16 random bytes in .*short, got 3"):
        key_of_file(tmp_path / "short")
    with pytest.raises(StoreError, match=r"absent cannot be read: No such file"):
        key_of_file(tmp_path / "absent")


def test_a_store_in_use_is_read_as_it_is_at_each_conversation(lab: RecordLab) -> None:
    a_pair_talks(lab, "chat/t_1")
    with Archive(lab.path) as record:
        conversations = record.conversations(Selection())
        first = next(conversations)
        reading = record.messages(first)
        next(reading)
        lab.relay(lab.begin("chat/t_2", {"memory:ada": "A"}), "memory:ada", "A", "meanwhile", [])
        assert len(list(reading)) == 2
        assert [entry.text for entry in record.messages(next(conversations))] == ["meanwhile"]


@pytest.mark.parametrize("there", ["nothing", "folder", "text", "other"])
def test_what_is_no_store_is_told_in_one_sentence(tmp_path: Path, there: str) -> None:
    path = tmp_path / "x.db"
    if there == "folder":
        path.mkdir()
    elif there == "text":
        path.write_text("no database at all, whatever its name says\n" * 100)
    elif there == "other":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE t (a)")
        connection.close()
    with pytest.raises(StoreError, match=r"expected a store at .*x\.db, got "):
        Archive(path)
    assert path.exists() == (there != "nothing")


@pytest.mark.parametrize(
    ("version", "sentence"), [(VERSION + 1, "knows versions up to"), (0, "brings it up to date")]
)
def test_a_store_of_another_version_is_refused(tmp_path: Path, version: int, sentence: str) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection, connection:
        connection.executescript(TABLES)
        connection.execute("INSERT INTO meta VALUES ('version', ?)", [version])
    connection.close()
    with pytest.raises(StoreError, match=f"version {version}.*{sentence}"):
        Archive(tmp_path / "x.db")


def test_a_store_in_a_folder_that_cannot_be_written_to_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RecordLab(tmp_path / "lab.db") as lab:
        a_pair_talks(lab)
    really = sqlite3.connect
    asked: list[str] = []

    def connect(name: str, **how: Any) -> sqlite3.Connection:
        asked.append(name.partition("?")[2])
        if asked[-1] == "mode=ro":
            raise sqlite3.OperationalError("unable to open database file")
        return really(name, **how)

    monkeypatch.setattr(sqlite3, "connect", connect)
    assert len(as_json(lab)) == 1
    assert asked == ["mode=ro", "mode=ro&immutable=1"]
    monkeypatch.setattr(sqlite3, "connect", lambda name, **how: really(f"{name.partition('?')[0]}?mode=ro", **how))
    with pytest.raises(StoreError, match=r"cannot keep a key for pseudonyms.*--key-file"):
        key_of_store(lab.path)


def test_a_path_with_odd_characters_is_found(tmp_path: Path) -> None:
    path = tmp_path / "50% of? #1 ünïcode.db"
    with RecordLab(path) as lab:
        a_pair_talks(lab)
        assert len(as_json(lab)) == 1


class Nowhere(io.TextIOBase):
    """Takes everything, keeps nothing."""

    def write(self, text: str, /) -> int:
        return len(text)


def many(connection: sqlite3.Connection, conversations: int, messages: int) -> None:
    """Write pairs that talk, each message with its copy at the partner's."""
    people = [("memory:ada",), ("memory:ben",)]
    connection.executemany("INSERT OR IGNORE INTO participants (id, first_seen) VALUES (?, 0)", people)
    n = int(connection.execute("SELECT coalesce(max(n), 0) FROM log").fetchone()[0])
    numbers = [
        int(connection.execute("SELECT n FROM participants WHERE id = ?", who).fetchone()[0]) for who in people
    ]
    seq = [0, 0]
    for number in range(conversations):
        uid = f"big{number:05}"
        run = connection.execute(
            "INSERT INTO runs (uid, task_id, grp, world, kind, task, epoch, turn, started, outcome, ended) "
            "VALUES (?, ?, 'big', 'W', 'task', 'big', 1, 1, 0, 'finished', 1)",
            [uid, f"t_{number}"],
        ).lastrowid
        connection.executemany(
            "INSERT INTO seats (run_uid, position, participant_id, role) VALUES (?, ?, ?, ?)",
            [(uid, at, who, "AB"[at]) for at, (who,) in enumerate(people)],
        )
        rows = []
        for count in range(messages):
            at, other = count % 2, 1 - count % 2
            seq[at] += 1
            text, (said_by,) = f"message {count} " * 5, people[at]
            n += 2
            rows.append((numbers[at], seq[at], n - 1, 1, run, "", text, None, f"m{n}", None, n))
            seq[other] += 1
            carried = f"{said_by}#{seq[at]}"
            rows.append((numbers[other], seq[other], n, 0, run, "AB"[at], text, None, None, carried, n))
        connection.executemany(
            "INSERT INTO log "
            "(participant, seq, n, mine, consumed, run, speaker, text, more, message_id, carried_line, at) "
            "VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


@pytest.mark.parametrize(
    ("conversations", "messages"),
    [(60, 40), (1, 2_400)],
    ids=["many conversations", "one that is long"],
)
@pytest.mark.parametrize("form", ["jsonl", "csv", "conversations", "chat"])
@pytest.mark.thorough
def test_memory_does_not_grow_with_the_export(
    tmp_path: Path, form: str, conversations: int, messages: int
) -> None:
    path = tmp_path / "big.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(TABLES)
        connection.execute("INSERT INTO meta VALUES ('version', ?)", [VERSION])
        many(connection, conversations, messages)
    connection.close()
    # What other threads of this process happen to take counts, too: one of three times they take nothing.
    peaks = [peak_of_export(path, form, conversations, messages)]
    while peaks[-1] >= 500_000 and len(peaks) < 3:
        peaks.append(peak_of_export(path, form, conversations, messages))
    assert min(peaks) < 500_000


def peak_of_export(path: Path, form: str, conversations: int, messages: int) -> int:
    """Return how many bytes an export took at most at one moment."""
    out: TextIO = Nowhere()  # type: ignore[assignment]
    forms: dict[str, ExportFormat] = {
        "jsonl": JsonLines(out),
        "csv": CsvRows(out),
        "conversations": ParlaiConversations(out, "x"),
        "chat": ChatLines(out, "A"),
    }
    seen: list[Tally] = []
    with Archive(path) as record:
        tracemalloc.start()
        try:
            tally = export(record, Selection(), forms[form], progress=seen.append)
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (tally.conversations, tally.messages) == (conversations, conversations * messages)
    assert len(seen) >= conversations
    return peak_bytes
