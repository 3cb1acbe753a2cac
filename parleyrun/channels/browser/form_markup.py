"""Forms as they go out: the Markdown in them as a tree of names, as that of lines is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.forms.form_payloads import FORM
from ...core.message import FrozenDict
from .markdown import markup_nodes


def form_with_markup(payload: FrozenDict) -> FrozenDict:
    """Return a payload that shows a form, with a `markup` beside each `text` that is formatted.

    Such texts are the form's, those of its pages, and those that are only to be read; what questions are asked
    with is no Markdown. An author may say something of the same type that is no form: it stays as it is.
    """
    return FrozenDict({**payload, FORM: _formatted(payload.get(FORM))})


def _formatted(part: Any) -> Any:
    if not isinstance(part, Mapping):
        return part
    inside = {key: part[key] for key in ("pages", "fields") if isinstance(part.get(key), list | tuple)}
    text = part.get("text")
    nodes = markup_nodes(text, by_person=False) if isinstance(text, str) else []
    return {
        **part,
        **{key: [_formatted(inner) for inner in values] for key, values in inside.items()},
        **({"markup": nodes} if nodes else {}),
    }
