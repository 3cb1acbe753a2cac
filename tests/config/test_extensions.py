"""Channels and stores that packages add, as a config names them."""

from __future__ import annotations

from typing import Any

import pytest

from parleyrun.config.extensions import CHANNELS, STORES
from parleyrun.config.key_table import CONFIG
from parleyrun.config.plan import config_from_mapping
from parleyrun.config.schema import Config
from parleyrun.errors import ConfigError, RegistrationError


class VoiceChannel:
    name = "voice"
    connectionless = True

    def __init__(self, settings, context): ...

    def start(self, deliver, log): ...

    def close(self): ...

    def send(self, delivery): ...

    def signal(self, participant_id, signal): ...

    @staticmethod
    def check_settings(settings):
        pitch = settings.get("pitch", "low")
        return {} if pitch in ("low", "high") else {"pitch": f"expected low or high, got {pitch!r}"}


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for registry in (CHANNELS, STORES):
        registry.names()  # so that the bundled ones are there already, and stay
        monkeypatch.setattr(registry, "_things", {**registry._things})
    CHANNELS.register("voice", VoiceChannel)
    STORES.register("paper", lambda settings, context: None)


def config(**more: Any) -> Config:
    tasks = {"chat": {"task_world": "ChatTaskWorld"}}
    return config_from_mapping({"world_module": "w", "overworld": "O", "tasks": tasks, **more})


def findings(**more: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigError) as raised:
        config(**more)
    return [(found.code, found.path, found.message) for found in raised.value.findings]


def test_a_registered_channel_stands_in_a_config_with_settings_of_its_own():
    made = config(channels={"voice": {"pitch": "high"}, "browser": {"port": 0}})
    assert made.doors == ("voice", "browser")
    assert made.more_channels == {"voice": {"pitch": "high"}}
    assert config(channels={"voice": None}).more_channels == {"voice": {}}


def test_a_channel_says_what_is_wrong_with_its_settings():
    found = findings(channels={"voice": {"pitch": "loud"}})
    assert found == [("bad-setting", "channels.voice.pitch", "channel voice: expected low or high, got 'loud'")]
    assert findings(channels={"voice": 7})[0][:2] == ("wrong-type", "channels.voice")


def test_a_channel_that_is_not_there_is_an_unknown_key_with_the_nearest_name():
    with pytest.raises(ConfigError, match="did you mean 'voice'"):
        config(channels={"voices": {}})


def test_a_channel_or_store_of_a_package_that_is_missing_is_said_to_come_with_one():
    for section, known in (
        ("channels", "known channels: browser, messenger, voice; another channel"),
        ("store", "path, synchronous, snapshots, unrestorable, paper, postgres; another store"),
    ):
        with pytest.raises(ConfigError) as raised:
            config(**{section: {"lines": {}, "browser" if section == "channels" else "snapshots": None}})
        hint = next(found.hint for found in raised.value.findings if found.code == "unknown-key")
        assert f"{known} comes with an installed package (docs/extending.md)" in hint


def test_a_registered_channel_that_cannot_be_used_is_a_finding(monkeypatch):
    CHANNELS.register_lazily("smoke", "no_such_module:Smoke")
    [(code, path, message)] = findings(channels={"smoke": {}})
    assert (code, path) == ("bad-extension", "channels.smoke")
    assert "no_such_module:Smoke" in message


def test_a_channel_is_verified_when_it_is_registered():
    class Mute(VoiceChannel):
        name = "mute"
        send = None

    class Misnamed(VoiceChannel):
        name = "other"

    class Bare(VoiceChannel):
        name = "bare"

        def __init__(self): ...

    for kind, lack in (
        (Mute, r"Mute has no method send\(delivery\)"),
        (Misnamed, "Misnamed has the name 'other', expected 'misnamed'"),
        (Bare, r"Bare cannot be called with \(settings, context\)"),
    ):
        with pytest.raises(RegistrationError, match=lack):
            CHANNELS.register(kind.__name__.lower(), kind)


def test_no_channel_takes_the_name_that_is_kept_for_bots():
    class Robot(VoiceChannel):
        name = "bot"

    with pytest.raises(RegistrationError, match="Robot has a name that is kept for bots"):
        CHANNELS.register("bot", Robot)
    assert CHANNELS.find("bot") is None


def test_a_registered_store_stands_in_a_config_by_its_name():
    made = config(store={"paper": "under the desk", "snapshots": False})
    assert (made.store.kind, made.store.settings, made.store.snapshots) == ("paper", "under the desk", False)
    assert findings(store={"paper": {}, "path": "x.db"})[0][0] == "both-given"


def test_the_schema_knows_what_is_registered():
    schema = CONFIG.json_schema()["properties"]
    assert "voice" in schema["channels"]["properties"]
    assert "paper" in schema["store"]["properties"]
