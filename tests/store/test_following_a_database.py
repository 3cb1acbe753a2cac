"""Following conversations in a PostgreSQL database: the store tells of each transaction, and nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from bot_turns import they_haggle
from database_place import DatabasePlace
from record_lab import RecordLab, a_pair_talks

from parleyrun.archive.archive import Archive
from parleyrun.archive.following import Follower
from parleyrun.archive.places.database_file import reading_of_database
from parleyrun.archive.selection import Selection
from parleyrun.cli.transcripts import _follow
from parleyrun.errors import StoreError
from parleyrun.store.protocol import StoreOutOfReach
from tests.postgres_server import PostgresServer

pytest.importorskip("psycopg", reason="PostgreSQL's tests need the extra 'postgres'")
from parleyrun.store.postgres import database_reading

pytestmark = pytest.mark.postgres

ADA, BEN = "memory:ada", "memory:ben"


@pytest.fixture
def lab(database: DatabasePlace) -> Iterator[RecordLab]:
    with RecordLab(database) as lab:
        yield lab


def texts(follower: Follower) -> list[str]:
    return [each.what if each.message is None else each.message.text for each in follower.news()]


def end_connections(place: DatabasePlace, but: RecordLab) -> None:
    """End all connections to the server but those of the store that writes."""
    kept = but.store._writing.raw.info.backend_pid
    place.ask(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
        f"AND backend_type = 'client backend' AND pid NOT IN (pg_backend_pid(), {kept})"
    )


def test_what_is_said_in_a_database_is_followed_as_in_a_file_by_people_and_bots(lab: RecordLab) -> None:
    place = lab.path
    with Archive(reading_of_database(place.url)) as record:
        follower = Follower(record, Selection())
        a_pair_talks(lab)
        assert texts(follower) == [
            "began", "Welcome to both!", "What is a sonnet?", "Fourteen lines,\nI believe.", "ended",
        ]  # fmt: skip
        assert texts(follower) == []
        they_haggle(lab)
        news = follower.news()
        assert [each.message.speaker for each in news if each.message is not None and each.message.is_bot] == [
            "Seller"
        ]
        (uid,) = record.find("chat/t_1")
        conversation = record.conversation(uid)
        assert conversation is not None
        assert next(iter(record.messages(conversation))).text == "Welcome to both!"
        assert record.live(Selection(kinds=("task",), outcomes=("finished",))) == []


def test_the_store_tells_of_each_transaction_and_whoever_waits_looks_at_once(
    lab: RecordLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_reading, "LONGEST_WAIT_SECONDS", 60.0)
    uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
    with Archive(reading_of_database(lab.path.url)) as record:
        follower = Follower(record, Selection(), uid)
        follower.wait()  # it listens from now on
        assert texts(follower) == []
        saying = threading.Thread(target=lab.relay, args=(uid, ADA, "A", "hello", [BEN]))
        began = time.monotonic()
        saying.start()
        heard: list[str] = []
        while "hello" not in heard:
            follower.wait()
            heard += texts(follower)
        saying.join()
        assert time.monotonic() - began < 30, "the longest wait is twice that"
        assert heard == ["hello"]


def test_a_connection_that_is_lost_skips_nothing_and_repeats_nothing(
    lab: RecordLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_reading, "AGAIN_SECONDS", 0.0)
    uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
    with Archive(reading_of_database(lab.path.url)) as record:
        follower = Follower(record, Selection())
        lab.relay(uid, ADA, "A", "one", [BEN])
        assert texts(follower) == ["one"]
        follower.wait()
        lab.relay(uid, BEN, "B", "two", [ADA])
        end_connections(lab.path, lab)
        lab.relay(uid, ADA, "A", "three", [BEN])
        follower.wait()
        assert texts(follower) == ["two", "three"]
        # In the middle of reading, after some of it was read.
        lab.relay(uid, BEN, "B", "four", [ADA])
        reads = record.conversation

        def breaks(uid: str) -> None:
            end_connections(lab.path, lab)
            record.file.one("SELECT 1")

        monkeypatch.setattr(follower, "_new_lines", lambda *about: [breaks(uid)])
        with pytest.raises(StoreOutOfReach, match="cannot be read"):
            follower.news()
        monkeypatch.undo()
        assert reads(uid) is not None
        assert texts(follower) == ["four"]


def test_the_command_says_once_that_the_server_is_gone_and_goes_on_when_it_is_back(
    own_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(database_reading, "AGAIN_SECONDS", 0.0)
    place = DatabasePlace(own_server.url, "followed")
    with RecordLab(place) as lab, Archive(reading_of_database(place.url)) as record:
        uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
        follower = Follower(record, Selection(), uid)

        def comes_back() -> None:
            own_server.start()
            lab.relay(uid, ADA, "A", "after", [BEN])
            lab.end(uid)

        steps = iter(
            [lambda: own_server.stop("fast"), follower.wait, follower.wait, comes_back, *[follower.wait] * 50]
        )
        assert _follow(follower, name_them=False, wait=lambda: next(steps)()) == 0
    told = capsys.readouterr()
    assert "after" in told.out
    assert told.out.count("after\n") == 1
    assert told.out.endswith("-- finished after 0 s\n")
    assert told.err.count("it is tried again until Ctrl-C") == 1
    assert "parley@" not in told.err


@pytest.mark.parametrize("held", ["", "UPDATE meta SET value = '99'::bytea WHERE key = 'version'"])
def test_what_is_no_store_of_this_version_is_not_followed(database: DatabasePlace, held: str) -> None:
    if held:
        with RecordLab(database):
            pass
        database.change(held)
    with pytest.raises(StoreError, match=r"got an empty database|use a newer parleyrun"):
        reading_of_database(database.url)
