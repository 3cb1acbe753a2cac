"""What stands under `show_if`: which earlier answers a question depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...core.forms.answer_fault import AnswerFault
from ...core.forms.fields.choices_field import ChoicesField
from ...core.forms.fields.date_field import DateField
from ...core.forms.fields.form_field import FormField
from ...core.forms.fields.matrix_field import MatrixField
from ...core.forms.fields.number_field import NumberField
from ...core.forms.fields.rank_field import RankField
from ...core.forms.fields.scale_field import ScaleField
from ...core.forms.fields.slider_field import SliderField
from ...core.forms.form_texts import FormTexts
from ...core.forms.show_if import AnswerTest, TestName
from ...text import did_you_mean, kind_of, quoted
from ..diagnostics import Findings, KeyPath, part
from ..kinds import refuse_type
from .expected_answers import as_answer, checked_answer

_TESTS: Mapping[str, TestName] = {"equals": "in", "in": "in", "not": "not", "above": "above", "below": "below"}
_COMPARED = (NumberField, ScaleField, SliderField, MatrixField, DateField)


def with_show_if(
    field: FormField,
    written: Any,
    path: KeyPath,
    earlier: Mapping[str, FormField | None],
    later: frozenset[str],
    findings: Findings,
) -> FormField:
    """Return a question with what it depends on.

    Args:
        field: The question.
        written: What stands under its `show_if`.
        path: Where that stands.
        earlier: The questions before it, by name; None for one that is wrong itself.
        later: The names of itself and of those behind it.
        findings: Learns what is wrong.
    """
    if not isinstance(written, Mapping) or not written:
        refuse_type(findings, path, "a mapping of earlier questions and answers, such as {smokes: true}", written)
        return field
    tests: list[AnswerTest] = []
    for key, value in written.items():
        at = (*path, part(key))
        found = _question(key, at, earlier, later, findings)
        if found is not None:
            tests += _tests(found[0], found[1], value, at, findings)
    return replace(field, show_if=tuple(tests))


def _question(
    key: Any, at: KeyPath, earlier: Mapping[str, FormField | None], later: frozenset[str], findings: Findings
) -> tuple[FormField, str | None] | None:
    """Return the question, and the item of it, that a key names."""
    name, point, item = str(key).partition(".")
    field = earlier.get(name)
    if field is None and name in earlier:
        return None
    if field is None:
        if name in later:
            message, hint = f"expected a question that comes before this one, got '{name}'", "move it up"
        else:
            message = f"expected the name of an earlier question, got {quoted(name)}"
            hint = did_you_mean(name, earlier, "questions")
        findings.add("unknown-question", at, message, hint, at_key=True)
        return None
    items = [each.value for each in field.items] if isinstance(field, MatrixField) else []
    if (item in items) is bool(items) and bool(point) is bool(items) and not isinstance(field, RankField):
        return field, item or None
    if items:
        message = f"expected '{name}.' and one of its items, got {quoted(str(key))}"
        hint = did_you_mean(item, items, "items")
    elif isinstance(field, RankField):
        message, hint = (
            f"expected a question with an answer to compare, got '{name}', which puts things in order",
            "",
        )
    else:
        message, hint = f"expected the name of a question, got {quoted(str(key))}", f"'{name}' has no items"
    findings.add("unknown-question", at, message, hint, at_key=True)
    return None


def _tests(field: FormField, item: str | None, value: Any, at: KeyPath, findings: Findings) -> list[AnswerTest]:
    if not isinstance(value, Mapping):
        return _test(field, item, "in", value, at, findings)
    tests: list[AnswerTest] = []
    for name, compared in value.items():
        where = (*at, part(name))
        if name not in _TESTS:
            message = f"expected a test of an answer, got {quoted(str(name))}"
            findings.add("unknown-key", where, message, did_you_mean(str(name), _TESTS, "tests"), at_key=True)
        else:
            tests += _test(field, item, _TESTS[name], compared, where, findings)
    return tests


def _test(
    field: FormField, item: str | None, test: TestName, value: Any, at: KeyPath, findings: Findings
) -> list[AnswerTest]:
    if test in ("above", "below"):
        bound = _bound(field, value, at, findings)
        return [] if bound is None else [AnswerTest(field.name, test, (bound,), item)]
    many = isinstance(value, list | tuple)
    those = [(each, (*at, index)) for index, each in enumerate(value)] if many else [(value, at)]
    if not those:
        refuse_type(findings, at, "an answer, or a list of them", value)
    values = [_one(field, item, each, where, findings) for each, where in those]
    return [] if None in values else [AnswerTest(field.name, test, tuple(values), item)]


def _one(field: FormField, item: str | None, value: Any, at: KeyPath, findings: Findings) -> Any:
    """Return one value that an answer is to be, or not to be."""
    if isinstance(field, MatrixField):
        points = checked_answer(field, {item: value}, at, findings)
        return points.get(item or "") if isinstance(points, dict) else None
    if isinstance(field, ChoicesField):
        named = as_answer(field, value)
        try:
            return field.chosen([named])[0]
        except AnswerFault:
            checked_answer(field, value, at, findings)
            return None
    return checked_answer(field, value, at, findings)


def _bound(field: FormField, value: Any, at: KeyPath, findings: Findings) -> Any:
    if not isinstance(field, _COMPARED):
        message = f"expected a question about an amount or a date, and '{field.name}' is a {field.kind}"
        findings.add("wrong-type", at, message, "use equals, in or not", at_key=True)
        return None
    if isinstance(field, DateField):
        try:
            return DateField(name="", required=True).checked(as_answer(field, value), FormTexts())
        except AnswerFault:
            refuse_type(findings, at, "a date such as 2001-12-31", value)
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        findings.add("wrong-type", at, f"expected a number, got {kind_of(value)}")
        return None
    return value
