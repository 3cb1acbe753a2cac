"""Value completions: what shells complete of `parleyrun ctl` by asking the study that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from ....app.control.operator_client import Operator
from ....errors import OperatorError

AT_MOST = 50
ANSWER_SECONDS = 2.0
"""How long a shell waits for the study (real time)."""

_Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def values_of(name: str, operator_of: Callable[[click.Context, float], Operator]) -> _Complete | None:
    """Return what completes the values of a parameter of that name; None where nothing is known of them.

    Args:
        name: The parameter's.
        operator_of: Returns whom to ask, by the context of `ctl` and the time that an answer may take.
    """
    look = _LOOKS.get(name)
    if look is None:
        return None

    def complete(ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
        assert ctx.parent is not None
        try:
            found = look(operator_of(ctx.parent, ANSWER_SECONDS), begun, ctx.params)
        except (OperatorError, click.ClickException):
            return []  # no study runs here, and a shell that completes has no place for sentences
        return [value for value in found if value.startswith(begun)]

    return complete


def _people(operator: Operator, begun: str, _given: Mapping[str, Any]) -> list[str]:
    # Without the channel: shells take the colon for the end of a word.
    found = operator.people(begun, at_most=AT_MOST)
    return [person.id.partition(":")[2] for person in found.people]


def _conversations(operator: Operator, _begun: str, _given: Mapping[str, Any]) -> list[str]:
    return [row.name for row in operator.conversations(at_most=AT_MOST).conversations]


def _tasks(operator: Operator, _begun: str, _given: Mapping[str, Any]) -> list[str]:
    return [str(row["task"]) for row in operator.ask("tasks")["tasks"]]


def _conditions(operator: Operator, _begun: str, _given: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(str(row["condition"]) for row in operator.ask("tasks")["conditions"]))


def _models(operator: Operator, _begun: str, _given: Mapping[str, Any]) -> list[str]:
    return [str(row["name"]) for row in operator.ask("models")["models"]]


def _roles(operator: Operator, _begun: str, given: Mapping[str, Any]) -> list[str]:
    return [bot.role for bot in operator.conversation(str(given.get("conversation"))).conversation.bots]


_LOOKS: Mapping[str, Callable[[Operator, str, Mapping[str, Any]], list[str]]] = {
    "person": _people,
    "people": _people,
    "conversation": _conversations,
    "task": _tasks,
    "condition": _conditions,
    "model": _models,
    "role": _roles,
}
