"""What becomes of Markdown on its way to the page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parleyrun.channels.browser.frame_writing import v1_line
from parleyrun.channels.browser.markdown import (
    LONGEST_CHARACTERS,
    LONGEST_OF_PEOPLE_CHARACTERS,
    MarkdownOf,
    markup_member,
)
from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import Delivery
from parleyrun.message_marks import VERBATIM
from parleyrun.store.media_library import MediaLibrary


def tree(text: str, *, by_person: bool = False) -> Any:
    member = markup_member(text, by_person=by_person)
    return json.loads(f"{{{member[1:]}}}")["markup"] if member else None


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("**Read** this", [["p", ["strong", "Read"], " this"]]),
        ("one\n*two*", [["p", "one", "\n", ["em", "two"]]]),
        ("- a\n- b\n\nc", [["ul", ["li", "a"], ["li", "b"]], ["p", "c"]]),
        ("3. a\n4. b", [["ol", "3", ["li", "a"], ["li", "b"]]]),
        ("[here](https://example.org/a)", [["p", ["a", "https://example.org/a", "here"]]]),
        ("# Rules", [["h", "Rules"]]),
        ("`x_y_z`", [["p", ["code", "x_y_z"]]]),
        ("> so", [["blockquote", ["p", "so"]]]),
        ("```\n<b>\n```", [["pre", "<b>"]]),
        (r"\*as it is\*", [["p", "*as it is*"]]),
        ("<b>bold</b> *x*", [["p", "<b>bold</b> ", ["em", "x"]]]),
    ],
)
def test_a_part_of_markdown_is_taken(text: str, nodes: Any) -> None:
    assert tree(text) == nodes


@pytest.mark.parametrize(
    "text",
    [
        "Hello there",
        "2 * 3 * 4",
        "snake_case_name",
        "[DONE]",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hi)",
        "[x](mailto:a@example.org)",
        "<script>alert(1)</script>",
        "&lt;b&gt;",
        "    indented",
        "a\n---\nb",
        "*" * (LONGEST_CHARACTERS + 1),
    ],
)
def test_everything_else_stays_a_text(text: str) -> None:
    assert tree(text) is None


def test_a_person_hides_no_address_behind_words() -> None:
    assert tree("*see* [my bank](https://elsewhere.example)", by_person=True) == [
        ["p", ["em", "see"], " [my bank](https://elsewhere.example)"]
    ]
    assert tree("*a " * LONGEST_OF_PEOPLE_CHARACTERS, by_person=True) is None


@pytest.mark.parametrize(
    ("whose", "formatted"),
    [
        ("authors", {"author", "bot", "system"}),
        ("all", {"author", "bot", "system", "person", "anew"}),
        ("none", set()),
    ],
)
def test_the_config_says_whose_lines_are_formatted(whose: MarkdownOf, formatted: set[str]) -> None:
    lines = {
        "author": Message("**x**", id="Guide"),
        "bot": Message("**x**", id="Bot"),
        "system": Message("**x**"),
        "person": Message("**x**", id="Ann", carried_line="browser:ann#3"),
        "anew": Message("**x**", id="Ann", extra=FrozenDict({VERBATIM: True})),
    }
    shown = {
        name: json.loads(v1_line(Delivery("browser:bob", 1, message), MediaLibrary(), whose))
        for name, message in lines.items()
    }
    assert {name for name, frame in shown.items() if "markup" in frame} == formatted
    assert {frame["text"] for frame in shown.values()} == {"**x**"}


def test_ones_own_line_is_shown_as_it_was_typed() -> None:
    frame = json.loads(v1_line(Delivery("browser:bob", 1, Message("**x**"), mine=True), MediaLibrary(), "all"))
    assert "markup" not in frame
