"""Forgetting somebody whose record is in a PostgreSQL database: what is left on disk, and where their files go."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from database_place import DatabasePlace
from keeping import StandingClock, durable_store
from record_lab import RecordLab, a_pair_talks

from parleyrun.archive.erasure import is_requested, request_erasure
from parleyrun.cli import commands
from parleyrun.store.media_content import MediaContent
from parleyrun.store.media_library import MediaLibrary, attachments_of
from tests.postgres_server import PostgresServer

pytest.importorskip("psycopg", reason="PostgreSQL's tests need the extra 'postgres'")

pytestmark = pytest.mark.postgres

ADA, BEN = "memory:ada", "memory:ben"


def participants(place: DatabasePlace, *arguments: str) -> Any:
    result = CliRunner().invoke(commands, ["participants", place.url, *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def on_disk(server: PostgresServer, *words: str) -> list[str]:
    """Return which of the words are in the files of the tables."""
    contents = b"".join(file.read_bytes() for file in (server.folder / "data/base").rglob("*") if file.is_file())
    return [word for word in words if word.encode() in contents]


def test_nothing_of_a_person_is_left_in_what_the_tables_take_on_disk(own_server: PostgresServer) -> None:
    place = DatabasePlace(own_server.url, "erased")
    with RecordLab(place) as lab:
        uid = lab.begin("chat/t_1", {ADA: "A", BEN: "B"})
        lab.relay(uid, ADA, "A", "secret-of-ada", [BEN])
        lab.relay(uid, BEN, "B", "words-of-ben", [ADA])
        lab.turn(uid, snapshot=b"snapshot-with-ada")
        lab.keep_data(ADA, {"name": "Ada-Lovelace"})
    place.change("ANALYZE")
    place.change("CHECKPOINT")
    words = ["secret-of-ada", "snapshot-with-ada", "Ada-Lovelace", ADA]
    assert on_disk(own_server, *words) == words
    assert ADA in participants(place, "find", "ada")
    told = participants(place, "forget", ADA)
    assert told.startswith("erased memory:ada:\n  1 message they wrote\n  1 line they were shown\n")
    assert participants(place).count("memory:") == 2, "Ben, and the one whom the lab tells that it settled"
    place.change("CHECKPOINT")
    assert on_disk(own_server, "words-of-ben", *words) == ["words-of-ben"]
    assert place.ask("SELECT key FROM meta WHERE key = 'traces'") == []


def test_the_process_that_holds_the_store_erases_whom_it_is_asked_to_and_the_next_one_writes_it_afresh(
    database: DatabasePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parleyrun.cli.participants.PATIENCE_SECONDS", 0.0)
    with RecordLab(database) as lab:
        a_pair_talks(lab)
        goes_on = lab.begin("quiz/t_1", {ADA: "A"})
        assert "is to be erased, which is on record" in participants(database, "forget", ADA)
        assert lab.store.asked_to_erase() == [ADA]
        assert lab.store.open_runs_of(ADA) == [goes_on]
        done = threading.Event()
        lab.store.erase(ADA, done.set)
        assert done.wait(10)
        assert not is_requested(database.url, ADA)
        assert lab.says(BEN, "still here") == f"{BEN}#4"
        assert database.ask("SELECT 1 FROM meta WHERE key = 'traces'") == [(1,)]
        request_erasure(database.url, BEN)
    with RecordLab(database) as lab:
        assert lab.store.asked_to_erase() == []
        assert database.ask("SELECT 1 FROM meta WHERE key = 'traces'") == []
        assert database.ask("SELECT text FROM log WHERE mine = 1 AND text <> ''") == []
        assert lab.says(BEN, "here I am again") == f"{BEN}#1"


def test_who_reads_the_tables_keeps_no_service_from_opening(database: DatabasePlace, caplog: Any) -> None:
    with RecordLab(database) as lab:
        a_pair_talks(lab)
        lab.store.erase(ADA, lambda: None)
    database.url += "%20-clock_timeout%3D50"
    reading = database.connect()
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM log").fetchone()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("parleyrun.store.postgres.database_erasure._PATIENCE", "50ms")
        with RecordLab(database):
            pass
    assert "older copies of what was erased may be left until the next start" in caplog.text
    reading.close()
    with RecordLab(database):
        assert database.ask("SELECT 1 FROM meta WHERE key = 'traces'") == []


def test_files_somebody_sent_are_deleted_where_the_service_runs(database: DatabasePlace, tmp_path: Path) -> None:
    beside = tmp_path / "study.db"
    store = durable_store(database, StandingClock(), beside=beside)
    store.open()
    library = MediaLibrary(attachments_of(beside))
    library.open(store)
    with_lab = RecordLab(database)
    with_lab.store = store
    a_pair_talks(with_lab)
    for owner in (ADA, BEN):
        library.keep(MediaContent("image", b"the same picture", "image.png", "image/png"), owner=owner)
    store.close()
    assert participants(database, "forget", ADA).endswith(
        "1 file they sent: deleted when the service opens the store next\n"
    )
    assert len(list(attachments_of(beside).iterdir())) == 2
    again = durable_store(database, StandingClock(), beside=beside)
    again.open()
    again.close()
    assert len(list(attachments_of(beside).iterdir())) == 1
    assert database.ask("SELECT key FROM notes WHERE channel = 'erased-file'") == []
