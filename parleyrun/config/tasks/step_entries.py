"""What stands under `onboard` and `afterwards` of a task: forms by name, and worlds among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.message import FrozenDict
from ...text import did_you_mean
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, Flag, JsonSchema, Kind, Quantity, Text, refuse_type
from ..schema import Config, StepEntry, WaitingConfig
from ..sections import Field, Section
from .condition_entries import WHEN, check_when, refuse_groups

_DAY_SECONDS = 86_400

ENDS: Mapping[str, str] = FrozenDict(
    {
        "finished": "it came to its end",
        "partner_left": "another person left, or did not answer in time",
        "timed_out": "the person did not answer in time",
        "screened_out": "its world says that they were turned away",
        "declined": "its world says that they did not agree",
        "failed_attention": "its world says that they failed its checks",
        "failed": "something went wrong on our side",
    }
)
"""How a conversation may have ended for somebody who was in it to its end."""

ENDS_BY_THEMSELVES = ("finished", "partner_left", "timed_out")
"""After which of them people are asked, unless an entry says otherwise."""

OUTCOMES_OF_FORMS = (*ENDS, "no_partner")
"""How a form may end a visit."""

_FIELDS = (
    Field("form", Text("the name of a form"), "the name under forms: of what is asked"),
    Field("world", Text("the name of a class"), "the class of a world that is gone through instead"),
    Field("when", WHEN, "for which values of conditions; left out for all", optional=True),
    Field(
        "time_limit",
        Quantity(1, _DAY_SECONDS, unit="seconds"),
        "how many seconds the form may take, from when it is shown",
        optional=True,
    ),
)


@dataclass(frozen=True)
class EndsOfConversations:
    """After which ends of a conversation something is asked."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            return refuse_type(findings, path, f"a list of some of {', '.join(ENDS)}", value)
        for name in names:
            if name not in ENDS:
                message = f"expected some of {', '.join(ENDS)}, got '{name:.60}'"
                findings.add("unknown-choice", path, message, did_you_mean(name, ENDS, "ends"))
        return tuple(names) if all(name in ENDS for name in names) else INVALID

    def json_schema(self) -> JsonSchema:
        one = {"enum": list(ENDS)}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


ONBOARD_STEP = Section(
    "a form of an onboarding",
    (*_FIELDS, Field("again", Flag(), "whether who has filled it in during this visit is asked again")),
)
AFTERWARDS_STEP = Section(
    "a form afterwards",
    (
        *_FIELDS,
        Field(
            "outcomes",
            EndsOfConversations(),
            f"after which ends of the conversation; default {', '.join(ENDS_BY_THEMSELVES)}",
        ),
    ),
)


@dataclass(frozen=True)
class StepList:
    """Forms and worlds, in the order in which people go through them; a tuple of `StepEntry` in the end."""

    of_one: Section
    outcomes: tuple[str, ...] = ()

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, list):
            return refuse_type(findings, path, "a list of forms, by their names", value)
        steps = [self._step(entry, index, (*path, index), findings) for index, entry in enumerate(entries)]
        # What is right goes on to be checked, whatever else there is.
        return tuple(step for step in steps if step is not None)

    def _step(self, entry: Any, place: int, path: KeyPath, findings: Findings) -> StepEntry | None:
        if isinstance(entry, str) and entry.strip():
            return StepEntry(name=entry, place=place, outcomes=self.outcomes)
        if not isinstance(entry, Mapping):
            refuse_type(findings, path, "the name of a form, or a mapping with form or world", entry)
            return None
        checked = dict(self.of_one.check(entry, path, findings))
        given = [kind for kind in ("form", "world") if kind in entry]
        if len(given) != 1:
            got = "both" if given else "neither"
            code = "both-given" if given else "missing-key"
            findings.add(code, path, f"expected the key 'form' or the key 'world', got {got}", at_key=True)
            return None
        if given == ["world"]:
            for name in ("time_limit", "again"):
                if name in entry:
                    message = f"expected '{name}' of a form only: a world sees to that itself"
                    findings.add("unknown-key", (*path, name), message, "take it out", at_key=True)
        if findings.has_error_at(path):
            return None
        name = checked.pop(given[0])
        return StepEntry(**{"outcomes": self.outcomes, **checked, "name": name, "kind": given[0], "place": place})

    def json_schema(self) -> JsonSchema:
        name: JsonSchema = {"type": "string", "minLength": 1}
        one = {**self.of_one.json_schema(), **name, "type": ["string", "object"]}
        return {"type": ["string", "array"], "minLength": 1, "items": one}


ONBOARD: Kind = StepList(ONBOARD_STEP)
AFTERWARDS: Kind = StepList(AFTERWARDS_STEP, ENDS_BY_THEMSELVES)


@dataclass(frozen=True)
class WaitingRule:
    """What people see and do who wait: a text, or a text and steps."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if isinstance(value, str):
            text = _WAITING_TEXT.check(value, path, findings)
            return text if text is INVALID else WaitingConfig(text=text)
        checked = _WAITING.check(value, path, findings)
        if checked is INVALID:
            return INVALID
        if not checked and not value:
            findings.add("missing-key", path, "expected the key 'text' or the key 'steps'", at_key=True)
            return INVALID
        return WaitingConfig(**checked)

    def json_schema(self) -> JsonSchema:
        return {**_WAITING.json_schema(), "type": ["string", "object"], "minLength": 1}


_WAITING_TEXT = Text("a text in Markdown, or the path of a .md file")
_WAITING = Section(
    "waiting",
    (
        Field("text", _WAITING_TEXT, "what they are shown once: Markdown, or the path of a .md file"),
        Field("steps", ONBOARD, "forms by name, and worlds, that they go through alone until a partner is found"),
    ),
    WaitingConfig,
)
WAITING: Kind = WaitingRule()


def steps_of(config: Config) -> Iterator[tuple[KeyPath, StepEntry]]:
    """Yield all entries around tasks, each with where it stands."""
    for task in config.tasks.values():
        for key, entries in (("onboard", task.onboard), ("afterwards", task.afterwards)):
            for entry in entries:
                yield ("tasks", task.key, key, entry.place), entry
        for entry in () if task.waiting is None else task.waiting.steps:
            yield ("tasks", task.key, "waiting", "steps", entry.place), entry


_EARLIER: Mapping[str, str] = FrozenDict({"onboard": "onboarding", "waiting": "step before it"})


def check_steps(config: Config, findings: Findings) -> None:
    """Find steps that depend on what there is not, forms that nobody is asked, and how a form can end no visit."""
    for task in config.tasks.values():
        if task.onboard and task.onboard_world is not None:
            message = "expected 'onboard' or 'onboard_world', got both"
            hint = f"write the world into the list: onboard: [{task.onboard_world}, …]"
            findings.add("both-given", ("tasks", task.key, "onboard_world"), message, hint, at_key=True)
    used: dict[str, None] = {}
    for path, entry in steps_of(config):
        used[entry.name] = None
        if entry.when is not None:
            check_when(entry.when, (*path, "when"), config, findings)
            if path[2] != "afterwards":
                why = f"is drawn when a group is there, so no {_EARLIER[str(path[2])]} can depend on it"
                refuse_groups(entry.when, (*path, "when"), config, findings, why)
        if entry.kind == "form" and not _is_written(entry.name, config):
            add_unknown_form(entry.name, (*path, "form"), config, findings)
    for name in config.forms:
        if name in used:
            _check_endings(name, config, findings)
        else:
            message = f"nobody is ever asked the form '{name}'"
            hint = "name it under onboard: or afterwards: of a task"
            findings.add("form-not-used", ("forms", name), message, hint, at_key=True)


def add_unknown_form(
    name: str, path: KeyPath, config: Config, findings: Findings, worlds: Sequence[str] = ()
) -> None:
    """Add that there is no such form; nor a world, where one may stand there too, one of `worlds`."""
    hint = did_you_mean(name, [*config.forms, *worlds], "forms") or "there are none: add forms:"
    findings.add("unknown-form", path, f"expected the name of a form, got '{name:.80}'", hint)


def _is_written(name: str, config: Config) -> bool:
    """Whether there is such a form, perhaps one that is wrong, which is another finding."""
    return name in config.forms or ("forms", name) in config.marks


def _check_endings(name: str, config: Config, findings: Findings) -> None:
    for field in config.forms[name].fields:
        outcome = "" if field.check is None else field.check.ends_with
        if outcome and outcome not in OUTCOMES_OF_FORMS:
            message = f"expected an outcome of visits at after_failing of '{field.name}', got '{outcome:.60}'"
            hint = did_you_mean(outcome, OUTCOMES_OF_FORMS, "outcomes")
            findings.add("unknown-choice", ("forms", name), message, hint, at_key=True)
