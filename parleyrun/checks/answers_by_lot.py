"""Values that stand in for what people would answer, where a task's rules go by it."""

from __future__ import annotations

from random import Random
from typing import Any

from ..config.schema import Config
from ..core.forms.fields.options_field import OptionsField
from ..core.forms.form import Form
from ..service.sessions import Session
from ..store.visit_keys import ENTRY

UNKNOWN = ("a", "b")
"""What stands for the values of something of which a config does not say what they can be."""


class AnswersByLot:
    """What people of a play are given, by lot.

    Args:
        config: Whose rules go by what.

    Attributes:
        values: What each name can be, by name; conditions are not among them, as they are assigned in earnest.
    """

    def __init__(self, config: Config) -> None:
        names = [name for task in config.tasks.values() for name in task.matching.names]
        self.values: dict[str, tuple[str, ...]] = {
            name: _values(name, config)
            for name in dict.fromkeys(names)
            if name.removeprefix("condition.") not in config.conditions
        }

    def give(self, session: Session, lot: Random) -> None:
        """Give somebody who comes a value of each."""
        answers: dict[str, Any] = {}
        link: dict[str, str] = {}
        for name, values in self.values.items():
            value = lot.choice(values)
            source, _, rest = name.partition(".")
            if source == "onboard" and rest:
                _put(answers, rest.split("."), value)
            elif rest and source != "arrival":
                _put(answers, name.split("."), value)
            else:
                link[rest or name] = value
        if answers:
            session.onboarded(answers)
        if link:
            session.stored_data[ENTRY] = link


def _put(answers: dict[str, Any], way: list[str], value: str) -> None:
    for part in way[:-1]:
        below = answers.setdefault(part, {})
        if not isinstance(below, dict):
            below = answers[part] = {}
        answers = below
    answers[way[-1]] = value


def _values(name: str, config: Config) -> tuple[str, ...]:
    way = name.removeprefix("onboard.").split(".")
    forms: list[Form] = [config.forms[way[0]]] if way[0] in config.forms else []
    if len(way) == 1 and not name.startswith(("onboard.", "arrival.")):
        forms = [*config.forms.values()]
    for form in forms:
        question = form.questions.get(way[-1])
        if isinstance(question, OptionsField):
            return tuple(option.value for option in question.options)
    return UNKNOWN
