"""Somebody is forgotten while the service runs: nothing of them stays, and nothing that runs brings them back."""

import sqlite3
from contextlib import closing

from resume_lab import PARTNER_LEFT, go, opened

from parleyrun.archive.erasure import is_requested, request_erasure
from parleyrun.service.places.erasures import PAUSE_SECONDS
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.testing import VirtualTimers

SECRET = "the-secret-of-ann"


def asked(path, query, *values):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def in_the_record(path, words):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        dump = "\n".join(connection.iterdump())
    return words in dump or words.encode().hex().upper() in dump.upper()


def test_who_is_forgotten_in_a_conversation_is_gone_and_the_partner_is_told(tmp_path):
    path = tmp_path / "study.db"
    with opened(path) as rehearsal:
        ann, bob = go(rehearsal, "chat", "ann", "bob")
        ann.says(SECRET)
        bob.sees(SECRET)
        assert in_the_record(path, SECRET)
        request_erasure(path, ann.id)
        for _ in range(3):
            rehearsal.advance(PAUSE_SECONDS)
        bob.sees(PARTNER_LEFT)
        assert bob.place == "overworld"
        assert not is_requested(path, ann.id)
        assert not in_the_record(path, SECRET)
        assert not in_the_record(path, ann.id)
        # What the service still knew of them does not come back with whatever it records next.
        bob.says("remember")
        bob.says("something else")
        rehearsal.advance(PAUSE_SECONDS)
        assert asked(path, "SELECT 1 FROM participants WHERE id = ?", ann.id) == []
        rehearsal.restart()
        assert bob.place == "task"
        assert not in_the_record(path, SECRET)
    with opened(path):
        assert SECRET.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_who_writes_after_they_were_forgotten_is_a_newcomer(tmp_path):
    path = tmp_path / "study.db"
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "remember", "ann")
        ann.says(SECRET)
        request_erasure(path, ann.id)
        for _ in range(3):
            rehearsal.advance(PAUSE_SECONDS)
        ann.says("hello again")
        assert ann.place == "overworld"
        assert asked(path, "SELECT visits, messages FROM study_people WHERE participant_id = ?", ann.id) == [
            (1, 1)
        ]
        assert not in_the_record(path, SECRET)


def test_what_was_asked_for_is_done_at_the_next_start_where_the_process_dies_before(tmp_path):
    path = tmp_path / "study.db"
    with opened(path) as rehearsal:
        ann, _ = go(rehearsal, "chat", "ann", "bob")
        ann.says(SECRET)
        request_erasure(path, ann.id)
        rehearsal.crash()
        assert not in_the_record(path, SECRET)
        assert not is_requested(path, ann.id)
        assert rehearsal.person("bob").place == "overworld"


def test_the_free_space_of_the_file_is_written_afresh_once(tmp_path):
    path = tmp_path / "study.db"
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "remember", "ann")
        ann.says(SECRET)
        request_erasure(path, ann.id)
        for _ in range(3):
            rehearsal.advance(PAUSE_SECONDS)
        assert asked(path, "SELECT value FROM meta WHERE key = 'traces'") == [(b"1",)]
    store = SqliteStore(path, VirtualTimers().clock)
    store.open()
    assert asked(path, "SELECT value FROM meta WHERE key = 'traces'") == []
    store.close()


def test_who_waits_is_taken_out_of_the_pool_and_matched_with_nobody(tmp_path):
    path = tmp_path / "study.db"
    with opened(path) as rehearsal:
        (ann,) = go(rehearsal, "chat", "ann")
        assert ann.place == "waiting"
        request_erasure(path, ann.id)
        rehearsal.advance(PAUSE_SECONDS)
        (bob,) = go(rehearsal, "chat", "bob")
        assert bob.place == "waiting"
        for _ in range(2):
            rehearsal.advance(PAUSE_SECONDS)
        assert not in_the_record(path, ann.id)
        assert bob.place == "waiting"


def test_a_conversation_that_somebody_has_left_ends_when_they_are_forgotten(tmp_path):
    path = tmp_path / "study.db"
    open_runs = "SELECT uid FROM runs WHERE kind = 'task' AND ended IS NULL"
    with opened(path, disconnect_grace=5) as rehearsal:
        ann, bob, cat = go(rehearsal, "trio", "ann", "bob", "cat")
        ann.says(SECRET)
        ann.goes_away()
        rehearsal.advance(6)
        assert (ann.place, bob.place, cat.place) == ("gone", "task", "task")
        request_erasure(path, ann.id)
        for _ in range(3):
            rehearsal.advance(PAUSE_SECONDS)
        assert asked(path, open_runs) == []
        assert (bob.place, cat.place) == ("overworld", "overworld")
        assert not in_the_record(path, SECRET)
        assert not in_the_record(path, ann.id)
