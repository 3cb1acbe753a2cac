"""Whoever starts a service hears which record is opened, and what lies beside it under another name."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun import World
from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.testing import rehearse_world


class Hall(World):
    """Where nothing happens."""

    def parley(self) -> None:
        self.agents[0].act()


class Talk(Hall):
    """A conversation that goes on."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def talk_in(store: str) -> None:
    """Leave a record with one conversation, which goes on."""
    with rehearse_world(Talk, people=1, store=Path(store).absolute()) as rehearsal:
        rehearsal.crash()


def told(caplog: pytest.LogCaptureFixture, config: dict[str, Any], store: str | None = None) -> list[str]:
    """Start a service of a config, and return what it logs of its record."""
    caplog.clear()
    caplog.set_level(logging.INFO, "parleyrun.app.opened_record")
    values = {"world_module": "worlds", "overworld": "Hall", "tasks": {"talk": {"task_world": "Talk"}}, **config}
    plan = plan_of(values, SimpleNamespace(Hall=Hall, Talk=Talk))
    with App(plan, store=store, channels=[MemoryChannel()]):
        pass
    return [record.getMessage() for record in caplog.records if record.name == "parleyrun.app.opened_record"]


def test_a_changed_task_name_opens_another_record_and_says_which_holds_the_study(caplog) -> None:
    talk_in("pilot.db")
    which, warning = told(caplog, {"task_name": "pilot 2"})
    assert which == "the record is pilot-2.db, which is new"
    assert "pilot.db beside it holds those of" in warning
    assert "1 conversations" in warning
    assert "`store: {path: pilot.db}`" in warning
    # It has still no conversations the next time.
    which, _again = told(caplog, {"task_name": "pilot 2"})
    assert which == "the record is pilot-2.db: no conversation yet, 0 people"


def test_whose_conversations_lie_beside_is_told(caplog) -> None:
    talk_in("pilot.db")
    (key,) = _tasks_of("pilot.db")
    _which, of_this = told(caplog, {"task_name": "a", "tasks": {key: {"task_world": "Talk"}}})
    _which, of_another = told(caplog, {"task_name": "b", "tasks": {"other": {"task_world": "Talk"}}})
    assert "those of tasks of this config" in of_this
    assert "those of another config" in of_another


def test_what_is_in_the_record_is_told_and_others_beside_it_do_not_matter_then(caplog) -> None:
    talk_in("pilot.db")
    talk_in("other.db")
    (key,) = _tasks_of("pilot.db")
    assert told(caplog, {"task_name": "pilot"}) == [
        f"the record is pilot.db: 1 conversations ({key} 1), 1 of them going on, 1 people"
    ]


def test_who_names_a_record_wants_that_one(caplog) -> None:
    talk_in("pilot.db")
    assert told(caplog, {"store": {"path": "new.db"}}) == ["the record is new.db, which is new"]
    assert told(caplog, {}, store="newer.db") == ["the record is newer.db, which is new"]
    assert told(caplog, {}, store=":memory:") == []


def test_files_beside_it_that_are_no_records_are_passed_over(caplog) -> None:
    Path("shopping.db").write_text("eggs")
    Path("folder.db").mkdir()
    assert told(caplog, {"task_name": "pilot"}) == ["the record is pilot.db, which is new"]


def _tasks_of(store: str) -> list[str]:
    from parleyrun.archive.archive import Archive

    with Archive(Path(store)) as archive:
        return archive.tasks()
