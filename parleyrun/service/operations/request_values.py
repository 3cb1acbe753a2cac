"""From plain JSON to a request: whatever somebody sends is a request, or is refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from ...errors import OperatorError
from ...text import did_you_mean, printable
from .operation_requests import REQUESTS
from .request_kinds import ReadingRequest, WritingRequest

LONGEST_TEXT = 20_000
"""How many characters a text of a request may have."""

LARGEST_NUMBER = 2**53
"""The largest whole number that every reader of JSON keeps as it is."""


def request_from(verb: object, values: Mapping[str, Any]) -> ReadingRequest | WritingRequest:
    """Return the request of a verb with these values; None counts as not given.

    Raises:
        OperatorError: There is no such operation, or a value is missing, unknown, or not what is expected.
    """
    kind = REQUESTS.get(verb) if isinstance(verb, str) else None
    if kind is None:
        meant = did_you_mean(verb, sorted(REQUESTS), "operations") if isinstance(verb, str) else ""
        raise OperatorError(f"there is no operation {_named(verb)}" + (f": {meant}" if meant else ""))
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # each is a dataclass
    given = {name: value for name, value in values.items() if value is not None}
    for name in given:
        if name not in known:
            raise OperatorError(f"{verb}: there is no {_named(name)}; it takes {', '.join(known) or 'nothing'}")
    for name, field in known.items():
        needed = field.default is MISSING and field.default_factory is MISSING
        if needed and name not in given:
            raise OperatorError(f"{verb}: expected a value for '{name}', got none")
    return kind(**{name: _value(f"{verb}: {name}", str(known[name].type), value) for name, value in given.items()})


def _value(where: str, kind: str, value: Any) -> Any:
    wanted, check = _CHECKS[kind.removesuffix(" | None")]
    if not check(value):
        raise OperatorError(f"expected {wanted} at {where}, got {_named(value)}")
    return tuple(value) if kind.startswith("tuple") else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and _is_unicode(value)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER


def _one_of(*names: str) -> tuple[str, Callable[[Any], bool]]:
    return f"one of {', '.join(names)}", lambda value: isinstance(value, str) and value in names


_CHECKS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "str": (f"a text of at most {LONGEST_TEXT} characters", _is_text),
    "int": ("a whole number from 0", _is_number),
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "tuple[str, ...]": (
        "a list of texts",
        lambda value: isinstance(value, list | tuple) and len(value) <= 100 and all(map(_is_text, value)),
    ),
    "Mapping[str, int]": (
        "whole numbers by participant",
        lambda value: (
            isinstance(value, Mapping) and all(map(_is_text, value)) and all(map(_is_number, value.values()))
        ),
    ),
    "DoorState": _one_of("open", "closed", "drain"),
    "EndKind": _one_of("finished", "stopped", "timed out"),
    "Destination": _one_of("overworld", "task", "out"),
    "Otherwise": _one_of("nothing", "note", "out"),
}
"""What a value of each type of field must be, in words and as a check."""


def _named(value: object) -> str:
    text = printable(repr(value))
    return text if len(text) <= 80 else f"{text[:79]}…"
