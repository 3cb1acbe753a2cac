"""Answers of bots that type for a while: what was paid is on record before they are said, and counts once."""

import sqlite3
from contextlib import closing

import pytest

from parleyrun.runner.turn import Outcome
from parleyrun.testing import FakeModel, rehearse

WORDS = "ten euros and not one cent less than that"
TYPED_SECONDS = 60
STOPPED = Outcome("stopped", "enough", forced=True)


@pytest.fixture
def model():
    with FakeModel(WORDS) as model:
        yield model


def config(model):
    price = {"prompt": 1_000_000, "completion": 1_000_000}
    entry = {
        "model": "chat_completions",
        "base_url": model.base_url,
        "name": "fake",
        "check": False,
        "price": price,
    }
    task = {"task_world": "parleyrun.ready:Chat", "bots": {"Seller": {"model": "seller", "disclose": False}}}
    return {"models": {"seller": entry}, "tasks": {"talk": task}, "limits": {"max_cost": 1_000_000}}


def on_record(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute("SELECT kind, why, cost FROM study_answers ORDER BY n").fetchall()


def counted(rehearsal):
    return rehearsal.service._bot_means.study.cost


def asks(rehearsal):
    ann = rehearsal.person("ann").arrives(opens=True)
    ann.says("how much?")
    return ann


def test_an_answer_that_is_typed_is_on_record_before_it_is_said_and_then_once(tmp_path, model):
    path = tmp_path / "talk.db"
    with rehearse(config(model), store=path) as rehearsal:
        ann = asks(rehearsal)
        [(kind, why, cost)] = on_record(path)
        assert (kind, why, ann.heard) == ("overtaken", "it was not said yet", [])
        assert cost > 0
        rehearsal.advance(TYPED_SECONDS)
        assert ann.heard == [WORDS]
        assert on_record(path) == [("spoke", "", cost)]
        assert counted(rehearsal) == cost


def test_killed_while_it_types_what_was_paid_stays_on_record_and_goes_on_counting(tmp_path, model):
    path = tmp_path / "talk.db"
    with rehearse(config(model), store=path) as rehearsal:
        ann = asks(rehearsal)
        [(_, _, cost)] = on_record(path)
        rehearsal.crash()
        assert counted(rehearsal) == cost
        rehearsal.advance(2 * TYPED_SECONDS)
        assert ann.heard == [WORDS]
        assert len(model.requests) == 2
        assert on_record(path) == [("overtaken", "it was not said yet", cost), ("spoke", "", cost)]
        assert counted(rehearsal) == 2 * cost
        rehearsal.crash()
        assert counted(rehearsal) == 2 * cost


def test_where_the_conversation_ends_while_it_types_the_answer_is_on_record_once(tmp_path, model):
    path = tmp_path / "talk.db"
    with rehearse(config(model), store=path) as rehearsal:
        ann = asks(rehearsal)
        [(_, _, cost)] = on_record(path)
        ann.goes_away()
        rehearsal.advance(0.1)
        rehearsal.service._runner.stop(rehearsal.service._sessions.get(ann.id).run_uid, STOPPED)
        rehearsal.settle()
        assert on_record(path) == [("overtaken", "nobody waited for it any more", cost)]
        assert counted(rehearsal) == cost


def test_in_memory_it_counts_once(model):
    with rehearse(config(model)) as rehearsal:
        ann = asks(rehearsal)
        rehearsal.advance(TYPED_SECONDS)
        assert ann.heard == [WORDS]
        assert rehearsal.service._store._decisions.spent.cost == counted(rehearsal)
