"""Payloads that show a form on a page, and what has become of it. docs/forms.md says what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .form_state import FormState

FORM = "form"
FORM_STATE = "form_state"


def form_payload(state: FormState) -> dict[str, Any]:
    """Return what shows a form, with what was answered of it already. No right answer is in it."""
    form = state.shown
    pages = [
        {
            "title": page.title,
            "text": page.text,
            "fields": [field.described(state.texts) for field in page.fields],
        }
        for page in form.pages
    ]
    described = {"name": form.name, "number": state.number, "title": form.title, "text": form.text}
    progress = {"page": state.page, "answers": dict(state.drafts), "settled": list(state.checks)}
    return {"type": FORM, FORM: {**described, "pages": pages, **progress}}


def state_payload(state: FormState, errors: Mapping[str, str]) -> dict[str, Any]:
    """Return what says how far a form is, and what is wrong with answers to it."""
    which = {"type": FORM_STATE, "form": state.form.name, "number": state.number}
    progress = {"page": state.page, "settled": list(state.checks), "errors": dict(errors)}
    return {**which, "status": state.status, **progress}
