"""`parleyrun schema`: what editors are told is what the checker knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from click.testing import CliRunner

from parleyrun.cli import commands
from parleyrun.config.key_table import (
    ARRIVAL,
    BROWSER,
    CHANNELS_SECTION,
    CONFIG,
    LIMITS,
    MESSENGER,
    STORE,
    TASK,
    TEXTS,
)
from parleyrun.config.page_texts import PageTexts
from parleyrun.config.schema import (
    ArrivalConfig,
    BrowserConfig,
    Config,
    Limits,
    MessengerConfig,
    StoreConfig,
    TaskConfig,
)
from parleyrun.config.texts import Texts


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    result = CliRunner().invoke(commands, ["schema"])
    assert result.exit_code == 0
    printed: dict[str, Any] = json.loads(result.stdout)
    return printed


def every_part(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for part in schema.get("properties", {}).values():
        yield from every_part(part)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from every_part(schema["additionalProperties"])


def test_the_schema_says_which_dialect_it_is_written_in(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["world_module", "overworld", "tasks"]


def test_every_section_knows_the_same_keys_as_the_checker(schema: dict[str, Any]) -> None:
    top = schema["properties"]
    channels = top["channels"]["properties"]
    for section, described in [
        (CONFIG, schema),
        (TASK, top["tasks"]["additionalProperties"]),
        (CHANNELS_SECTION, top["channels"]),
        (BROWSER, channels["browser"]),
        (MESSENGER, channels["messenger"]),
        (STORE, top["store"]),
        (ARRIVAL, top["arrival"]),
        (LIMITS, top["limits"]),
        (TEXTS, top["texts"]),
    ]:
        assert set(described["properties"]) == set(section.offered)
        assert described["additionalProperties"] is False


@pytest.mark.parametrize(
    ("section", "of"),
    [
        (CONFIG, Config),
        (TASK, TaskConfig),
        (ARRIVAL, ArrivalConfig),
        (BROWSER, BrowserConfig),
        (MESSENGER, MessengerConfig),
        (STORE, StoreConfig),
        (LIMITS, Limits),
        (TEXTS, Texts),
    ],
)
def test_the_table_and_the_dataclasses_have_the_same_fields(section: Any, of: type) -> None:
    filled_elsewhere = {
        Config: {"path", "marks", "browser", "messenger", "more_channels", "doors", "page_ids", "page_texts"},
        TaskConfig: {"key"},
        StoreConfig: {"kind", "settings"},
    }
    held = {field.name for field in fields(of)} - filled_elsewhere.get(of, set())
    if of is Texts:
        held |= {field.name for field in fields(PageTexts)}

    # What stands under `channels` becomes several fields; `page_id` is one page or several.
    assert {field.name for field in section.fields} - {"channels", "page_id"} == held


def test_everything_is_described_and_has_a_type(schema: dict[str, Any]) -> None:
    kinds = {"object", "array", "string", "integer", "number", "boolean", "null"}
    for part in every_part(schema):
        types = part["type"] if isinstance(part["type"], list) else [part["type"]]
        assert set(types) <= kinds
        for described in part.get("properties", {}).values():
            assert described["description"]


def test_defaults_are_of_the_type_that_is_asked_for(schema: dict[str, Any]) -> None:
    names = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
    defaults = [part for part in every_part(schema) if "default" in part]

    assert len(defaults) > 20
    for part in defaults:
        types = part["type"] if isinstance(part["type"], list) else [part["type"]]
        assert names[type(part["default"])] in types


def test_an_older_name_is_deprecated_and_cannot_stand_beside_the_newer(schema: dict[str, Any]) -> None:
    task = schema["properties"]["tasks"]["additionalProperties"]

    assert task["properties"]["timeout"]["deprecated"]
    assert task["not"] == {"anyOf": [{"required": ["max_time_in_pool", "timeout"]}]}


def test_ranges_are_the_checkers_own(schema: dict[str, Any]) -> None:
    port = schema["properties"]["channels"]["properties"]["browser"]["properties"]["port"]

    assert (port["type"], port["minimum"], port["maximum"], port["default"]) == ("integer", 0, 65535, 8765)
