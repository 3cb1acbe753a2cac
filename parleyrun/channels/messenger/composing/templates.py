"""Templates: Meta's structured messages, which authors give as a payload of type 'template'."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .splitting import utf16_units

TEMPLATE_TYPES = ("generic", "button", "media", "receipt")
MAX_BUTTONS = 3
MAX_BUTTON_TEXT_UNITS = 640
MAX_ELEMENTS = 10


def template_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Meta wants to have of a payload such as `{'type': 'template', 'template_type': 'button', …}`.

    Everything but `type` is passed on as it stands. Raises `ValueError`, saying what is expected, for what Meta
    would refuse for sure.
    """
    kind = payload.get("template_type")
    if kind not in TEMPLATE_TYPES:
        raise ValueError(f"expected one of {', '.join(TEMPLATE_TYPES)} at 'payload.template_type', got {kind!r}")
    if kind == "button":
        text = payload.get("text")
        if not isinstance(text, str) or not 0 < utf16_units(text) <= MAX_BUTTON_TEXT_UNITS:
            raise ValueError(
                f"expected 1 to {MAX_BUTTON_TEXT_UNITS} characters at 'payload.text', got {text!r:.60}"
            )
    elif kind != "receipt":
        most = 1 if kind == "media" else MAX_ELEMENTS
        _check_count("payload.elements", payload.get("elements"), most)
    for where, buttons in _buttons(payload, required=kind == "button"):
        _check_count(where, buttons, MAX_BUTTONS)
    template = {key: value for key, value in payload.items() if key != "type"}
    try:
        json.dumps(template, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected a template that can be written as JSON: {error}") from error
    return template


def _buttons(payload: Mapping[str, Any], *, required: bool) -> Iterator[tuple[str, Any]]:
    if required or "buttons" in payload:
        yield "payload.buttons", payload.get("buttons")
    elements = payload.get("elements")
    for index, element in enumerate(elements if isinstance(elements, Sequence) else ()):
        if isinstance(element, Mapping) and "buttons" in element:
            yield f"payload.elements[{index}].buttons", element["buttons"]


def _check_count(where: str, items: Any, most: int) -> None:
    if not isinstance(items, Sequence) or isinstance(items, str) or not 1 <= len(items) <= most:
        found = f"{len(items)}" if isinstance(items, Sequence) and not isinstance(items, str) else f"{items!r:.60}"
        raise ValueError(f"expected a list of 1 to {most} at '{where}', got {found}")
