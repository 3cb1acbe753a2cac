"""What stands under `conditions:`, and what depends on one by `when:`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.bot_seats.bot_settings import BotSettings
from ...core.conditions import ByCondition, Condition, Value, When
from ...core.message import FrozenDict
from ...text import did_you_mean, quoted
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, Choice, JsonSchema, Kind, Quantity, refuse_type
from ..schema import Config, TaskConfig
from ..sections import Field, Section

_PLAIN: JsonSchema = {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True)
class ConditionValues:
    """The values of a condition: at least two, each once."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, list):
            return refuse_type(findings, path, "a list of at least two values", value)
        if not all(isinstance(item, str | int | float) and item != "" for item in value) or len(value) < 2:
            findings.add(
                "bad-condition", path, f"expected at least two values, words or numbers, got {value!r:.60}"
            )
            return INVALID
        if len({str(item) for item in value}) < len(value):
            findings.add("bad-condition", path, f"expected each value once, got {value!r:.60}", "remove one")
            return INVALID
        return tuple(value)

    def json_schema(self) -> JsonSchema:
        return {"type": "array", "items": _PLAIN, "minItems": 2, "uniqueItems": True}


@dataclass(frozen=True)
class NumberEach:
    """A number for some of the values of a condition."""

    number: Quantity

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping):
            return refuse_type(findings, path, "a mapping of values to numbers", value)
        checked = {key: self.number.check(item, (*path, str(key)), findings) for key, item in value.items()}
        return INVALID if any(item is INVALID for item in checked.values()) else checked

    def json_schema(self) -> JsonSchema:
        return {"type": "object", "additionalProperties": self.number.json_schema()}


@dataclass(frozen=True)
class WhenRule:
    """For which values of conditions something holds: `{partner: model}`, or a list of values."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping) or not value:
            return refuse_type(
                findings, path, "a mapping of conditions to values, such as {partner: model}", value
            )
        when: dict[str, tuple[Value, ...]] = {}
        for name, wanted in value.items():
            values = wanted if isinstance(wanted, list) else [wanted]
            if not values or not all(isinstance(item, str | int | float) for item in values):
                return refuse_type(findings, (*path, name), "a value of the condition, or a list of some", wanted)
            when[str(name)] = tuple(values)
        return FrozenDict(when)

    def json_schema(self) -> JsonSchema:
        wanted: JsonSchema = {"type": ["string", "number", "boolean", "array"], "items": _PLAIN, "minItems": 1}
        return {"type": "object", "minProperties": 1, "additionalProperties": wanted}


WHEN = WhenRule()


@dataclass(frozen=True)
class ByConditionRule:
    """A value of a kind; or `{when: {condition: value}, then: …, else: …}`.

    Either of the two may be left out, for nothing, unless the rule `needs_both`.
    """

    kind: Kind
    what: str
    needs_both: bool = False

    @property
    def _section(self) -> Section:
        either = "" if self.needs_both else "; nothing if left out"
        both, one = self.needs_both, not self.needs_both
        return Section(
            self.what,
            (
                Field("when", WHEN, "for which values of conditions", required=True),
                Field("then", self.kind, f"what holds then{either}", required=both, optional=one),
                Field("else", self.kind, f"what holds otherwise{either}", required=both, optional=one),
            ),
        )

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping):
            return self.kind.check(value, path, findings)
        checked = self._section.check(value, path, findings)
        if checked is INVALID or "when" not in checked or (self.needs_both and len(checked) < 3):
            return INVALID
        return ByCondition(when=checked["when"], then=checked.get("then"), otherwise=checked.get("else"))

    def json_schema(self) -> JsonSchema:
        plain = self.kind.json_schema()
        return {**self._section.json_schema(), **plain, "type": [plain["type"], "object"]}


CONDITION = Section(
    "a condition",
    (
        Field("values", ConditionValues(), "what it can be", required=True),
        Field(
            "assign",
            Choice(("balanced", "blocked", "random")),
            "who gets which value: balanced by those who are on the way or through, in blocks, or by lot",
        ),
        Field(
            "per",
            Choice(("participant", "group")),
            "whether each participant gets a value, on coming to a pool, or each group, as it is matched",
        ),
        Field(
            "weights", NumberEach(Quantity(0, 1e6)), "how often each value is to come, in proportion; default 1"
        ),
        Field("quotas", NumberEach(Quantity(0, 10**9, whole=True)), "with how many of a value it is enough"),
        Field("block", Quantity(1, 1000, whole=True), "with blocked: how often each value stands in a block"),
        Field("seed", Quantity(0, 2**63 - 1, whole=True), "the same seed and arrivals give the same values"),
    ),
    Condition,
)


def check_condition_name(name: str, path: KeyPath, findings: Findings) -> None:
    """Find a name that no placeholder could hold."""
    if not name.isidentifier():
        message = f"expected a name such as partner, of letters, digits and _, got {name!r:.60}"
        findings.add("bad-name", path, message, at_key=True)


def conditions_of(checked: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Condition]:
    """Return the conditions of a config, by name."""
    return FrozenDict(
        {name: Condition(name=name, **entry) for name, entry in checked.items() if "values" in entry}
    )


def check_conditions(config: Config, findings: Findings) -> None:
    """Find conditions that can never be drawn, and what depends on one that there is not."""
    for condition in config.conditions.values():
        _check_drawing(condition, findings)
    for task in config.tasks.values():
        at: KeyPath = ("tasks", task.key)
        if task.agents_by is not None:
            check_when(task.agents_by.when, (*at, "agents_required", "when"), config, findings)
            why = "is drawn when a group is there, so how many people it needs cannot depend on it"
            refuse_groups(task.agents_by.when, (*at, "agents_required", "when"), config, findings, why)
        for path, when in whens_of_bots(task):
            check_when(when, path, config, findings)
        if task.fill_with is not None and task.fill_with.bot.when is not None:
            why = "is drawn when a group is there, so whether bots make it whole cannot depend on it"
            refuse_groups(task.fill_with.bot.when, (*at, "fill_with", "when"), config, findings, why)


def whens_of_bots(task: TaskConfig) -> Iterator[tuple[KeyPath, When]]:
    """Yield where bots of a task depend on conditions: whether they sit there, and whether people are told."""
    places: list[tuple[KeyPath, BotSettings]] = [(("bots", role), bot) for role, bot in task.bots.items()]
    if task.fill_with is not None:
        places.append((("fill_with",), task.fill_with.bot))
    for path, bot in places:
        own: KeyPath = ("tasks", task.key, *path)
        if bot.when is not None:
            yield (*own, "when"), bot.when
        if bot.disclose_by is not None:
            yield (*own, "disclose", "when"), bot.disclose_by.when


def _check_drawing(condition: Condition, findings: Findings) -> None:
    path: KeyPath = ("conditions", condition.name)
    for key in ("weights", "quotas"):
        for value in getattr(condition, key):
            if value not in condition.values:
                known = did_you_mean(str(value), [str(each) for each in condition.values], "values")
                findings.add(
                    "unknown-value", (*path, key), f"the condition has no value {quoted(str(value))}", known
                )
    if not any(condition.weight(value) > 0 for value in condition.values):
        findings.add(
            "bad-condition", (*path, "weights"), "expected a weight above 0, got none: nobody gets a value"
        )
    for value in condition.values:
        if condition.quotas.get(value, 1) == 0 or condition.weight(value) == 0:
            message = f"nobody ever gets {quoted(str(value))}: its weight or its quota is 0"
            findings.add("value-never-drawn", (*path, "values"), message, "take the value out")


def check_when(when: When, path: KeyPath, config: Config, findings: Findings) -> None:
    """Find conditions that there are not, and values that they do not have."""
    for name, wanted in when.items():
        condition = config.conditions.get(name)
        if condition is None:
            hint = did_you_mean(name, config.conditions, "conditions") or "there are none: add conditions:"
            findings.add(
                "unknown-condition", (*path, name), f"expected the name of a condition, got '{name}'", hint
            )
            continue
        for value in wanted:
            if value not in condition.values:
                hint = did_you_mean(str(value), [str(each) for each in condition.values], "values")
                message = f"expected a value of the condition '{name}', got {quoted(str(value))}"
                findings.add("unknown-value", (*path, name), message, hint)


def refuse_groups(when: When, path: KeyPath, config: Config, findings: Findings, why: str) -> None:
    """Find conditions of groups where these come too late; `why` says that of one."""
    for name in when:
        condition = config.conditions.get(name)
        if condition is not None and condition.per == "group":
            findings.add("bad-condition", (*path, name), f"'{name}' {why}", "write per: participant")
