"""How often a bot's model is asked: a flood of messages is no flood of requests."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import bot_models
import pytest

from parleyrun.testing import rehearse

ECHO = {"model": "bot_models:Echo", "check": False}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


def config(**more):
    task = {"task_world": "parleyrun.ready:Chat", "bots": {"Seller": "seller"}}
    return {"models": {"seller": ECHO}, "tasks": {"talk": task}, **more}


def flood(rehearsal, seconds, a_second=10):
    ann = rehearsal.person("ann").arrives(opens=True)
    for second in range(seconds):
        ann.says(*(f"{second}.{number}" for number in range(a_second)))
        rehearsal.advance(1)
    return ann


def test_who_writes_without_a_pause_has_the_model_asked_a_bounded_number_of_times(tmp_path):
    path = tmp_path / "talk.db"
    with rehearse(config(), store=path) as rehearsal:
        ann = flood(rehearsal, 30)
        assert len(bot_models.asked) <= 15 + 30 / 4
        rehearsal.advance(30)
        # In a minute 30, and then all has been answered: the last answer is to the last line.
        assert 15 < len(bot_models.asked) <= 30
        assert ann.heard[-1] == "300: 29.9"
        asked = len(bot_models.asked)
        rehearsal.advance(600)
        assert len(bot_models.asked) == asked
    with closing(sqlite3.connect(path)) as connection, connection:
        [(told,)] = connection.execute("SELECT count(*) FROM decisions WHERE why LIKE '%answers_per_minute (30)%'")
    # Once for each time that it waits, and not for each line.
    assert 0 < told <= asked


@pytest.mark.parametrize(("limits", "most"), [({"answers_per_minute": 6}, 3), ({"answers_per_minute": 1}, 1)])
def test_the_config_says_how_often(limits, most):
    with rehearse(config(limits=limits)) as rehearsal:
        flood(rehearsal, 1, 20)
        assert len(bot_models.asked) <= most


def test_with_null_it_is_asked_as_often_as_people_write():
    with rehearse(config(limits={"answers_per_minute": None})) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        for number in range(40):
            ann.says(str(number))
        assert len(bot_models.asked) == 40


def test_a_pause_in_which_it_may_not_be_asked_is_over_after_a_restart_too(tmp_path):
    with rehearse(config(limits={"answers_per_minute": 2}), store=tmp_path / "talk.db") as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        ann.says("one")
        ann.says("two")
        assert ann.heard == ["1: one"]
        rehearsal.crash()
        rehearsal.advance(61)
        assert ann.heard == ["1: one", "2: two"]
