"""What is wrong with a `chat_completions` entry although all is of the right type. No server is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ...config.models.model_kinds import TOOLS, SettingFault, SettingsPlace
from ...errors import AgentError
from ...text import WrittenText, did_you_mean
from ..system_text import faults_of, names_in, read_system_text
from ..tool_functions import ToolFunction
from .completion_settings import CompletionSettings, key_of
from .endpoint import endpoint_of

_SECRET_HEADERS = frozenset({"authorization", "api-key", "x-api-key", "cookie"})
_PRICES = ("prompt", "completion")


def faults_of_settings(values: Mapping[str, Any], place: SettingsPlace) -> Iterator[SettingFault]:
    """Yield what is wrong with the settings of an entry, as `check_settings` of its kind.

    Args:
        values: What stands there, of the right types.
        place: Where its files are, and the functions that it names.
    """
    settings = CompletionSettings(**values)
    try:
        endpoint_of(settings.base_url, "")
    except ValueError as error:
        yield SettingFault(path=("base_url",), message=str(error))
    yield from faults_besides_the_address(settings, place)


def faults_besides_the_address(settings: CompletionSettings, place: SettingsPlace) -> Iterator[SettingFault]:
    """Yield what is wrong with settings that all models have which are asked by requests."""
    yield from _faults_of_key(settings, place)
    yield from _faults_of_system(settings, place)
    yield from _faults_of_tools(place)
    yield from _faults_of_prices(settings)
    for name, value in settings.headers.items():
        if name.casefold() in _SECRET_HEADERS and not isinstance(value, WrittenText):
            yield SettingFault(
                path=("headers", name),
                message=f"the header {name} stands in the config, where everybody who gets the file can read it",
                hint="write ${NAME_OF_A_VARIABLE} in its value",
                code="secret-in-config",
            )


def _faults_of_key(settings: CompletionSettings, place: SettingsPlace) -> Iterator[SettingFault]:
    try:
        key_of(settings, place.folder, os.environ)
    except ValueError as error:
        named = "api_key_env" if settings.api_key_env is not None else "api_key_file"
        yield SettingFault(path=(named,), message=str(error), code="key-not-there")


def _faults_of_system(settings: CompletionSettings, place: SettingsPlace) -> Iterator[SettingFault]:
    try:
        text = read_system_text(settings.system, place.folder)
    except ValueError as error:
        yield SettingFault(path=("system",), message=str(error), hint="files are looked for beside the config")
        return
    for fault in dict.fromkeys(faults_of(text)):
        yield SettingFault(path=("system",), message=fault, code="unknown-placeholder")
    for message, hint in dict.fromkeys(_never_filled_in(text, place)):
        yield SettingFault(path=("system",), message=message, hint=hint, code="unknown-placeholder")


def _never_filled_in(text: str, place: SettingsPlace) -> Iterator[tuple[str, str]]:
    for name, inner in names_in(text):
        shown = f"{{{name}.{inner}}} is never filled in"
        if name == "onboard_data" and not place.knows_onboarding:
            yield (
                f"nobody is onboarded where the model sits, so {shown}",
                "give its task an onboard_world, or take it out",
            )
        elif name == "condition" and inner and inner.partition(".")[0] not in place.conditions:
            known = did_you_mean(inner, place.conditions, "conditions")
            yield f"the config has no condition {inner!r}, so {shown}", known or "take it out"


def _faults_of_tools(place: SettingsPlace) -> Iterator[SettingFault]:
    for function in place.functions:
        try:
            ToolFunction(function)
        except AgentError as error:
            yield SettingFault(path=(TOOLS,), message=str(error), hint="annotate it with plain types")


def _faults_of_prices(settings: CompletionSettings) -> Iterator[SettingFault]:
    for name, value in settings.price.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if name not in _PRICES or not is_number or value < 0:
            yield SettingFault(
                path=("price", name),
                message=f"expected what a million tokens cost at prompt and completion, got {name}: {value!r:.40}",
            )
