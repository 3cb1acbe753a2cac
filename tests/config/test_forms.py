"""Forms in a config and in files of their own: what is found wrong with them, and where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from parleyrun import Form
from parleyrun.config.building import draft_config
from parleyrun.config.diagnostics import Finding, Findings
from parleyrun.config.forms.form_keys import FORMS
from parleyrun.config.forms.question_keys import KIND_KEYS
from parleyrun.config.loading import parse
from parleyrun.config.plan import config_from_mapping, load_config
from parleyrun.config.schema import Config
from parleyrun.core.forms.fields.choice_field import ChoiceField
from parleyrun.core.forms.form_texts import FormTexts
from parleyrun.errors import ConfigError, RegistrationError

Write = Callable[[str, str], Path]

CHOICE = {"kind": "choice", "ask": "?", "options": ["a", "b"]}
YES_NO = {"kind": "yes_no", "ask": "?"}


def drafted(text: str, path: Path | None = None) -> tuple[Config, Findings]:
    findings = Findings(str(path or "config"))
    document = parse(f"world_module: w\noverworld: O\ntasks: {{t: {{task_world: T}}}}\n{text}", findings)
    config = draft_config(document, findings, path, environment={"WHO": "you"})
    assert config is not None
    return config, findings


def found_in(**fields: Any) -> list[tuple[str, str]]:
    """Return the codes and places of what is wrong with a form of these fields."""
    return [(found.code, found.path) for found in findings_of({"fields": fields})]


def findings_of(form: Any) -> tuple[Finding, ...]:
    try:
        Form.from_mapping(form)
    except ConfigError as error:
        findings: tuple[Finding, ...] = error.findings
        return findings
    return ()


PANEL = """
forms:
  consent: {text: consent.md, fields: {agree: {ask: "Do you agree to take part?", kind: yes_no, decline: [no]}}}
  rating:
    fields:
      satisfied: {ask: "How satisfied were you?", kind: scale, from: 1, to: 7, low: "not at all", high: "very"}
      comment: {ask: "Anything else?", kind: text, required: false}
"""


def test_forms_of_a_config_are_read_with_texts_of_their_own_files(write: Write):
    write("consent.md", "# Welcome\n\nPlease read.\n")

    config, findings = drafted(PANEL, write("study.yml", ""))

    assert not findings.has_errors
    assert [*config.forms] == ["consent", "rating"]
    assert config.forms["consent"].text == "# Welcome\n\nPlease read."
    assert config.forms["consent"].questions["agree"].decline == (False,)
    assert [field.required for field in config.forms["rating"].fields] == [True, False]


def test_a_form_may_be_a_file_whose_texts_stand_beside_it(write: Write):
    write("forms/rating.yml", "text: words.md\nfields:\n  one: {kind: yes_no, ask: '?'}\n")
    write("forms/words.md", "Hello")

    config, findings = drafted("forms: {rating: forms/rating.yml}", write("study.yml", ""))

    assert not findings.has_errors
    assert (config.forms["rating"].name, config.forms["rating"].text) == ("rating", "Hello")


def test_what_is_wrong_in_a_forms_own_file_is_found_there(write: Write):
    file = write("rating.yml", "fields:\n  one:\n    kind: scale\n    ask: '?'\n    from: 7\n    to: 1\n")
    config, findings = drafted("forms: {rating: rating.yml}\ncolour: red", write("study.yml", ""))

    assert config.forms == {}
    assert [(Path(found.file), found.code, found.line) for found in findings.in_order()] == [
        (file.with_name("study.yml"), "unknown-key", 5),
        (file, "out-of-range", 5),
    ]


@pytest.mark.parametrize(
    "text", ["forms: {a: none.yml}", "forms: {a: {text: none.md, fields: {b: {kind: info, text: x}}}}"]
)
def test_a_file_that_is_not_there_is_found(text: str):
    _, findings = drafted(text)

    assert [found.code for found in findings.in_order()] == ["file-not-read"]
    assert "none." in findings.in_order()[0].message


def test_an_author_reads_a_form_from_a_file_or_makes_it_of_values(write: Write):
    file = write("after-talk.yml", "title: After\nfields: {one: {kind: yes_no, ask: '?'}}\n")

    read = Form.from_yaml(file)
    made = Form.from_mapping({"title": "After", "fields": {"one": YES_NO}}, "after_talk")

    assert read == made
    assert Form.from_yaml(str(file), "rating").name == "rating"
    with pytest.raises(ConfigError, match="there is no file"):
        Form.from_yaml(file.with_name("other.yml"))
    with pytest.raises(
        ConfigError, match=r"after-talk\.yml:1:8: error\[wrong-type\] expected a title, got a list"
    ):
        Form.from_yaml(write("after-talk.yml", "title: [1]\nfields: {one: {kind: yes_no, ask: '?'}}\n"))
    with pytest.raises(ConfigError, match="expected a name of letters"):
        Form.from_mapping({"fields": {"one": YES_NO}}, "1 2")


def test_days_and_numbers_that_yaml_knows_are_answers_as_people_would_write_them():
    config, findings = drafted(
        "forms:\n  f:\n    fields:\n"
        "      born: {kind: date, ask: '?', earliest: 2001-01-01, latest: '2002-12-31', correct: 2001-05-04}\n"
        "      year: {kind: text, ask: '?', correct: 2001, after_failing: continue}\n"
        "      last: {kind: text, ask: '?', correct: x, after_failing: {end: failed}}\n"
    )

    assert not findings.has_errors
    fields = config.forms["f"].questions
    assert (str(fields["born"].earliest), str(fields["born"].latest)) == ("2001-01-01", "2002-12-31")
    assert fields["born"].check.correct == ("2001-05-04",)
    assert fields["year"].check.correct == ("2001",)
    assert (fields["year"].check.ends_with, fields["last"].check.ends_with) == ("", "failed")


def test_answers_are_words_whatever_yaml_takes_them_for():
    config, findings = drafted(
        "forms:\n  f:\n    fields:\n"
        "      no: {kind: choice, ask: '?', options: [yes, no, 1, 1.50, 2001-01-01, on]}\n"
        "      b: {kind: choice, ask: '?', options: {no: Norway, 1: One, de: {label: Germany, fixed: true}}}\n"
        "      c: {kind: matrix, ask: '?', items: [on, off], from: 1, to: 3}\n"
        "      d: {kind: choice, ask: '?', options: [yes, no], correct: no, decline: [yes]}\n"
        "opt: {fields: {x: {options: [yes, 1]}}}\n"
    )

    assert [found.code for found in findings.in_order()] == ["form-not-used"]
    fields = config.forms["f"].questions
    assert [option.value for option in fields["no"].options] == ["yes", "no", "1", "1.50", "2001-01-01", "on"]
    assert {option.value: (option.label, option.fixed) for option in fields["b"].options} == {
        "no": ("Norway", False),
        "1": ("One", False),
        "de": ("Germany", True),
    }
    assert [item.value for item in fields["c"].items] == ["on", "off"]
    assert (fields["d"].check.correct, fields["d"].decline) == (("no",), ("yes",))
    assert config.opt["fields"] == {"x": {"options": (True, 1)}}  # which is no form


def test_pages_are_numbered_or_written_one_after_the_other():
    one, two = {**YES_NO, "page": 2}, {**YES_NO, "page": 5}
    numbered = Form.from_mapping({"fields": {"a": YES_NO, "b": one, "c": YES_NO, "d": two}})
    grouped = Form.from_mapping(
        {
            "pages": [
                {"title": "One", "text": "Hi", "fields": {"a": YES_NO}},
                {"fields": {"b": YES_NO, "c": YES_NO}},
            ]
        }
    )

    assert [[field.name for field in page.fields] for page in numbered.pages] == [["a"], ["b", "c"], ["d"]]
    assert [(page.title, page.text, len(page.fields)) for page in grouped.pages] == [("One", "Hi", 1), ("", "", 2)]


def test_defaults_are_those_that_people_expect():
    choice = Form.from_mapping({"fields": {"q": CHOICE}}).questions["q"]

    assert isinstance(choice, ChoiceField)
    assert (choice.required, choice.shuffle, choice.check, choice.decline, choice.show_if) == (
        True,
        False,
        None,
        (),
        (),
    )


SCALE = {"kind": "scale", "ask": "?", "from": 1, "to": 7}
MATRIX = {"kind": "matrix", "ask": "?", "items": ["x"], "from": 1, "to": 3}
SLIDER = {"kind": "slider", "ask": "?", "from": 0, "to": 10}
NUMBER = {"kind": "number", "ask": "?"}
TEXT = {"kind": "text", "ask": "?"}
RANK = {"kind": "rank", "ask": "?", "options": ["a", "b"]}
CHOICES = {"kind": "choices", "ask": "?", "options": ["a", "b"]}


@pytest.mark.parametrize(
    ("question", "code", "place"),
    [
        ({"ask": "?"}, "missing-key", "kind"),
        ({"kind": "choise", "ask": "?"}, "unknown-kind", "kind"),
        ({"kind": "choice", "ask": "?"}, "missing-key", "options"),
        ({**YES_NO, "options": ["a"]}, "unknown-key", "options"),
        ({**CHOICE, "options": []}, "wrong-type", "options"),
        ({**CHOICE, "options": "a"}, "wrong-type", "options"),
        ({**CHOICE, "options": ["a", True]}, "wrong-type", "options[1]"),
        ({**CHOICE, "options": ["a", None]}, "wrong-type", "options[1]"),
        ({**CHOICE, "options": ["a", "A"]}, "given-twice", "options[1]"),
        ({**CHOICE, "options": {"a": "One", "b": "one"}}, "given-twice", "options.b"),
        ({**CHOICE, "options": [{"value": "a"}, {"fixed": True}]}, "missing-key", "options[1].label"),
        ({**CHOICE, "options": ["x" * 200]}, "wrong-form", "options[0]"),
        ({**CHOICE, "options": list(range(20_001))}, "out-of-range", "options"),
        ({**CHOICE, "shuffle": "items"}, "unknown-choice", "shuffle"),
        ({**CHOICES, "min": 2, "max": 1}, "out-of-range", "max"),
        ({**CHOICES, "min": 3}, "out-of-range", "min"),
        ({**SCALE, "from": 8}, "out-of-range", "from"),
        ({**SCALE, "from": 7}, "out-of-range", "from"),
        ({**SCALE, "to": 200}, "out-of-range", "to"),
        ({**SCALE, "to": 2.5}, "wrong-type", "to"),
        ({**SCALE, "labels": ["a", "b"]}, "out-of-range", "labels"),
        ({**SCALE, "labels": {9: "a"}}, "out-of-range", "labels"),
        ({**SCALE, "labels": {"x": "a"}}, "wrong-type", "labels.x"),
        ({**SCALE, "labels": {1: 5}}, "wrong-type", "labels[1]"),
        ({**NUMBER, "min": 5, "max": 4}, "out-of-range", "min"),
        ({**TEXT, "min_length": 5, "max_length": 4}, "out-of-range", "min_length"),
        ({**TEXT, "pattern": "(a"}, "bad-pattern", "pattern"),
        ({**TEXT, "pattern": "a{500}", "max_length": 5_000}, "bad-pattern", "pattern"),
        ({**TEXT, "pattern": 5}, "wrong-type", "pattern"),
        ({"kind": "date", "ask": "?", "earliest": "soon"}, "wrong-type", "earliest"),
        ({"kind": "date", "ask": "?", "earliest": 2001}, "wrong-type", "earliest"),
        (
            {"kind": "date", "ask": "?", "earliest": "2002-01-01", "latest": "2001-01-01"},
            "out-of-range",
            "earliest",
        ),
        ({**SLIDER, "from": 10}, "out-of-range", "from"),
        ({**SLIDER, "step": 3}, "out-of-range", "step"),
        ({**SLIDER, "start": 11}, "out-of-range", "start"),
        ({"kind": "info"}, "missing-key", "text"),
        ({"kind": "info", "text": "a", "required": True}, "unknown-key", "required"),
        ({"kind": "info", "image": {"url": "https://x.org/a.png"}}, "missing-key", "image.alt"),
        ({"kind": "info", "image": {"url": "javascript:alert(1)", "alt": "x"}}, "wrong-form", "image.url"),
        ({**CHOICE, "correct": "c"}, "no-such-answer", "correct"),
        ({**CHOICE, "correct": ["a", "c"]}, "no-such-answer", "correct[1]"),
        ({**CHOICE, "correct": []}, "no-such-answer", "correct"),
        ({**RANK, "correct": ["a"]}, "no-such-answer", "correct"),
        ({**MATRIX, "correct": {"y": 1}}, "no-such-answer", "correct"),
        ({**SCALE, "correct": 8}, "no-such-answer", "correct"),
        ({**CHOICE, "tries": 2}, "missing-key", "tries"),
        ({**CHOICE, "correct": "a", "tries": 0}, "out-of-range", "tries"),
        ({**CHOICE, "correct": "a", "after_failing": "stop"}, "wrong-type", "after_failing"),
        ({**CHOICE, "correct": "a", "after_failing": {"finish": "x"}}, "missing-key", "after_failing.end"),
        ({**CHOICE, "decline": ["c"]}, "no-such-answer", "decline[0]"),
        ({**CHOICE, "decline": []}, "no-such-answer", "decline"),
        ({**SCALE, "decline": [1]}, "unknown-key", "decline"),
        ({**CHOICE, "show_if": {}}, "wrong-type", "show_if"),
        ({**CHOICE, "page": 0}, "out-of-range", "page"),
        ({**CHOICE, "required": "no"}, "wrong-type", "required"),
        ("yes_no", "wrong-type", ""),
        (None, "wrong-type", ""),
    ],
)
def test_what_is_wrong_with_a_question_is_found_where_it_stands(question: Any, code: str, place: str):
    assert (code, f"fields.q.{place}".rstrip(".")) in found_in(q=question)


def test_numbers_that_are_too_large_are_refused_with_bounds_that_people_can_read():
    with pytest.raises(ConfigError, match="expected a whole number from -1,000,000 to 1,000,000, got"):
        Form.from_mapping({"fields": {"q": {**SCALE, "to": 10**9}}}, "f")


@pytest.mark.parametrize(
    ("show_if", "code", "place"),
    [
        ({"nothing": 1}, "unknown-question", "nothing"),
        ({"q": True}, "unknown-question", "q"),
        ({"later": True}, "unknown-question", "later"),
        ({"note": True}, "unknown-question", "note"),
        ({"order": "a"}, "unknown-question", "order"),
        ({"m": 1}, "unknown-question", "m"),
        ({"m.z": 1}, "unknown-question", "m.z"),
        ({"c.a": 1}, "unknown-question", "c.a"),
        ({"c": "z"}, "no-such-answer", "c"),
        ({"c": {"in": ["a", "z"]}}, "no-such-answer", "c.in[1]"),
        ({"c": []}, "wrong-type", "c"),
        ({"s": {"not": "z"}}, "no-such-answer", "s.not"),
        ({"m.x": 9}, "no-such-answer", "m.x"),
        ({"c": {"is": "a"}}, "unknown-key", "c.is"),
        ({"c": {"above": 1}}, "wrong-type", "c.above"),
        ({"n": {"above": "much"}}, "wrong-type", "n.above"),
        ({"d": {"below": 5}}, "wrong-type", "d.below"),
        ("c", "wrong-type", ""),
    ],
)
def test_a_question_depends_on_earlier_ones_and_on_answers_that_they_take(show_if: Any, code: str, place: str):
    found = found_in(
        c=CHOICE,
        s=CHOICES,
        n=NUMBER,
        d={"kind": "date", "ask": "?"},
        m=MATRIX,
        order=RANK,
        note={"kind": "info", "text": "x"},
        q={**YES_NO, "show_if": show_if},
        later=YES_NO,
    )

    assert found == [(code, f"fields.q.show_if.{place}".rstrip("."))]


@pytest.mark.parametrize(
    ("form", "code", "place"),
    [
        ({}, "nothing-asked", ""),
        ({"fields": {}}, "nothing-asked", ""),
        ({"fields": {"q": YES_NO}, "pages": [{"fields": {"p": YES_NO}}]}, "both-given", "fields"),
        ({"pages": []}, "wrong-type", "pages"),
        ({"pages": [{"fields": {"q": {**YES_NO, "page": 1}}}]}, "both-given", "pages[0].fields.q.page"),
        ({"pages": [{"fields": {"q": YES_NO}}, {"fields": {"q": YES_NO}}]}, "given-twice", "pages[1].fields.q"),
        ({"fields": {"q": YES_NO, "Q": YES_NO}}, "given-twice", "fields.Q"),
        ({"fields": {"a": {**YES_NO, "page": 2}, "b": {**YES_NO, "page": 1}}}, "out-of-range", "fields.b.page"),
        ({"fields": {"my-question": YES_NO}}, "bad-name", "fields.my-question"),
        ({"fields": {"q" * 33: YES_NO}}, "bad-name", f"fields.{'q' * 33}"),
        ({"fields": {5: YES_NO}}, "key-not-text", "fields[5]"),
        ({"fields": {"q": YES_NO}, "shuffle": "options"}, "unknown-choice", "shuffle"),
        ({"fields": {"q": YES_NO}, "titel": "x"}, "unknown-key", "titel"),
        ([], "wrong-type", ""),
        ("", "wrong-type", ""),
    ],
)
def test_what_is_wrong_with_a_form_is_found_where_it_stands(form: Any, code: str, place: str):
    assert (code, place) in [(found.code, found.path) for found in findings_of(form)]


def test_known_names_are_offered_for_those_that_are_wrong():
    hints = {
        found.path: found.hint
        for found in findings_of(
            {
                "fields": {
                    "smoker": {"kind": "yes-no", "ask": "?"},
                    "c": CHOICE,
                    "d": {**CHOICE, "opions": [], "correct": "B"},
                    "e": {**CHOICE, "correct": "B"},
                    "f": {**YES_NO, "show_if": {"cc": "a"}},
                }
            }
        )
    }

    assert hints["fields.smoker.kind"] == "did you mean 'yes_no'?"
    assert "option" in hints["fields.d.opions"] or hints["fields.d.opions"].startswith("known")
    # What stands in a question is looked at once its keys are right.
    again = {
        found.path: found.hint
        for found in findings_of(
            {"fields": {"c": CHOICE, "e": {**CHOICE, "correct": "B"}, "f": {**YES_NO, "show_if": {"cc": "a"}}}}
        )
    }
    assert again == {"fields.e.correct": "did you mean 'b'?", "fields.f.show_if.cc": "did you mean 'c'?"}


def test_what_depends_on_a_question_that_is_wrong_is_not_wrong_itself():
    assert found_in(a={**SCALE, "from": 9}, b={**YES_NO, "show_if": {"a": 3}}) == [
        ("out-of-range", "fields.a.from")
    ]


def test_many_options_are_a_warning_and_the_form_is_there():
    config, findings = drafted(
        f"forms: {{f: {{fields: {{q: {{kind: choice, ask: '?', options: {list(range(501))}}}}}}}}}"
    )

    assert [(found.code, found.severity) for found in findings.in_order()] == [
        ("form-not-used", "warning"),
        ("many-options", "warning"),
    ]
    assert len(config.forms["f"].questions["q"].options) == 501


def test_other_forms_are_read_although_one_is_wrong():
    config, findings = drafted(
        "forms: {a: {fields: {q: {kind: yes_no}}}, b: {fields: {q: {kind: yes_no, ask: '?'}}}}"
    )

    assert [*config.forms] == ["b"]
    assert findings.has_errors


def test_what_comes_from_the_environment_is_plain_text_in_a_form():
    config, findings = drafted("forms: {f: {title: 'For ${WHO}', fields: {q: {kind: info, text: 'Hi ${WHO}'}}}}")

    assert not findings.has_errors
    assert type(config.forms["f"].title) is str
    assert (config.forms["f"].title, config.forms["f"].fields[0].text) == ("For you", "Hi you")


def test_the_sentences_of_forms_are_those_of_the_language_and_of_texts():
    config = config_from_mapping(
        {"world_module": "w", "tasks": {}, "language": "de", "texts": {"form_yes": "Jawohl"}}
    )

    assert config.form_texts.form_yes == "Jawohl"
    assert config.form_texts.form_choose == "Bitte wählen Sie eine Antwort aus."
    assert config_from_mapping({"world_module": "w", "tasks": {}}).form_texts == FormTexts()


def test_a_config_with_a_wrong_form_is_refused(write: Write):
    path = write(
        "study.yml", "world_module: w\ntasks: {}\nforms: {f: {fields: {q: {kind: scale, ask: '?', from: 1}}}}"
    )

    with pytest.raises(ConfigError, match=r"study\.yml:3:.*expected the key 'to'"):
        load_config(path)


def test_the_schema_has_every_key_of_every_kind():
    schema = json.loads(json.dumps(FORMS.json_schema()))
    question = schema["additionalProperties"]["properties"]["fields"]["additionalProperties"]

    known = {
        each["if"]["properties"]["kind"]["const"]: set(each["then"]["properties"]) for each in question["allOf"]
    }
    assert known == {kind: {"kind", *(field.name for field in fields)} for kind, fields in KIND_KEYS.items()}


def test_yaml_and_values_make_the_same_form(write: Write):
    values = {"fields": {"c": {**CHOICE, "correct": "b"}, "n": {**NUMBER, "show_if": {"c": {"not": "a"}}}}}

    assert Form.from_yaml(write("f.yml", yaml.safe_dump(values, sort_keys=False))) == Form.from_mapping(
        values, "f"
    )


def test_readers_of_forms_have_names():
    from parleyrun.core.forms.form import FORM_READERS

    assert FORM_READERS.names() == ["mapping", "yaml"]
    with pytest.raises(RegistrationError):
        FORM_READERS.required("docx")


def test_only_a_slip_of_an_option_is_taken_for_it_as_another_right_answer_would_fail_all_people() -> None:
    minutes = {"kind": "choice", "ask": "How long?", "options": ["Two minutes", "Five minutes"]}

    def hint(correct: str) -> str:
        (found,) = findings_of({"fields": {"minutes": {**minutes, "correct": correct}}})
        return found.hint

    assert hint("5 minutes") == "known answers: Two minutes, Five minutes"
    assert hint("five minuts") == "did you mean 'Five minutes'?"
