"""The page for authors who come from ParlAI names only what there is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from parleyrun.config.author_functions import HOOKS, MAPPINGS
from parleyrun.config.schema import Config
from parleyrun.config.texts import Texts
from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.person import PersonAgent
from parleyrun.service.author_service import AuthorService

PAGE = (Path(__file__).parents[1] / "docs" / "coming-from-parlai.md").read_text("utf-8")


def section(title: str) -> str:
    _, _, rest = PAGE.partition(f"## {title}\n")
    return rest.partition("\n## ")[0]


def names_in_last_column(title: str) -> set[str]:
    rows = [line.split("|") for line in section(title).splitlines() if line.startswith("| ")]
    return {name for row in rows[1:] for name in re.findall(r"`(\w+)`", row[-2])}


def test_each_sentence_is_one_that_the_system_says():
    names = names_in_last_column("Sentences")
    assert len(names) >= 10
    assert names <= {field.name for field in fields(Texts)}
    told = set(re.findall(r"\(`(\w+)`(?:, `(\w+)`)?\)", section("The life of a person")))
    assert {name for pair in told for name in pair if name} <= {field.name for field in fields(Texts)}


def test_every_hook_there_is_stands_on_the_page_and_no_other():
    assert set(re.findall(r"^\| `(\w+)\(", section("Hooks of the module"), re.MULTILINE)) == set(HOOKS)
    for mapping in MAPPINGS:
        assert mapping in PAGE


def test_members_of_seats_and_of_the_service_are_there():
    table = section("Seats")
    seat = dir(PersonAgent("memory:ann", Mailbox()))
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    members = {name for row in rows for name in re.findall(r"`(\w+)", row)}
    assert {name for name in members if name not in seat} == set()
    for name in re.findall(r"`service\.(\w+)", PAGE):
        assert hasattr(AuthorService, name)


def test_keys_of_the_config_are_keys():
    known = {field.name for field in fields(Config)} | {"max_time_in_pool", "timeout", "page_id", "world_module"}
    named = {"password", "page_id", "tick_seconds", "disconnect_grace", "max_workers", "max_time_in_pool"}
    assert named <= known
    assert all(f"`{name}" in PAGE for name in named)
