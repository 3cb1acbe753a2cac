"""Traits: what the rules of a task go by, of each person, and whether two of them may be matched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ....core.match_rules import MatchRules, Preference
from ....store.visit_keys import ENTRY
from ...sessions import Session
from ..participation import CONVERSATIONS

_Values = tuple[str | None, ...]
"""One for each name of a rule, None where nothing is known."""

_NOTHING_LIKED = Preference()


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of somebody as they come into a pool. People with the same traits are alike to all rules.

    Attributes:
        same: The values that all of a group have.
        different: Those that no two of a group have in common.
        liked_same: Those that all of a group are to have, if that can be.
        liked_different: Those that no two of a group are to have in common, if that can be.
        conversations: The conversations that they were in, where it matters who talked with whom.
    """

    same: _Values = ()
    different: _Values = ()
    liked_same: _Values = ()
    liked_different: _Values = ()
    conversations: frozenset[str] = frozenset()


NO_TRAITS = Traits()


class PairRules:
    """The rules of one task, between any two people.

    Args:
        rules: As the config has them.
    """

    def __init__(self, rules: MatchRules) -> None:
        self._rules = rules
        self._liked = rules.prefer or _NOTHING_LIKED

    def __bool__(self) -> bool:
        return bool(self._rules)

    @property
    def prefers_for_seconds(self) -> float | None:
        """How long the oldest of a group waits for those whom they are to be matched with; None for not at all."""
        return None if self._rules.prefer is None else self._liked.wait

    def traits(self, session: Session) -> Traits:
        """Return what is known of somebody now."""
        rules = self._rules
        if not rules:
            return NO_TRAITS
        known = session.stored_data.get(CONVERSATIONS, ()) if rules.knows_partners else ()
        return Traits(
            same=_values(rules.same, session),
            different=_values(rules.different, session),
            liked_same=_values(self._liked.same, session),
            liked_different=_values(self._liked.different, session),
            conversations=frozenset(known),
        )

    def refusal(self, one: Traits, other: Traits) -> str | None:
        """Return the name of the rule by which two people are never matched; None if they may be."""
        for name, value, theirs in zip(self._rules.different, one.different, other.different, strict=True):
            if value == theirs:
                return f"different: {name}"
        if self._rules.new_partners and not one.conversations.isdisjoint(other.conversations):
            return "not_again: partner"
        return None

    def difference(self, one: Traits, other: Traits) -> str | None:
        """Return the name of the rule by which two people must have the same and have not."""
        for name, value, theirs in zip(self._rules.same, one.same, other.same, strict=True):
            if value != theirs:
                return f"same: {name}"
        return None

    def dislike(self, one: Traits, other: Traits) -> str | None:
        """Return the name of the rule by which two people had better not be matched; None if they fit."""
        liked = self._liked
        for name, value, theirs in zip(liked.same, one.liked_same, other.liked_same, strict=True):
            if value != theirs:
                return f"prefer: same: {name}"
        for name, value, theirs in zip(liked.different, one.liked_different, other.liked_different, strict=True):
            if value == theirs:
                return f"prefer: different: {name}"
        if liked.new_partners and not one.conversations.isdisjoint(other.conversations):
            return "prefer: new partners"
        return None

    def enough_values(self, people: Iterable[Traits], size: int, *, liked: bool) -> bool:
        """Whether people have so many different values that a group of that size could be among them."""
        seen = [*people]
        columns: list[_Values] = [*zip(*(traits.different for traits in seen), strict=True)]
        if liked:
            columns += zip(*(traits.liked_different for traits in seen), strict=True)
        return all(len(set(column)) >= size for column in columns)


def _values(names: Iterable[str], session: Session) -> _Values:
    return tuple(known_value(name, session) for name in names)


def known_value(name: str, session: Session) -> str | None:
    """Return what is known of somebody under a name, as text; None where nothing is.

    `condition.x` is a condition, `onboard.x` an answer of their onboarding, `onboard.form.x` one in a form there,
    `arrival.x` a parameter of their link. A bare name is looked for in that order.
    """
    source, _, rest = name.partition(".")
    if rest and source in _SOURCES:
        return _text(_SOURCES[source](rest, session))
    for look in _SOURCES.values():
        found = _text(look(name, session))
        if found is not None:
            return found
    return None


def _condition(name: str, session: Session) -> Any:
    return session.condition.get(name)


def _answer(name: str, session: Session) -> Any:
    answers = session.onboard_data
    if not isinstance(answers, Mapping):
        return None
    found: Any = answers
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if found is None and "." not in name:
        forms = (each for each in answers.values() if isinstance(each, Mapping))
        found = next((each[name] for each in forms if each.get(name) is not None), None)
    return found


def _arrival(name: str, session: Session) -> Any:
    entry = session.stored_data.get(ENTRY) or {}
    if name in entry:
        return entry[name]
    return next((value for key, value in entry.items() if key.casefold() == name.casefold()), None)


_SOURCES = {"condition": _condition, "onboard": _answer, "arrival": _arrival}


def _text(value: Any) -> str | None:
    """Return a value as rules compare it: an answer of several options in whatever order, a number as written."""
    if value is None or isinstance(value, Mapping) or value == "":
        return None
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(str(each) for each in value)) or None
    return str(value).strip()
