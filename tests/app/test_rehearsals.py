"""Rehearsals of both kinds run what would be served: the same store, with the same settings."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from plain_client import PlainClient

from parleyrun import World
from parleyrun.store.sqlite import sqlite_store
from parleyrun.testing import rehearse, rehearse_messenger


class Hall(World):
    """Sends its person to count with the first words."""

    def parley(self) -> str | None:
        return None if self.agents[0].act() is None else "count"

    def return_overworld(self) -> None:
        """Come back quietly."""


class Count(World):
    """Counts what it hears."""

    heard = 0

    def parley(self) -> None:
        act = self.agents[0].act()
        if act is not None:
            self.heard += 1
            self.agents[0].observe({"id": "Count", "text": f"{self.heard} {act['text']}"})


WORLDS = SimpleNamespace(Hall=Hall, Count=Count)
CONFIG = {"overworld": "Hall", "tasks": {"count": {"task_world": "Count"}}}
Rehearse = Callable[..., Any]


def with_messenger(config: Any, worlds: Any, path: Path) -> Any:
    return rehearse_messenger(config, worlds, store_path=path)


def with_memory(config: Any, worlds: Any, path: Path) -> Any:
    return rehearse(config, worlds, store=path)


@pytest.fixture(params=[with_memory, with_messenger])
def rehearse_on(request: pytest.FixtureRequest) -> Rehearse:
    made: Rehearse = request.param
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


@pytest.mark.parametrize("snapshots", [True, False])
def test_worlds_are_put_on_record_as_the_config_says(rehearse_on: Rehearse, path: Path, snapshots: bool) -> None:
    with rehearse_on({**CONFIG, "store": {"snapshots": snapshots}}, WORLDS, path) as rehearsal:
        for text in ("hi", "go on", "one"):
            rehearsal.person("ann").says(text)
        rehearsal.settle()
    with closing(sqlite3.connect(path)) as record:
        kept = record.execute("SELECT 1 FROM runs WHERE snapshot IS NOT NULL").fetchall()
    assert bool(kept) is snapshots


def test_people_are_told_in_the_configs_words_that_nothing_can_be_recorded(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, failing, noticed = [], threading.Event(), threading.Event()

    def disk(statement: str) -> None:
        if statement == "commit" and failing.is_set():
            failures.append(statement)
            if len(failures) > 1:  # it was tried again, so the store knows that it is in trouble
                noticed.set()
            raise sqlite3.OperationalError("the disk fails")

    monkeypatch.setattr(sqlite_store, "SqliteStore", partial(sqlite_store.SqliteStore, fault=disk))
    values = {**CONFIG, "texts": {"trouble": "We are out of paper."}}
    with rehearse_messenger(values, WORLDS, store_path=path) as rehearsal, PlainClient(rehearsal.url) as ann:
        for text in ("hi", "go on", "one"):
            ann.says(text)
        ann.sees("1 one")
        failing.set()
        ann.says("two")
        assert noticed.wait(60)
        ann.says("three")
        ann.sees("We are out of paper.")
        failing.clear()
        ann.sees("2 two")
