"""What the system says to people."""

from __future__ import annotations

import pytest

from parleyrun.config.kinds import template_fault
from parleyrun.config.page_texts import PageTexts
from parleyrun.config.texts import Texts, text_rules
from parleyrun.core.forms.form_texts import FormTexts


def test_every_sentence_is_a_sound_template_and_uses_what_it_is_given() -> None:
    holders = {"page": PageTexts(), "form": FormTexts()}
    for rule in text_rules():
        assert template_fault(rule.default, rule.placeholders) is None, rule.name
        assert all(f"{{{name}}}" in rule.default for name in rule.placeholders), rule.name
        assert rule.default.format(**dict.fromkeys(rule.placeholders, "x")) is not None, rule.name
        assert getattr(holders.get(rule.name.partition("_")[0], Texts()), rule.name) == rule.default


def test_a_sentence_may_show_braces() -> None:
    assert template_fault("{{task}}", ()) is None


@pytest.mark.parametrize(
    "template", ["{", "}", "{}", "{0}", "{task.x}", "{task[0]}", "{task!r}", "{task:>9}", "{task:{x}}", "{a b}"]
)
def test_anything_but_a_plain_placeholder_is_malformed(template: str) -> None:
    fault = template_fault(template, ("task",))

    assert fault is not None
    assert fault[0] == "malformed-text"


def test_a_placeholder_that_is_never_filled_is_named_beside_those_that_are() -> None:
    assert template_fault("{task} {bakup}", ("task", "backup")) == (
        "unknown-placeholder",
        "expected only {task} and {backup}, got {bakup}",
    )
