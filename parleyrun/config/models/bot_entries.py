"""Where bots sit in a task: what stands under `bots`, `fill_with` and `on_bot_error`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...core.bot_seats.bot_settings import BotSettings, OnBotError, Pace, ReplyPolicy
from ...core.conditions import ByCondition
from ...core.message import FrozenDict
from ...errors import ConfigError
from ...text import quoted
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, Choice, Flag, JsonSchema, Quantity, Text, refuse_type
from ..schema import FillWith
from ..sections import Field, Section
from ..tasks.condition_entries import WHEN, ByConditionRule

_DAY_SECONDS = 86_400
_NEVER = 1_000_000_000
"""How many messages nobody ever counts up to: of who speaks after a silence only."""

REPLIES = ("each", "in_turn", "when_addressed")

MAX_COST = Quantity(0, 1e9)
MAX_TOKENS_TOTAL = Quantity(1, 10**12, whole=True)

_AFTER = Section(
    "reply",
    (
        Field(
            "after_messages",
            Quantity(1, 1000, whole=True),
            "speaks after so many messages by others",
            optional=True,
        ),
        Field(
            "after_silence",
            Quantity(0.1, _DAY_SECONDS, unit="seconds"),
            "speaks after so many seconds in which nobody has said anything",
            optional=True,
        ),
    ),
)


@dataclass(frozen=True)
class ReplyRule:
    """When a bot speaks: a word, two numbers, or the name of a function of the world module."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, Mapping):
            return self._after(value, path, findings)
        if value in REPLIES:
            return ReplyPolicy(kind=value)
        expected = f"{', '.join(REPLIES)}, {{after_messages: …, after_silence: …}}, or the name of a function"
        if not isinstance(value, str):
            return refuse_type(findings, path, expected, value)
        if not value.isidentifier():
            findings.add("wrong-form", path, f"expected {expected}, got {quoted(value)}")
            return INVALID
        return ReplyPolicy(kind="callable", function=value)

    @staticmethod
    def _after(value: Mapping[Any, Any], path: KeyPath, findings: Findings) -> Any:
        checked = _AFTER.check(value, path, findings)
        messages, silence = checked.get("after_messages"), checked.get("after_silence")
        if messages is None and silence is None:
            if not findings.has_error_at(path):
                message = "expected the key 'after_messages' or 'after_silence' of reply, got neither"
                findings.add("missing-key", path, message, "write reply: each for after every message")
            return INVALID
        return ReplyPolicy(kind="after", messages=messages or _NEVER, silence_seconds=silence)

    def json_schema(self) -> JsonSchema:
        return {**_AFTER.json_schema(), "type": ["string", "object"], "minLength": 1}


@dataclass(frozen=True)
class FailureRule:
    """What happens where a model gives no answer: one of three."""

    _section = Section(
        "on_bot_error",
        (
            Field("say", Text("a sentence"), "what the bot says instead", optional=True),
            Field("end", Choice(("failed",)), "ends the conversation", optional=True),
            Field(
                "replace_with", Text("the name of a model"), "the model that goes on in its stead", optional=True
            ),
        ),
    )

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        checked = self._section.check(value, path, findings)
        if checked is INVALID:
            return INVALID
        given = [name for name, what in checked.items() if what is not None]
        if len(given) > 1:
            message = f"expected one of say, end and replace_with, got {' and '.join(given)}"
            findings.add("both-given", (*path, given[1]), message, "remove one of them", at_key=True)
            return INVALID
        return OnBotError(say=checked.get("say"), replace_with=checked.get("replace_with"))

    def json_schema(self) -> JsonSchema:
        return {**self._section.json_schema(), "maxProperties": 1}


PACE = Section(
    "pace",
    (
        Field("reading_words_per_minute", Quantity(1, 100_000), "how fast it reads what it is shown"),
        Field("typing_words_per_minute", Quantity(1, 100_000), "how fast it types"),
        Field("jitter", Quantity(0, 1), "by which part of itself a time may differ, up or down"),
        Field("longest_seconds", Quantity(0, 3600, unit="seconds"), "the longest that reading and typing take"),
        Field("seed", Quantity(0, 2**63 - 1, whole=True), "the same one gives the same times again"),
    ),
    Pace,
)

ON_BOT_ERROR = Field(
    "on_bot_error", FailureRule(), "what happens where a model gives no answer: say, end, replace_with"
)

_BOT_FIELDS = (
    Field("model", Text("the name of a model"), "the name under models: of what it thinks with", required=True),
    Field("when", WHEN, "for which values of conditions it sits there; left out for all", optional=True),
    Field(
        "disclose",
        ByConditionRule(Flag(), "disclose", needs_both=True),
        "whether people are told that it is a bot",
    ),
    Field(
        "reply",
        ReplyRule(),
        "when it speaks: each, in_turn, when_addressed, {after_messages: …, after_silence: …}, or the name of a "
        "function of the world module, called with its seat and the acts it was shown",
    ),
    Field("begins", Flag(), "whether it speaks before anybody else has"),
    Field(
        "overtaken",
        Choice(("ask_again", "drop", "say")),
        "what becomes of an answer that was made while others said something",
    ),
    Field("max_bot_turns", Quantity(1, 1000, whole=True), "how many lines in a row bots say before a person does"),
    Field(
        "pace",
        PACE,
        "how fast it reads and types; null for as fast as it can, which is the default where people are told",
        optional=True,
    ),
    ON_BOT_ERROR,
    Field("max_cost", MAX_COST, "what it may cost in one conversation; default the task's", optional=True),
    Field(
        "max_tokens_total",
        MAX_TOKENS_TOTAL,
        "how many tokens it may take in one conversation; default the task's",
        optional=True,
    ),
)


@dataclass(frozen=True)
class BotSection(Section):
    """A bot's settings; the name of its model alone stands for a mapping with nothing else in it."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        return super().check({"model": value} if isinstance(value, str) else value, path, findings)

    def json_schema(self) -> JsonSchema:
        return {**super().json_schema(), "type": ["string", "object"], "minLength": 1}


BOT = BotSection("a bot", _BOT_FIELDS, BotSettings)

FILL_WITH = BotSection(
    "fill_with",
    (
        *_BOT_FIELDS,
        Field(
            "after",
            Quantity(0, _DAY_SECONDS, unit="seconds"),
            "how many seconds somebody has waited for others when bots sit down in their places",
        ),
    ),
    FillWith,
)


def bot_settings(values: Mapping[str, Any], what: str) -> BotSettings:
    """Return the settings of a bot from what may stand in a config, for an author who writes it in Python.

    Args:
        values: By the names in a config; `reply` may be a function, too.
        what: What the values are given to, for findings.

    Raises:
        ConfigError: Something is wrong with them.
    """
    findings = Findings(what)
    written = dict(values)
    reply = written.get("reply")
    policy = ReplyPolicy(kind="callable", decides=reply) if callable(reply) else None
    if policy is not None:
        del written["reply"]
    checked = BOT.check(written, (), findings)
    if not policy and isinstance(checked.get("reply"), ReplyPolicy) and checked["reply"].kind == "callable":
        findings.add(
            "wrong-type", ("reply",), f"expected {', '.join(REPLIES)}, or the function itself, got {reply!r:.60}"
        )
    if findings.has_errors:
        found = findings.in_order()
        told = [f"{what}: {each.path}: {each.message}" + (f"; {each.hint}" if each.hint else "") for each in found]
        raise ConfigError("\n".join(told), found)
    settings = _settings(checked, {})
    return settings if policy is None else replace(settings, reply=policy)


def check_role(role: str, path: KeyPath, findings: Findings) -> None:
    """Find a role that could not be one."""
    if not role.strip() or not role.isprintable():
        message = f"expected a role such as Seller, got {role!r:.60}"
        findings.add("bad-name", path, message, at_key=True)


def with_bots(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a task's section holds, its bots as settings; what they leave open is as the task has it."""
    task = {name: entry[name] for name in ("max_cost", "max_tokens_total") if name in entry}
    if "on_bot_error" in entry:
        task["on_error"] = entry["on_bot_error"]
    made = dict(entry)
    bots = entry.get("bots", {})
    made["bots"] = FrozenDict({role: _settings(bot, task) for role, bot in bots.items()})
    fill_with = entry.get("fill_with")
    if fill_with is not None:
        more = {"after": fill_with["after"]} if "after" in fill_with else {}
        made["fill_with"] = FillWith(bot=_settings(fill_with, task), **more)
    return made


def _settings(bot: Mapping[str, Any], task: Mapping[str, Any]) -> BotSettings:
    own = {name: value for name, value in bot.items() if name not in ("after", "pace", "on_bot_error")}
    if "on_bot_error" in bot:
        own["on_error"] = bot["on_bot_error"]
    if isinstance(own.get("disclose"), ByCondition):
        own["disclose_by"], own["disclose"] = own["disclose"], False
    settings = BotSettings(**{"model": "", **task, **own})
    if "pace" in bot:
        pace = None if bot["pace"] is None else Pace(**bot["pace"])
    else:
        pace = None if settings.disclose else Pace()
    return replace(settings, pace=pace)
