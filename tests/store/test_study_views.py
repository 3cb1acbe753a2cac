"""The views for those who study the record with a client of SQLite of their own."""

from __future__ import annotations

import json
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from record_lab import BEGAN, LAB_START, RecordLab, a_pair_talks

from parleyrun.runner.turn import Outcome
from parleyrun.store.plain_json import plain_json
from parleyrun.store.protocol import Move, PoolRecord, SessionRecord

ADA, BEN, EVE = "memory:ada", "memory:ben", "memory:eve"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[RecordLab]:
    with RecordLab(tmp_path / "lab.db") as lab:
        yield lab


def asked(lab: RecordLab, query: str, *values: Any) -> list[Any]:
    """Ask as anybody may who has SQLite, while the store is in use."""
    with closing(sqlite3.connect(f"file:{lab.path}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def test_what_is_known_of_a_person_can_be_asked_for_while_the_store_is_in_use(lab: RecordLab) -> None:
    lab.begin("overworld/o_1", {ADA: None}, kind="overworld")
    a_pair_talks(lab)
    kept = {"data": {"mood": "bright"}, "stored_data": {"entry": {"PROLIFIC_PID": "5f1"}, "flag": True}}
    lab.move(
        Move(
            sessions=(
                SessionRecord(
                    participant_id=ADA, place="gone", data=pickle.dumps(kept), onboard_data=pickle.dumps("yes")
                ),
            )
        )
    )
    columns = "arrival, data, stored_data, onboard_data, conversations, partners"
    ((visits, messages, talked, *cells),) = asked(
        lab, f"SELECT visits, messages, seconds_talked, {columns} FROM study_people WHERE participant_id = ?", ADA
    )
    (conversation,) = asked(lab, "SELECT conversation_id FROM study_runs WHERE kind = 'task'")
    assert (visits, messages, talked) == (1, 1, 5.0)
    part = {"conversation_id": conversation[0], "task": "chat", "role": "Teacher", "outcome": "finished"}
    assert list(map(json.loads, cells)) == [
        {"PROLIFIC_PID": "5f1"}, {"mood": "bright"}, {"flag": True}, "yes", [part], [BEN],
    ]  # fmt: skip
    found = "SELECT participant_id FROM study_people WHERE json_extract(arrival, '$.PROLIFIC_PID') = '5f1'"
    assert asked(lab, found) == [(ADA,)]


def test_each_wait_that_is_over_counts(lab: RecordLab) -> None:
    for seconds in (4, 3):
        lab.wait_in_pool(EVE, "chat")
        lab.clock.now += seconds
        lab.move(Move(left_pool=(EVE,)))
        lab.clock.now += 100
    lab.wait_in_pool(EVE, "chat")
    lab.clock.now += 50
    lab.move(Move(entered_pool=(PoolRecord(EVE, "chat", lab.clock.now - 50, noticed=True),), left_pool=()))
    waited = "SELECT seconds_waited FROM study_people WHERE participant_id = ?"
    assert asked(lab, waited, EVE) == [(7.0,)]


def test_only_who_comes_in_by_the_door_has_one_more_visit(lab: RecordLab) -> None:
    for number, place in enumerate(("door", "overworld", "gone"), 1):
        lab.move(Move(sessions=(SessionRecord(participant_id=ADA, place=place),)))
        lab.begin(f"overworld/o_{number}", {ADA: None}, kind="overworld")
    assert asked(lab, "SELECT visits FROM study_people WHERE participant_id = ?", ADA) == [(2,)]


def test_a_run_and_its_lines_can_be_asked_for(lab: RecordLab) -> None:
    uid = a_pair_talks(lab)
    (run,) = asked(lab, "SELECT name, run_id, started, ended, outcome, people, messages FROM study_runs")
    *about, people, messages = run
    assert about == ["chat/t_1", LAB_START.run_id, BEGAN, BEGAN + 6, "finished"]
    assert [seat["role"] for seat in json.loads(people)] == ["Teacher", "Pupil"]
    assert messages == 2
    lines = asked(
        lab,
        "SELECT by_participant, speaker, text FROM study_lines WHERE conversation_id = ? AND participant_id = ?",
        uid,
        BEN,
    )
    assert lines == [
        (0, "Guide", "Welcome to both!"), (0, "Teacher", "What is a sonnet?"),
        (1, "", "Fourteen lines,\nI believe."),
    ]  # fmt: skip


def test_what_a_world_found_out_is_json_and_names_what_is_not_plain(lab: RecordLab) -> None:
    uid = lab.begin("chat/t_1", {ADA: None})
    lab.turn(uid, outcome=Outcome("finished", data={"score": 3, "path": Path("x"), "odd": "\ud83d"}))
    ((data,),) = asked(lab, "SELECT data FROM study_runs")
    found = json.loads(data)
    assert (found["score"], found["odd"]) == (3, "\ud83d")
    assert found["path"].startswith("<pathlib")


def test_values_that_hold_themselves_keep_nobody_from_being_recorded() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert plain_json(pickle.dumps(endless)) == '"<nested too deep>"'
    assert plain_json(None) is None
