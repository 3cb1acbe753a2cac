"""Who may be matched with whom: `same`, `different`, `prefer` and `not_again` of a task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...core.conditions import ByCondition
from ...core.match_rules import MatchRules, Preference
from ...text import did_you_mean, quoted
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, Choice, JsonSchema, Quantity, Several, Shaped, refuse_type
from ..schema import Config, TaskConfig
from ..sections import Field, Section
from .condition_entries import whens_of_bots

_DAY_SECONDS = 86_400
_WHAT = "a name such as onboard.background.language, arrival.lang or condition.role"
_NAMES = Several(Shaped(_WHAT, r"[^\s.]+(\.[^\s.]+)*", "write it without blanks"), _WHAT, "name")

SAME = Field("same", _NAMES, "what is known of people and must be the same for all of a conversation")
DIFFERENT = Field("different", _NAMES, "what is known of people and no two of a conversation may have in common")


_AGAIN = Several(Choice(("task", "partner")), "'task' or 'partner'", "word")


@dataclass(frozen=True)
class NotAgainRule:
    """What nobody does again: `true` or `task` the task, `partner` talk with the same person; or both."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, bool):
            return ("task",) if value else ()
        if not isinstance(value, str | list):
            return refuse_type(findings, path, "true, false, 'task' or 'partner'", value)
        return _AGAIN.check(value, path, findings)

    def json_schema(self) -> JsonSchema:
        words = {"type": "string", "enum": ["task", "partner"]}
        several = {"type": "array", "items": words, "minItems": 1, "uniqueItems": True}
        return {"type": ["boolean", "string", "array"], "anyOf": [{"type": "boolean"}, words, several]}


_PREFER = Section(
    "prefer",
    (
        SAME,
        DIFFERENT,
        Field("not_again", Choice(("partner",)), "that people talk with somebody new to them"),
        Field(
            "wait",
            Quantity(0, 30 * _DAY_SECONDS, unit="seconds"),
            "how many seconds the oldest waits for that; default 20",
        ),
    ),
)


@dataclass(frozen=True)
class PreferRule:
    """Rules that hold for a while, and then if they can."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        checked = _PREFER.check(value, path, findings)
        if checked is INVALID:
            return INVALID
        if not checked.keys() - {"wait"}:
            if not isinstance(value, Mapping) or not value.keys() - {"wait"}:
                findings.add("bad-match-rule", path, "expected same, different or not_again in 'prefer'")
            return INVALID
        partners = "not_again" in checked
        return Preference(
            **{name: item for name, item in checked.items() if name != "not_again"}, new_partners=partners
        )

    def json_schema(self) -> JsonSchema:
        return _PREFER.json_schema()


_COUNT = Quantity(2, 100, whole=True)
_WAIT = Quantity(0, 30 * _DAY_SECONDS, unit="seconds")
_ROUNDS = Section(
    "rounds",
    (
        Field("count", _COUNT, "how many conversations each person has", required=True),
        Field("wait", _WAIT, "how many seconds one waits for somebody new; default 60"),
    ),
)
_WAIT_FOR_SOMEBODY_NEW = 60.0


@dataclass(frozen=True)
class RoundsRule:
    """How many conversations each person has in turn: a number, or `{count: 3, wait: 60}`."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping):
            count = _COUNT.check(value, path, findings)
            return count if count is INVALID else {"count": count}
        checked = _ROUNDS.check(value, path, findings)
        return INVALID if checked is INVALID or "count" not in checked else checked

    def json_schema(self) -> JsonSchema:
        return {**_ROUNDS.json_schema(), **_COUNT.json_schema(), "type": ["integer", "object"]}


ROUNDS = Field(
    "rounds",
    RoundsRule(),
    "how many conversations each person has, one after the other, with others where that can be; "
    "{count: 3, wait: 60} says how long one waits for somebody new",
)
NOT_AGAIN = Field(
    "not_again",
    NotAgainRule(),
    "what nobody does again: this task (true), or talk with somebody they talked with before ('partner'); both as "
    "a list",
)
PREFER = Field(
    "prefer", PreferRule(), "what is to be the same or different if it can be, and for how long one waits for it"
)


MATCH_NAMES = frozenset({"same", "different", "prefer", "not_again", "rounds"})
"""The keys of a task that say who is matched with whom."""


def with_matching(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a task's section holds, with its rules for matching as `matching`."""
    again: Iterable[str] = entry.get("not_again", ())
    named = {name: entry[name] for name in ("same", "different", "prefer") if name in entry}
    rest = {name: item for name, item in entry.items() if name not in named}
    if "rounds" in entry:
        rest["rounds"] = entry["rounds"]["count"]
        wait = entry["rounds"].get("wait", _WAIT_FOR_SOMEBODY_NEW)
        prefer = named.get("prefer", Preference(wait=0.0))
        named["prefer"] = replace(prefer, new_partners=True, wait=max(prefer.wait, wait))
    return {
        **rest,
        "not_again": "task" in again,
        "matching": MatchRules(**named, new_partners="partner" in again),
    }


def check_matching(config: Config, findings: Findings) -> None:
    """Find rules that nobody could keep to, that nothing depends on, or that name what there is not."""
    for task in config.tasks.values():
        if task.matching:
            _check_use(task, findings)
            for path, name in _named(task):
                _check_name(name, path, config, findings)
            _check_conditions(task, config, findings)
            _check_contradictions(task, findings)


def _named(task: TaskConfig) -> Iterator[tuple[KeyPath, str]]:
    """Yield each name in a task's rules, with where it stands."""
    rules, at = task.matching, ("tasks", task.key)
    lists: list[tuple[KeyPath, tuple[str, ...]]] = [
        ((*at, "same"), rules.same),
        ((*at, "different"), rules.different),
    ]
    if (prefer := rules.prefer) is not None:
        lists += [((*at, "prefer", "same"), prefer.same), ((*at, "prefer", "different"), prefer.different)]
    for path, names in lists:
        for index, name in enumerate(names):
            yield (*path, index), name


def _check_use(task: TaskConfig, findings: Findings) -> None:
    if task.agents_required > 1:
        return
    given = [key for key in ("same", "different") if getattr(task.matching, key)]
    given += ["prefer"] if (prefer := task.matching.prefer) and (prefer.same or prefer.different) else []
    given += ["not_again"] if task.matching.new_partners else []
    if not given:
        return  # several rounds, each with bots only
    message = f"nobody is matched with anybody in '{task.key}', which needs one person"
    findings.add("match-rule-never-used", ("tasks", task.key, given[0]), message, "raise agents_required")


def _check_name(name: str, path: KeyPath, config: Config, findings: Findings) -> None:
    source, _, rest = name.partition(".")
    if source == "condition" and rest not in config.conditions:
        hint = did_you_mean(rest, config.conditions, "conditions") or "there are none: add conditions:"
        findings.add("unknown-condition", path, f"expected the name of a condition, got {quoted(rest)}", hint)
    condition = config.conditions.get(rest if source == "condition" else name)
    if condition is not None and condition.per == "group":
        message = f"'{condition.name}' is drawn when a group is there, so nobody can be matched by it"
        findings.add("bad-condition", path, message, "write per: participant")
    form_name, _, field = rest.partition(".")
    form = config.forms.get(form_name) if source == "onboard" and field else None
    if form is not None and field not in form.questions:
        hint = did_you_mean(field, form.questions, "questions")
        message = f"expected the name of a question of '{form_name}', got {quoted(field)}"
        findings.add("unknown-question", path, message, hint)


def _check_conditions(task: TaskConfig, config: Config, findings: Findings) -> None:
    """People of one group have the same conditions, but for those that are to be different."""
    at: KeyPath = ("tasks", task.key)
    mixed = task.matching.mixed(config.conditions)
    for index, name in enumerate(task.matching.same):
        if name.removeprefix("condition.") in config.conditions:
            message = f"people are matched with those who have the same '{name}' in any case"
            findings.add("match-rule-never-used", (*at, "same", index), message, "take it out")
    for index, name in enumerate(task.matching.different):
        condition = config.conditions.get(name.removeprefix("condition."))
        least = task.agents_required if task.size is None else task.size.least
        if condition is not None and len(condition.values) < least and task.agents_by is None:
            message = f"no {least} people can have different values of '{name}', which has {len(condition.values)}"
            findings.add("bad-match-rule", (*at, "different", index), message)
    for path, when in _whens(task):
        for name in mixed.intersection(when):
            message = f"people of one conversation differ in '{name}', so nothing of it can depend on that"
            findings.add("bad-condition", (*path, name), message)


def _whens(task: TaskConfig) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    if task.agents_by is not None:
        yield ("tasks", task.key, "agents_required", "when"), task.agents_by.when
    if isinstance(task.talk.time_limit, ByCondition):
        yield ("tasks", task.key, "time_limit", "when"), task.talk.time_limit.when
    yield from whens_of_bots(task)


def _check_contradictions(task: TaskConfig, findings: Findings) -> None:
    for index, name in enumerate(task.matching.different):
        if name in task.matching.same:
            message = f"expected '{name}' to be the same or different, got both: nobody could be matched"
            findings.add("bad-match-rule", ("tasks", task.key, "different", index), message, "take one out")
