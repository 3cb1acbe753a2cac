"""What stands under an entry of `models:` of the kind `chat_completions`."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...config.kinds import Anything, Choice, Flag, Quantity, Secret, Several, Text
from ...config.sections import Field, Section
from ...core.message import FrozenDict

PARAMETERS = ("temperature", "top_p", "max_tokens", "stop", "seed")
"""What travels to the server under its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionSettings:
    """How a server is asked. Times are in seconds; None leaves a thing to the server, or without a limit.

    Attributes:
        base_url: The server's address; empty where the kind knows it by itself.
        name: The model's name there; empty for a server with one model.
        api_key: The key itself.
        api_key_env: The variable of the environment that holds the key.
        api_key_file: The file that holds the key, which nobody else may read.
        system: What the model is told about itself: a text, or the path of one in `.md` or `.txt`.
        system_role: In which role it is told that.
        extra_body: Further fields of a request.
        headers: Further headers.
        rename: Fields that this server has under another name, such as `max_tokens: max_completion_tokens`.
        timeout_seconds: How long an answer may take.
        connect_seconds: How long a connection may take.
        tries: How often a request is made at most.
        longest_wait_seconds: The longest that the server may ask to be left alone.
        max_concurrency: How many requests are made at the same time at most.
        stream: Whether words come as they are made.
        tools: Functions of the world module that the model may call.
        answer_schema: The JSON schema that an answer has to keep.
        answer_field: Which property of such an answer is said.
        context_tokens: How long a prompt may be.
        context: What becomes of the oldest lines of a prompt that is too long.
        context_lines: How many lines a prompt holds at most.
        images: Whether the model is shown images.
        record_prompts: Whether prompts go on record.
        price: What a million tokens cost: `prompt` and `completion`.
        cache: The folder where answers are kept for requests that are made again; None for nowhere.
    """

    base_url: str = ""
    name: str = ""
    api_key: str | None = field(default=None, repr=False)
    api_key_env: str | None = None
    api_key_file: str | None = None
    system: str = ""
    system_role: str = "system"
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    extra_body: Mapping[str, Any] = field(default_factory=FrozenDict)
    headers: Mapping[str, str] = field(default_factory=FrozenDict, repr=False)
    rename: Mapping[str, str] = field(default_factory=FrozenDict)
    timeout_seconds: float = 60.0
    connect_seconds: float = 5.0
    tries: int = 4
    longest_wait_seconds: float = 60.0
    max_concurrency: int = 100
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    stream: bool = True
    tools: tuple[str, ...] = ()
    answer_schema: Mapping[str, Any] | None = None
    answer_field: str = "text"
    context_tokens: int | None = None
    context: str = "oldest"
    context_lines: int | None = None
    images: bool = False
    record_prompts: bool = False
    price: Mapping[str, float] = field(default_factory=FrozenDict)
    cache: str | None = None


COMPLETION_SETTINGS = Section(
    "a model of the kind chat_completions",
    (
        Field(
            "base_url", Text("an address such as http://localhost:11434/v1"), "where the server is", required=True
        ),
        Field("name", Text("the name of a model"), "the model's name on that server; left out where it has one"),
        Field("api_key", Secret("a key"), "the key itself; better name it by api_key_env", optional=True),
        Field("api_key_env", Text("the name of a variable"), "the variable that holds the key", optional=True),
        Field("api_key_file", Text("a path"), "the file that holds the key; only you may read it", optional=True),
        Field("system", Text("a text, or a path"), "what the model is told: a text, or a file in .md or .txt"),
        Field("system_role", Choice(("system", "developer", "user")), "in which role it is told that"),
        Field("temperature", Quantity(0, 10), "how freely it chooses its words", optional=True),
        Field("top_p", Quantity(0, 1), "from how much of the probability it chooses", optional=True),
        Field("max_tokens", Quantity(1, 1_000_000, whole=True), "how long an answer may be", optional=True),
        Field("stop", Several(Text("a text"), "a text", "text"), "where an answer ends"),
        Field("seed", Quantity(-(2**63), 2**63 - 1, whole=True), "for the same answer again", optional=True),
        Field("extra_body", Anything("fields"), "further fields of a request"),
        Field("headers", Anything("headers"), "further headers of a request"),
        Field("rename", Anything("names"), "fields that this server has under another name"),
        Field("timeout_seconds", Quantity(0.1, 3600, unit="seconds"), "how long an answer may take"),
        Field("connect_seconds", Quantity(0.1, 600, unit="seconds"), "how long a connection may take"),
        Field("tries", Quantity(1, 20, whole=True), "how often a request is made at most"),
        Field("longest_wait_seconds", Quantity(0, 3600, unit="seconds"), "the longest wait a server may ask for"),
        Field("max_concurrency", Quantity(1, 10_000, whole=True), "how many requests are made at the same time"),
        Field(
            "requests_per_minute", Quantity(1, 10**9, whole=True), "how many are made in a minute", optional=True
        ),
        Field("tokens_per_minute", Quantity(1, 10**12, whole=True), "how many tokens in a minute", optional=True),
        Field("stream", Flag(), "whether words are shown as they are made"),
        Field("tools", Several(Text("a function"), "a function", "function"), "functions of the world module"),
        Field("answer_schema", Anything("JSON schema"), "the form of answers that are JSON", optional=True),
        Field("answer_field", Text("a property"), "which property of such an answer is said"),
        Field("context_tokens", Quantity(64, 10**8, whole=True), "how long a prompt may be", optional=True),
        Field("context", Choice(("oldest", "summary")), "what becomes of the oldest lines of a longer one"),
        Field("context_lines", Quantity(1, 10**6, whole=True), "how many lines a prompt holds", optional=True),
        Field("images", Flag(), "whether it is shown images"),
        Field("record_prompts", Flag(), "whether prompts go on record"),
        Field("price", Anything("prices"), "what a million tokens cost: prompt, completion"),
        Field("cache", Text("a folder"), "where answers are kept for requests that are made again", optional=True),
    ),
    CompletionSettings,
)


def settings_of_reference(reference: str) -> dict[str, str]:
    """Return what `http://localhost:11434/v1#llama3.2` says in short: the address, and the model's name there."""
    base_url, _, name = reference.partition("#")
    return {**({"base_url": base_url} if base_url else {}), **({"name": name} if name else {})}


def key_of(settings: CompletionSettings, folder: Path, environment: Mapping[str, str]) -> str:
    """Return the key of a server; empty where none is named.

    Raises:
        ValueError: It cannot be had; the message says why, and how to mend it.
    """
    if settings.api_key_env is not None:
        key = environment.get(settings.api_key_env, "").strip()
        if not key:
            raise ValueError(f"expected a key in the variable {settings.api_key_env}, which is not set")
        return key
    if settings.api_key_file is not None:
        return _key_in(folder / settings.api_key_file)
    return (settings.api_key or "").strip()


def _key_in(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ValueError(f"expected {path} to be readable by you alone: chmod 600 {path}")
            return file.read(65_536).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"expected a key in {path}: {error}") from error
