"""A disk that fails for a while: nothing is seen or acknowledged that is not on record, and then it goes on."""

import sqlite3

import pytest
from resume_lab import Disk, go, opened, store_on, texts_on_record

from parleyrun.events import Receipt, RefusalReason
from parleyrun.service import service as service_module


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record.db"


@pytest.fixture
def disk():
    return Disk()


@pytest.mark.parametrize(
    "code",
    [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY],
    ids=["io error", "full", "read-only", "locked"],
)
def test_while_nothing_can_be_recorded_nothing_is_acknowledged_and_people_are_told(path, disk, code):
    with opened(store_on(disk, path)) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        bob.news()
        first, second = [], []
        disk.fails(code)
        rehearsal.channel.say("ann", "one", then=first.append)
        disk.wait_until_noticed()
        rehearsal.channel.say("ann", "two", message_id="two", then=second.append)
        assert first == []
        assert second == [Receipt(refused=RefusalReason.TROUBLE)]
        bob.sees_nothing_new()
        assert "one" not in texts_on_record(rehearsal, ann)
        disk.heals()
        rehearsal.settle()
        assert first[0].seq == texts_on_record(rehearsal, ann).index("one") + 1
        assert [line.message.text for line in bob.news()] == ["1 one"]
        assert not ann.says("two", message_id="two").duplicate
        assert [line.message.text for line in bob.news()] == ["2 two"]


def test_an_answer_that_cannot_be_recorded_is_not_seen_before_it_is(path, disk):
    with opened(store_on(disk, path)) as rehearsal:
        (ann,) = go(rehearsal, "echo", "ann")
        ann.news()
        receipts = []
        disk.fails(at="turn_between")
        rehearsal.channel.say("ann", "hello", then=receipts.append)
        disk.wait_until_noticed()
        ann.sees_nothing_new()
        assert receipts[0].seq
        assert "1 hello" not in texts_on_record(rehearsal, ann)
        disk.heals()
        rehearsal.settle()
        assert [line.message.text for line in ann.news()] == ["1 hello"]
        assert texts_on_record(rehearsal, ann).count("1 hello") == 1


def test_a_move_that_cannot_be_recorded_shows_nobody_anywhere(path, disk):
    with opened(store_on(disk, path)) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        go(rehearsal, "chat", "ann")
        bob.says("hi")
        disk.fails(at="set_session")
        rehearsal.channel.say("bob", "chat")
        disk.wait_until_noticed()
        assert ann.place == "waiting"
        assert bob.place == "overworld"
        disk.heals()
        rehearsal.settle()
        assert ann.place == bob.place == "task"
        bob.says("hello")
        ann.sees("1 hello")


def test_a_newcomer_who_comes_while_nothing_can_be_recorded_can_come_later(path, disk):
    with opened(store_on(disk, path)) as rehearsal:
        go(rehearsal, "echo", "ann")
        disk.fails()
        rehearsal.channel.say("ann", "something")
        disk.wait_until_noticed()
        refused = []
        rehearsal.channel.say("bob", "hi", message_id="hi", then=refused.append)
        assert refused == [Receipt(refused=RefusalReason.TROUBLE)]
        disk.heals()
        rehearsal.settle()
        bob = rehearsal.person("bob")
        assert bob.place == "door"
        assert not bob.says("hi", message_id="hi").duplicate
        assert bob.place == "overworld"


def test_who_is_waiting_inside_parley_goes_on_too(path, disk):
    with opened(store_on(disk, path)) as rehearsal:
        _, bob = go(rehearsal, "turns", "ann", "bob")
        disk.fails(sqlite3.SQLITE_FULL, at="add_inside")
        rehearsal.channel.say("ann", "one")
        disk.wait_until_noticed()
        assert bob.heard == []
        disk.heals()
        rehearsal.settle()
        assert bob.heard == ["1 one", "your turn, Bert"]


def test_what_could_not_be_recorded_until_the_end_was_never_said(path, disk, monkeypatch):
    monkeypatch.setattr(service_module, "CLOSE_WITHIN_SECONDS", 0.05)
    with opened(store_on(disk, path)) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        receipts = []
        disk.fails()
        rehearsal.channel.say("ann", "one", message_id="one", then=receipts.append)
        disk.wait_until_noticed()
        rehearsal.service.close(grace_seconds=0)
        assert [receipt.refused for receipt in receipts] == [RefusalReason.TROUBLE]
        assert not any("one" in text for text in bob.heard)
    with opened(path) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives() for name in ("ann", "bob"))
        assert not ann.says("one", message_id="one").duplicate
        assert bob.heard == ["1 one"]
