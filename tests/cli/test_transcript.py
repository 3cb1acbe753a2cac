from __future__ import annotations

from typing import Any

import pytest

from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import Delivery
from parleyrun.terminal.rows import describe_payload, rows_heard, rows_refused, rows_said
from parleyrun.text import printable


def heard(text: str = "", **fields: Any) -> list[str]:
    return [str(row) for row in rows_heard(2, Delivery("terminal:2", 1, Message(text, **fields)))]


def test_a_line_names_seat_and_speaker() -> None:
    assert heard("hello", id="Robin") == ["2 < Robin: hello"]
    assert heard("from the system") == ["2 < from the system"]
    assert [str(row) for row in rows_said(2, "hello")] == ["2 > hello"]
    assert [str(row) for row in rows_refused(2, "too long")] == ["2 ! too long"]


def test_further_lines_and_quick_replies_stand_below() -> None:
    assert heard("one\ntwo", id="Guide", quick_replies=("yes", "no")) == [
        "2 < Guide: one",
        "2 |   two",
        "2 |   [1] yes  [2] no",
    ]


def test_a_payload_is_told_in_words() -> None:
    image = FrozenDict({"type": "image", "url": "https://example.org/a.png", "alt": "a red square"})
    assert heard("look", id="Guide", payload=image) == [
        "2 < Guide: look",
        "2 |   (image: a red square, https://example.org/a.png)",
    ]
    assert heard(id="Guide", payload=image)[0].startswith("2 < Guide: (image: a red square")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"type": "image", "data": "QUJDRA==", "mime": "image/png"}, "image: image/png of 6 bytes"),
        ({"type": "image", "data": b"x" * 2048}, "image: data of 2.0 kB"),
        ({"type": "file", "name": "rules.pdf", "url": "https://e.org"}, "file: rules.pdf, https://e.org"),
        ({"type": "location", "x": 1}, 'location: {"x": 1}'),
        ({"type": "wave"}, "wave"),
    ],
)
def test_payloads_of_all_kinds(payload: dict[str, Any], words: str) -> None:
    assert describe_payload(payload) == words


def test_a_long_address_is_cut() -> None:
    assert len(describe_payload({"type": "image", "url": "data:" + "x" * 10_000})) < 400


def test_nothing_that_is_said_can_steer_the_terminal() -> None:
    hostile = "a\x1b[2Jb\x07\x9b\u202ec"
    assert printable(hostile) == "a�[2Jb���c"
    for text in heard(hostile, id=hostile, quick_replies=(hostile + "\nnext",)):
        assert text.isprintable()


def test_line_ends_of_all_conventions_and_joined_emoji_are_kept() -> None:
    assert printable("a\r\nb\rc\nd\te") == "a\nb\nc\nd   e"
    family = "👩\u200d👧"
    assert printable(family) == family


def test_an_empty_line_is_still_a_line() -> None:
    assert heard(id="Robin") == ["2 < Robin:"]
