"""Channels and stores by name: what may stand under `channels:` and `store:` besides the keys of every config.

A package offers a channel by the entry point `parleyrun.channels`: what makes one of settings and context. Where
that has a `check_settings(settings)`, it is asked for what is wrong with them, by key. A store is offered in the
same way, by `parleyrun.stores`. docs/extending.md has a channel in one file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

from ..core.bot_seats.bot_names import BOT_PREFIX
from ..errors import RegistrationError
from ..registry import Registry, lacks
from ..text import did_you_mean, nearest
from .diagnostics import Findings, KeyPath
from .kinds import INVALID, Anything, JsonSchema
from .sections import Section

if TYPE_CHECKING:
    from ..events import Channel

_ANY_TYPE = ["object", "array", "string", "number", "boolean", "null"]

MakeChannel = Callable[[Mapping[str, Any], Any], "Channel"]
MakeStore = Callable[[Any, Any], Any]


def takes_settings_and_context(make: Any) -> str | None:
    """Say that something cannot be called with settings and context; None if it can."""
    if not callable(make):
        return "is neither a class nor a function"
    try:
        signature(make).bind(None, None)
    except TypeError:
        return "cannot be called with (settings, context)"
    return None


def _channel_fault(name: str, make: Any) -> str | None:
    if name == BOT_PREFIX.removesuffix(":"):
        return "has a name that is kept for bots, whose ids on record begin with it: choose another"
    if isinstance(make, type):
        from ..events import Channel  # only where a package adds one: a config that is checked needs no events

        lack = lacks(make, Channel)
        if lack is not None:
            return lack
        if getattr(make, "name", name) != name:
            return f"has the name {make.name!r}, expected {name!r}"  # type: ignore[attr-defined]  # getattr found it
    return takes_settings_and_context(make)


CHANNELS: Registry[MakeChannel] = Registry("a channel", "parleyrun.channels", _channel_fault)
"""The channels there are, by their key under `channels:`."""

STORES: Registry[MakeStore] = Registry("a store", "parleyrun.stores")
"""The stores there are. One that a package adds stands under `store:` by its name, with its settings."""


def check_channel(name: str, settings: Any, path: KeyPath, findings: Findings) -> Any:
    """Return the settings of a channel that a package adds; INVALID if they are no mapping, or it refuses them."""
    checked = Anything("settings").check(settings, path, findings)
    if checked is INVALID:
        return INVALID
    check = getattr(CHANNELS.find(name), "check_settings", None)
    faults: Mapping[str, str] = {} if check is None else check(checked)
    for key, message in faults.items():
        there = key in checked
        findings.add(
            "bad-setting", (*path, key) if there else path, f"channel {name}: {message}", at_key=not there
        )
    return INVALID if faults else checked


def check_store(_name: str, settings: Any, _path: KeyPath, _findings: Findings) -> Any:
    """Return the settings of a store that a package adds: they may be anything, and are its own to check."""
    return settings


@dataclass(frozen=True, kw_only=True)
class OpenSection(Section):
    """A section among whose keys is what is registered under a name; `check_other` checks what stands there."""

    others: Registry[Any]
    by_other_keys: frozenset[str] = frozenset()
    """Names of `others` that the section's own keys stand for already."""
    keys_are: str = "keys"
    """What the section's keys name."""
    check_other: Callable[[str, Any, KeyPath, Findings], Any]

    def takes(self, key: str, value: Any, path: KeyPath, findings: Findings, checked: dict[str, Any]) -> bool:
        if key not in self._other_names():
            return False
        try:
            result = self.check_other(key, value, path, findings)
        except RegistrationError as error:
            findings.add("bad-extension", path, str(error), at_key=True)
            return True
        if result is not INVALID:
            checked[key] = result
        return True

    def hint(self, key: str, given: Mapping[Any, Any]) -> str:
        if nearest(key, self.offered) is not None:
            return super().hint(key, given)
        known = did_you_mean(key, self.offered, self.keys_are)
        another = self.others.what.removeprefix("a ")
        return f"{known}; another {another} comes with an installed package (docs/extending.md)"

    def _other_names(self) -> list[str]:
        return [name for name in self.others.names() if name not in self.by_other_keys]

    @property
    def offered(self) -> list[str]:
        return list(dict.fromkeys([*self.names, *self._other_names()]))

    def json_schema(self) -> JsonSchema:
        schema = super().json_schema()
        for name in self._other_names():
            described = {"type": _ANY_TYPE, "description": f"{self.others.what}, by its name"}
            schema["properties"].setdefault(name, described)
        return schema
