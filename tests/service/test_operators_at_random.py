"""Operators and people do whatever comes to mind, the process dies in between, and nobody is lost."""

import logging
import random
import sqlite3
from contextlib import closing

import pytest
from operator_lab import study

from parleyrun import OperatorError
from parleyrun.service.sessions import At
from parleyrun.store.sqlite.upkeep.integrity import faults

NAMES = ("ann", "bob", "cat", "dan", "eve")
WORDS = ("hi", "talk", "chat", "EXIT", "yes", "word [hold]", "well")
FORM = {"ok": {"fields": {"agree": {"ask": "Do you agree?", "kind": "yes_no"}}}}
PAIR = {"task_world": "Chat", "agents_required": 2, "max_time_in_pool": 100}
STUDIES = {
    "plain": {},
    "rounds and sizes": {
        "tasks": {
            "talk": {**PAIR, "rounds": 2},
            "chat": {**PAIR, "agents_required": {"from": 2, "to": 3, "wait": 20}, "backup_task": "talk"},
        }
    },
    "forms": {
        "forms": FORM,
        "tasks": {"talk": {**PAIR, "onboard": ["ok"]}, "chat": {**PAIR, "afterwards": ["ok"]}},
    },
}


def an_act(lot, operators):
    """Return something that an operator may ask for just now, and perhaps not get."""
    going_on = [row.id for row in operators.ask("conversations", {}, by="x").conversations] or ["none"]
    held = [row.line for row in operators.ask("held", {}, by="x").held] or [1]
    who, task = lot.choice(NAMES), lot.choice(["talk", "chat"])
    return lot.choice(
        [
            ("send", {"person": who, "to": "overworld"}),
            ("send", {"person": who, "to": "out", "outcome": lot.choice(["left", "finished"])}),
            ("send", {"person": who, "to": "task", "task": task}),
            ("end", {"conversation": lot.choice(going_on), "outcome": lot.choice(["finished", "stopped"])}),
            ("message", {"text": "m", "conversation": lot.choice(going_on)}),
            ("message", {"text": "m", "everybody": True}),
            ("release", {"line": lot.choice(held)}),
            ("pause", {"task": lot.choice([None, task])}),
            ("resume", {"task": lot.choice([None, task])}),
            ("wait", {"task": task, "seconds": lot.choice([5, 500, None])}),
            ("check", {"text": "q", "seconds": lot.choice([5, 60]), "person": who, "otherwise": "out"}),
            ("time", {"task": task, "seconds": lot.choice([5, 50, 0, None])}),
            ("size", {"task": task, "least": lot.choice([1, 2, 3, None])}),
            ("door", {"state": lot.choice(["open", "open", "closed", "drain"])}),
            ("pair", {"people": lot.sample(NAMES, 2)}),
            ("undo", {"act": lot.randrange(1, 20)}),
        ]
    )


def step(lot, rehearsal):
    person, kind = rehearsal.person(lot.choice(NAMES)), lot.randrange(10)
    if kind < 4:
        person.says(lot.choice(WORDS))
    elif kind == 4:
        rehearsal.advance(lot.choice([1, 10, 40, 110]))
    elif kind == 5:
        rehearsal.crash() if lot.random() < 0.5 else rehearsal.restart()
    else:
        operators = rehearsal.service.operators
        verb, values = an_act(lot, operators)
        try:
            operators.ask(verb, values, by="ada")
        except OperatorError:
            return
        if lot.random() < 0.4:
            rehearsal.crash()
        rehearsal.settle()


def check_that_nobody_is_lost(service):
    tasks = service._journey.tasks
    for session in service._sessions.everybody():
        if session.at is At.TASK:
            assert session.run_uid in tasks.parties
        elif session.at is At.WAITING:
            assert tasks.waiting.entry_of(session.id) is not None
        elif session.at is At.OVERWORLD:
            assert service._runner.identity_of(session.overworld_uid) is not None


@pytest.mark.parametrize("kind", sorted(STUDIES))
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in (1, 2))])
def test_whatever_operators_do_nobody_is_lost_and_the_record_is_sound(tmp_path, caplog, kind, seed):
    lot, path = random.Random(f"{kind} {seed}"), tmp_path / "record.db"
    with study(path, **STUDIES[kind]) as rehearsal:
        for _ in range(25):
            step(lot, rehearsal)
            check_that_nobody_is_lost(rehearsal.service)
            for verb in ("pools", "overview", "people"):
                rehearsal.service.operators.ask(verb, {}, by="ada")
    with closing(sqlite3.connect(path)) as connection:
        assert list(faults(connection)) == []
    errors = [entry.getMessage() for entry in caplog.records if entry.levelno >= logging.ERROR]
    assert [message for message in errors if "expected a task key" not in message] == []
