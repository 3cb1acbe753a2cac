"""What operators did is on record with what it changed, in memory and in a file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from sqlite3 import connect

import pytest
from keeping import ANN, Keeper, durable_store

from parleyrun.archive import erasure
from parleyrun.core.message import Message
from parleyrun.runner.turn import Said
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.operator_records import Control, KeepsActs, KeepsStarts, OperatorAct, StartRow
from parleyrun.store.protocol import Move, ServiceStart
from parleyrun.testing import VirtualTimers

PAUSE = OperatorAct(number=1, at=5.0, by="ada", verb="pause", target="chat", why="lunch", details={"before": {}})


def moved(store, move):
    store.move(move, lambda line: None)


@pytest.fixture(params=["memory", "file", pytest.param("postgres", marks=pytest.mark.postgres)])
def opened(request, tmp_path: Path):
    """Return what opens a store again and again: the same record each time."""
    timers = VirtualTimers()
    memory = MemoryStore(timers)

    place = request.getfixturevalue("database") if request.param == "postgres" else tmp_path / "record.db"

    def again():
        return memory if request.param == "memory" else durable_store(place, timers)

    return again


def test_an_act_and_what_it_sets_outlive_the_process(opened):
    store = opened()
    saved = store.open()
    assert (saved.controls, saved.last_act) == ({}, 0)
    moved(store, Move(acts=(PAUSE,), controls=(Control("paused:chat", True), Control("door", "closed"))))
    moved(store, Move(acts=(OperatorAct(number=2, at=6.0, by="ada", verb="door"),), controls=(Control("door"),)))
    store.close()

    store = opened()
    saved = store.open()
    assert (saved.controls, saved.last_act) == ({"paused:chat": True}, 2)
    assert isinstance(store, KeepsActs)
    assert store.operator_act(1) == PAUSE
    assert [act.verb for act in store.operator_acts()] == ["door", "pause"]
    assert [act.verb for act in store.operator_acts(about="chat")] == ["pause"]
    assert [event.text for event in store.life_of("chat")] == ["ada: lunch"]
    store.close()


def test_a_durable_store_knows_when_it_was_opened(opened):
    starts = [
        ServiceStart(run_id=f"r_{number}", at=number, version="1", config_hash="c", host="h", pid=7)
        for number in (1.0, 2.0, 3.0)
    ]
    for start in starts:
        store = opened()
        store.open(start)
        if start is starts[-1] and isinstance(store, KeepsStarts):
            assert [StartRow(**asdict(each)) for each in (starts[2], starts[1])] == store.last_starts(2)
        else:
            assert start is not starts[-1] or isinstance(store, MemoryStore)
        store.close()


def test_what_an_operator_did_to_somebody_who_is_erased_says_no_more_than_that_it_was_done(tmp_path: Path):
    path = tmp_path / "record.db"
    note = OperatorAct(
        number=1, at=5.0, by="ada", verb="note", target=ANN, why=f"{ANN} is rude", details={"text": "x"}
    )
    pair = OperatorAct(number=2, at=6.0, by="ada", verb="pair", target="u1", details={"people": [ANN, "test:bob"]})
    with Keeper(path) as keeper:
        keeper.hears(ANN, "hello", "m1")
        asked = Control(f"check:{ANN}", {"text": "cat?"})
        moved(
            keeper.store,
            Move(acts=(note, pair), controls=(asked, Control("door", "closed")), said=(Said(ANN, Message("hi")),)),
        )
    erasure.erase(path, ANN)
    with Keeper(path) as keeper:
        assert [(act.verb, act.target, act.why, act.details) for act in keeper.store.operator_acts()] == [
            ("pair", "u1", "", {}),
            ("note", "erased:person", "", {}),
        ]
    with closing(connect(f"file:{path}", uri=True)) as record:
        assert record.execute("SELECT key FROM controls").fetchall() == [("door",)]
