from __future__ import annotations

import pytest

from parleyrun.terminal.line_editor import LineEditor, width_of

LEFT, RIGHT, UP, DOWN, HOME, END, DELETE = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B", "\x1b[H", "\x1b[F", "\x1b[3~"
BACKSPACE, ENTER, CTRL_D = "\x7f", "\n", "\x04"


def typed(*keys: str) -> LineEditor:
    editor = LineEditor()
    for key in keys:
        assert list(editor.feed(key)) == []
    return editor


@pytest.mark.parametrize(
    ("keys", "text", "at"),
    [
        (["hello"], "hello", 5),
        (["hello", LEFT, LEFT, "X"], "helXlo", 4),
        (["hello", HOME, "X", END, "Y"], "XhelloY", 7),
        (["hello", "\x01", RIGHT, DELETE], "hllo", 1),
        (["hello", "\x01", CTRL_D], "ello", 0),
        (["hello", BACKSPACE, "\x08"], "hel", 3),
        ([BACKSPACE, LEFT, RIGHT, "a"], "a", 1),
        (["one two  ", "\x17"], "one ", 4),
        (["one", "\x17"], "", 0),
        (["one two", "\x1bb", "\x1bb", "\x1bd"], " two", 0),
        (["one two", HOME, "\x1b[1;5C", "X"], "oneX two", 4),
        (["one two", "\x1bb", "\x0b"], "one ", 4),
        (["one two", "\x1bb", "\x15"], "two", 0),
        (["a\tb"], "a b", 3),
        (["a", "\x1b[15~", "\x1b[200~", "\x07", "b"], "ab", 2),
        (["a", "\x1b", "b"], "ab", 2),
        (["a", "\x1b[", "D", "b"], "ba", 1),
        (["héllo 世界 😀"], "héllo 世界 😀", 10),
    ],
)
def test_keys_do_what_they_do_in_a_shell(keys: list[str], text: str, at: int) -> None:
    editor = typed(*keys)
    assert (editor.text, editor.at) == (text, at)


def test_enter_yields_each_line_of_what_was_pasted() -> None:
    editor = LineEditor()
    assert list(editor.feed("one\ntwo\rthree")) == ["one", "two"]
    assert editor.text == "three"


def test_ctrl_d_asks_for_the_end_only_in_an_empty_line() -> None:
    editor = LineEditor()
    assert list(editor.feed("a" + CTRL_D)) == []
    assert list(editor.feed(BACKSPACE + CTRL_D)) == [None]


def test_the_up_key_goes_back_through_what_was_entered_and_down_returns_to_the_draft() -> None:
    editor = LineEditor()
    assert list(editor.feed("one\ntwo\ntwo\n\ndraft")) == ["one", "two", "two", ""]
    seen = []
    for key in (UP, UP, UP, DOWN, DOWN, DOWN):
        assert list(editor.feed(key)) == []
        seen.append(editor.text)
    assert seen == ["two", "one", "one", "two", "draft", "draft"]


def test_a_long_line_scrolls_so_that_the_cursor_stays_in_sight() -> None:
    editor = typed("abcdefghij")
    assert editor.row(6) == ("fghij", 5)
    list(editor.feed(HOME))
    assert editor.row(6) == ("abcde", 0)
    list(editor.feed(RIGHT * 7))
    shown, cursor = editor.row(6)
    assert shown[:cursor].endswith("g")


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert width_of("世界") == 4
    assert width_of("e\u0301") == 1
    assert typed("世界世界").row(6) == ("世界", 4)
