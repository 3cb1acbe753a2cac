"""Answers that a config speaks of: right ones, ones that decline, ones that other questions depend on."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...core.forms.answer_check import AnswerCheck
from ...core.forms.answer_fault import AnswerFault
from ...core.forms.answer_value import AnswerValue
from ...core.forms.fields.choices_field import ChoicesField
from ...core.forms.fields.date_field import DateField
from ...core.forms.fields.form_field import FormField
from ...core.forms.fields.matrix_field import MatrixField
from ...core.forms.fields.options_field import OptionsField
from ...core.forms.fields.rank_field import RankField
from ...core.forms.fields.text_field import TextField
from ...core.forms.fields.yes_no_field import YesNoField
from ...core.forms.form_texts import FormTexts
from ...text import is_slip_of, kind_of, known_names, nearest
from ..diagnostics import Findings, KeyPath

_WORDS = {True: ("yes", "true", "on"), False: ("no", "false", "off")}
_TEXTS = FormTexts()


def as_answer(field: FormField, value: Any) -> Any:
    """Return a value of a config as a client would send it as an answer: YAML has its own ideas of words."""
    if isinstance(field, OptionsField):
        if isinstance(value, list | tuple):
            return [_option_named(field, one) for one in value]
        return _option_named(field, value)
    if isinstance(field, YesNoField) and isinstance(value, str):
        return next((known for known, words in _WORDS.items() if value.casefold() in words), value)
    if isinstance(field, DateField) and isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(field, TextField) and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(field, MatrixField) and isinstance(value, Mapping):
        return {str(item): point for item, point in value.items()}
    return value


def _option_named(field: OptionsField, value: Any) -> Any:
    known = {option.value for option in field.options}
    if isinstance(value, bool):
        meant = [option for option in known if option.casefold() in _WORDS[value]]
        return meant[0] if len(meant) == 1 else value
    return str(value) if isinstance(value, int | float) else value


def checked_answer(field: FormField, value: Any, path: KeyPath, findings: Findings) -> AnswerValue:
    """Return a value of a config as the answer it stands for; None, with a finding, where it is none."""
    sent = as_answer(field, value)
    try:
        if isinstance(field, MatrixField):
            return field.draft(sent, _TEXTS)  # some of its rows will do
        if not field.is_empty(sent):
            return field.checked(sent, _TEXTS)
    except AnswerFault:
        pass
    hint = ""
    if isinstance(field, OptionsField) and isinstance(sent, str):
        hint = _meant_option(sent, [option.value for option in field.options])
    message = f"expected an answer that '{field.name}' takes, got {kind_of(value)}"
    findings.add("no-such-answer", path, message, hint)
    return None


def _meant_option(sent: str, options: list[str]) -> str:
    """Return a hint: the option if it was surely meant, as whoever takes a wrong one has a check that all fail."""
    close = nearest(sent, options)
    if close is not None and is_slip_of(sent, close):
        return f"did you mean '{close}'?"
    return known_names(options, "answers")


def with_check(
    field: FormField, values: Mapping[str, Any], form: Mapping[str, Any], path: KeyPath, findings: Findings
) -> FormField:
    """Return a question with its right answers, and what follows on others; `form` has what holds for all."""
    if "correct" not in values:
        for key in ("tries", "after_failing", "when_wrong"):
            if key in values:
                message = f"expected the key 'correct' beside '{key}'"
                findings.add("missing-key", (*path, key), message, "say which answer is right", at_key=True)
        return field
    at = (*path, "correct")
    written = values["correct"]
    one = not isinstance(written, list | tuple) or isinstance(field, RankField | ChoicesField)
    those = [(written, at)] if one else [(each, (*at, index)) for index, each in enumerate(written)]
    right = [checked_answer(field, value, where, findings) for value, where in those]
    if not right:
        checked_answer(field, None, at, findings)
    check = AnswerCheck(
        correct=tuple(right),
        tries=values.get("tries", form.get("tries", 1)),
        ends_with=values.get("after_failing", form.get("after_failing", "")),
        when_wrong=values.get("when_wrong", ""),
    )
    return replace(field, check=check)


def with_decline(field: FormField, values: Mapping[str, Any], path: KeyPath, findings: Findings) -> FormField:
    """Return a question with the answers that end the form."""
    if "decline" not in values:
        return field
    written, at = values["decline"], (*path, "decline")
    those = written if isinstance(written, list | tuple) else [written]
    answers = [checked_answer(field, value, (*at, index), findings) for index, value in enumerate(those)]
    if not answers:
        checked_answer(field, None, at, findings)
    return replace(field, decline=tuple(answers))
