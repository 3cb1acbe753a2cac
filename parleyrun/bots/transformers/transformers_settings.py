"""What stands under an entry of `models:` of the kind `transformers`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...config.kinds import Choice, Flag, Quantity, Several, Text
from ...config.models.model_kinds import SettingFault, SettingsPlace
from ...config.sections import Field, Section
from ..system_text import faults_of, read_system_text

DTYPES = ("auto", "float32", "float16", "bfloat16")


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationSettings:
    """How a model is loaded, and how it generates. None leaves a thing to the model's own settings.

    Attributes:
        name: A folder that a model was saved to, or its name on the hub.
        system: What the model is told about itself: a text, or the path of one in `.md` or `.txt`.
        device: Where it runs: `cpu`, `cuda`, `cuda:1`, `mps`, or `auto` for several.
        dtype: The numbers that it calculates with.
        max_new_tokens: How long an answer may be.
        temperature: How freely it chooses its words; 0: always the likeliest.
        top_p: From how much of the probability it chooses.
        stop: Where an answer ends.
        seed: Where chance begins, before each call.
        context_tokens: How long prompt and answer may be; None for as long as the model takes.
        context_lines: How many lines a prompt holds at most.
        record_prompts: Whether prompts go on record.
    """

    name: str
    system: str = ""
    device: str | None = None
    dtype: str | None = None
    max_new_tokens: int = 256
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    context_tokens: int | None = None
    context_lines: int | None = None
    record_prompts: bool = False


TRANSFORMERS_SETTINGS = Section(
    "a model of the kind transformers",
    (
        Field(
            "name",
            Text("a folder, or the name of a model"),
            "a folder beside the config, or a name",
            required=True,
        ),
        Field("system", Text("a text, or a path"), "what the model is told: a text, or a file in .md or .txt"),
        Field(
            "device", Text("a device"), "where it runs: cpu, cuda, cuda:1, mps, or auto for several", optional=True
        ),
        Field("dtype", Choice(DTYPES), "the numbers that it calculates with", optional=True),
        Field("max_new_tokens", Quantity(1, 1_000_000, whole=True), "how long an answer may be"),
        Field("temperature", Quantity(0, 10), "how freely it chooses its words", optional=True),
        Field("top_p", Quantity(0, 1), "from how much of the probability it chooses", optional=True),
        Field("stop", Several(Text("a text"), "a text", "text"), "where an answer ends"),
        Field("seed", Quantity(0, 2**32 - 1, whole=True), "where chance begins, before each call", optional=True),
        Field(
            "context_tokens", Quantity(64, 10**8, whole=True), "how long prompt and answer may be", optional=True
        ),
        Field("context_lines", Quantity(1, 10**6, whole=True), "how many lines a prompt holds", optional=True),
        Field("record_prompts", Flag(), "whether prompts go on record"),
    ),
    GenerationSettings,
)


def faults_of_generation(values: Mapping[str, Any], place: SettingsPlace) -> Iterator[SettingFault]:
    """Yield what is wrong with the settings of an entry, as `check_settings` of its kind. Nothing is loaded."""
    settings = GenerationSettings(**values)
    try:
        text = read_system_text(settings.system, place.folder)
    except ValueError as error:
        yield SettingFault(path=("system",), message=str(error), hint="files are looked for beside the config")
    else:
        for fault in dict.fromkeys(faults_of(text)):
            yield SettingFault(path=("system",), message=fault, code="unknown-placeholder")
    limit = settings.context_tokens
    if limit is not None and settings.max_new_tokens >= limit:
        yield SettingFault(
            path=("max_new_tokens",),
            message=f"expected less than context_tokens, which is {limit}, got {settings.max_new_tokens}",
            hint="lower max_new_tokens",
        )
