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
from parleyrun.config.models.bot_entries import BOT, FILL_WITH, PACE
from parleyrun.config.models.model_entries import MODEL
from parleyrun.config.page_texts import PageTexts
from parleyrun.config.schema import (
    ArrivalConfig,
    BrowserConfig,
    Config,
    FillWith,
    Limits,
    MessengerConfig,
    ModelConfig,
    StoreConfig,
    TaskConfig,
)
from parleyrun.config.tasks.talk_settings import TalkSettings
from parleyrun.config.texts import Texts
from parleyrun.core.bot_seats.bot_settings import BotSettings, Pace
from parleyrun.core.forms.form_texts import FormTexts


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
    assert schema["required"] == ["tasks"]


def test_every_section_knows_the_same_keys_as_the_checker(schema: dict[str, Any]) -> None:
    top = schema["properties"]
    channels = top["channels"]["properties"]
    task = top["tasks"]["additionalProperties"]
    for section, described in [
        (CONFIG, schema),
        (TASK, task),
        (BOT, task["properties"]["bots"]["additionalProperties"]),
        (FILL_WITH, task["properties"]["fill_with"]),
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
        (MODEL, ModelConfig),
        (BOT, BotSettings),
        (FILL_WITH, FillWith),
        (PACE, Pace),
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
        Config: {
            "path",
            "marks",
            "browser",
            "messenger",
            "more_channels",
            "doors",
            "page_ids",
            "page_texts",
            "form_texts",
            "for_parlai",
        },
        TaskConfig: {"key", "agents_by", "size", "matching", "talk"},
        ModelConfig: {"name", "kind", "settings", "secrets"},
        BotSettings: {"on_error", "disclose_by", "instruction", "repeat"},
        FillWith: {"bot"},
        StoreConfig: {"kind", "settings"},
        ArrivalConfig: {"allowed"},
    }
    held = {field.name for field in fields(of)} - filled_elsewhere.get(of, set())
    if of is Texts:
        held |= {field.name for field in (*fields(PageTexts), *fields(FormTexts))}

    # What stands under `channels` becomes several fields; `page_id` is one page or several; a model's `model` is
    # its kind, and what fills a seat is a bot and one thing more.
    made_otherwise = {"channels", "page_id"}
    if of is ModelConfig:
        made_otherwise = {"model"}
    elif of is TaskConfig:
        made_otherwise = {"same", "different", "prefer"} | {field.name for field in fields(TalkSettings)}
    elif of in (BotSettings, FillWith):
        made_otherwise = {"on_bot_error"} if of is BotSettings else {field.name for field in BOT.fields}
    assert {field.name for field in section.fields} - made_otherwise == held


def test_an_editor_is_told_the_keys_of_each_kind_of_model(schema: dict[str, Any]) -> None:
    model = schema["properties"]["models"]["additionalProperties"]
    by_kind = {rule["if"]["properties"]["model"]["const"]: rule["then"] for rule in model["allOf"]}

    assert {"model", "check", "base_url", "api_key_env", "temperature"} <= set(
        by_kind["chat_completions"]["properties"]
    )
    assert by_kind["chat_completions"]["additionalProperties"] is False
    assert {"model", "base_url"} == set(by_kind["chat_completions"]["required"])
    # Of other kinds nobody knows, so anything may stand there.
    assert model["additionalProperties"] is True


def test_a_bot_is_a_mapping_or_the_name_of_its_model(schema: dict[str, Any]) -> None:
    bots = schema["properties"]["tasks"]["additionalProperties"]["properties"]["bots"]

    assert bots["additionalProperties"]["type"] == ["string", "object"]
    assert bots["additionalProperties"]["required"] == ["model"]


def test_everything_is_described_and_has_a_type(schema: dict[str, Any]) -> None:
    kinds = {"object", "array", "string", "integer", "number", "boolean", "null"}
    for part in every_part(schema):
        for form in [part] if "type" in part else part["anyOf"]:
            types = form["type"] if isinstance(form["type"], list) else [form["type"]]
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
