"""Long texts in pieces: nothing is lost, no piece is too long, and nothing is cut that people see as one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from parleyrun.channels.messenger.composing.graphemes import graphemes
from parleyrun.channels.messenger.composing.splitting import (
    MAX_TEXT_UNITS,
    SPLIT_MARK,
    split_text,
    utf16_units,
)

FAMILY = "👩\u200d👩\u200d👧\u200d👦"
WHOLES = [
    "a",
    "Z",
    "7",
    ".",
    "!",
    "。",
    " ",
    "\n",
    "\r\n",
    "e\u0301",
    "o\u0302\u0323",
    "漢",
    "日",
    "👍🏽",
    "❤\ufe0f",
    FAMILY,
    "🏳\ufe0f\u200d🌈",
    "🇩🇪",
    "🇧🇷",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "1\ufe0f\u20e3",
    "각",
    "\u1112\u1161\u11ab",
    "क्षि",
    "กำ",
    "\U0001d11e",
]
"""What people see as one character each, and that does not run together with any other of them."""

texts_of_wholes = st.lists(st.sampled_from(WHOLES), max_size=120).map("".join)


@pytest.mark.parametrize("whole", WHOLES)
def test_what_is_seen_as_one_character_is_one_grapheme(whole):
    assert list(graphemes(whole)) == [whole]
    assert list(graphemes(f"x{whole}x")) == ["x", whole, "x"]


@given(st.lists(st.sampled_from(WHOLES), max_size=60))
def test_graphemes_are_told_apart_whatever_stands_beside_them(wholes):
    joined = "".join(wholes)
    assume("\r\n" not in joined.replace("\r\n", "") and "\r\r" not in joined)
    assert list(graphemes(joined)) == wholes


@given(st.text())
def test_graphemes_are_the_text(text):
    assert "".join(graphemes(text)) == text
    assert all(graphemes(text))


@example(" aaaa👍🏽👍🏽👍🏽", 16)
@given(texts_of_wholes, st.integers(16, 60))
def test_pieces_are_short_and_nothing_but_white_space_is_lost_where_it_is_cut(text, limit):
    pieces = split_text(text, limit)
    assert all(0 < utf16_units(piece) <= limit and piece.strip() for piece in pieces)
    position = 0
    for number, piece in enumerate(pieces):
        found = text.index(piece, position)
        gap = text[position:found]
        assert not gap.strip()
        assert not gap or number, "the beginning of a text is left as it is"
        position = found + len(piece)
    assert not text[position:].strip()


@given(st.lists(st.sampled_from(WHOLES), max_size=120), st.integers(16, 60))
def test_no_cut_is_inside_of_what_is_seen_as_one_character(wholes, limit):
    text = "".join(wholes)
    bounds, position = {0}, 0
    for whole in wholes:
        position += len(whole)
        bounds.add(position)
    position = 0
    for piece in split_text(text, limit):
        found = text.index(piece, position)
        position = found + len(piece)
        assert {found, position} <= bounds


@given(st.text(alphabet=st.characters(), max_size=200), st.integers(2, 30))
def test_any_text_at_all_is_cut_into_pieces_that_fit(text, limit):
    pieces = split_text(text, limit)
    assert all(utf16_units(piece) <= limit for piece in pieces)
    kept = "".join(text.replace(SPLIT_MARK, "").split())
    assert "".join("".join(pieces).split()) == kept


def test_a_short_text_is_left_as_it_is():
    assert split_text("  Hello, \n you  ") == ("  Hello, \n you  ",)


@pytest.mark.parametrize("text", ["", " ", "\n\n", SPLIT_MARK, f" {SPLIT_MARK} "])
def test_a_blank_text_has_no_pieces(text):
    assert split_text(text) == ()


def test_the_author_says_where_a_new_message_begins():
    assert split_text("One.[*SPLIT*]Two.[*SPLIT*][*SPLIT*]Three.") == ("One.", "Two.", "Three.")


def test_a_text_is_cut_after_a_sentence_rather_than_between_words():
    assert split_text("It is getting late. Shall we go?", 25) == ("It is getting late.", "Shall we go?")
    assert split_text("“It is late!” she said to me", 25) == ("“It is late!”", "she said to me")
    assert split_text("遅いです。もう帰りましょうか", 8) == ("遅いです。", "もう帰りましょう", "か")


def test_a_line_that_ends_counts_as_a_sentence():
    assert split_text("first line\nsecond one here", 20) == ("first line", "second one here")


def test_a_sentence_that_would_leave_a_short_piece_is_no_reason_to_cut():
    assert split_text("No. I would rather stay here tonight", 30) == ("No. I would rather stay here", "tonight")


def test_a_word_is_cut_only_if_it_has_to_be():
    assert split_text("to incomprehensibilities", 10) == ("to", "incomprehe", "nsibilitie", "s")


def test_numbers_and_abbreviations_are_not_cut_at_their_points():
    assert split_text("The price is 3.14 now", 17) == ("The price is 3.14", "now")


def test_a_character_that_fits_into_no_message_is_cut_as_it_comes():
    stack = "e" + "\u0301" * 30
    pieces = split_text(stack, 20)
    assert "".join(pieces) == stack
    assert all(len(piece) <= 20 for piece in pieces)


def test_emoji_count_twice_as_meta_may_count_them():
    text = "🙂" * 1500
    pieces = split_text(text)
    assert [len(piece) for piece in pieces] == [1000, 500]
    assert all(utf16_units(piece) <= MAX_TEXT_UNITS for piece in pieces)


def test_a_very_long_text_is_cut_quickly():
    text = "".join(unicodedata.normalize("NFD", "Über Größe, naïve façade. ") for _ in range(2500))
    pieces = split_text(text)
    assert len(pieces) == pytest.approx(len(text) / MAX_TEXT_UNITS, rel=0.1)
    assert all(piece.endswith(".") for piece in pieces[:-1])


class TestTheNameInFront:
    @pytest.mark.parametrize(
        "text", ["x" * 30, "漢" * 30, f"{SPLIT_MARK}hello", f" \n{SPLIT_MARK} hello", " " * 30 + "hello", "hello"]
    )
    def test_it_never_stands_alone_and_no_piece_is_too_long(self, text):
        pieces = split_text(text, 20, "Robin: ")
        assert pieces[0].startswith("Robin: ")
        assert pieces[0].removeprefix("Robin: ").strip()
        assert all(utf16_units(piece) <= 20 for piece in pieces)
        assert "".join("".join(pieces).split()) == "Robin:" + "".join(text.replace(SPLIT_MARK, "").split())

    @given(texts_of_wholes, st.text("abc ", max_size=30).map(lambda name: f"{name}: "))
    def test_whatever_it_is_nothing_is_lost(self, text, name):
        pieces = split_text(text, 24, name)
        assert all(0 < utf16_units(piece) <= 24 and piece.strip() for piece in pieces)
        if text.replace(SPLIT_MARK, "").strip():
            assert "".join("".join(pieces).split()) == "".join((name + text).split())
        else:
            assert pieces == ()
