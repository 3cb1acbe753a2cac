"""Patterns that texts have to fit: the same as `re` finds, in a time that nobody can stretch."""

from __future__ import annotations

import re

import pytest
from form_lab import calls_of
from hypothesis import given
from hypothesis import strategies as st

from parleyrun.core.forms.patterns.text_pattern import MOST_STEPS, TextPattern

LITERALS = st.sampled_from(["a", "b", "1", " ", "."])
ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", r"\d", r"\w", r"\S", "[ab]", "[^a]", "[a-c1]", r"[\d.]", r"\.", "()"]
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
        inner.map(lambda part: f"(?:{part})"),
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text("ab1 .", max_size=8))
def test_a_text_fits_exactly_where_it_does_by_the_librarys_own(pattern: str, text: str):
    assert TextPattern(pattern).matches(text) is (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"^\d{5}$", "04109", True),
        (r"(?i)de|at", "AT", True),
        (r"(?i)[a-z]+", "ABC", True),
        (r"[^@ ]+@[^@ ]+\.[a-z]{2,}", "a@b.org", True),
        (r"a\$", "a$", True),
        (r"[]a]", "]", True),
        (r"[a\-z]", "b", False),
        (r"a\\$", "a\\", True),
        (r"x+?", "xx", True),
    ],
)
def test_patterns_are_read_as_elsewhere(pattern: str, text: str, fits: bool):
    assert TextPattern(pattern).matches(text) is fits


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "expected a ')' for each '('"),
        ("a)", "expected a '(' before this ')'"),
        ("a**", "expected something else than '*' here"),
        ("*a", "expected something before '*'"),
        ("[a", "expected a ']' for each '['"),
        ("a{", r"write \{ for the character"),
        ("a{3,2}", "the smaller number first"),
        ("[z-a]", "the smaller character first"),
        ("a^b", "expected '^' at an end"),
        ("a\\", "behind the last backslash"),
        (r"\bword", r"expected \d, \w, \s"),
        (r"(a)\1", r"expected \d, \w, \s"),
        ("(?=a)", "no others are known here"),
        ("(" * 40 + ")" * 40, "groups inside each other"),
        ("((a{100}){100}){100}", f"at most {MOST_STEPS:,} characters"),
        ("(((){9999}){9999}a{9999}){9999}", f"at most {MOST_STEPS:,} characters"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(pattern: str, why: str):
    with pytest.raises(ValueError, match=re.escape(why)):
        TextPattern(pattern)


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)*b", "(a+)+b", "a*a*a*a*a*a*b", "(a|aa|a?)*b"])
def test_a_pattern_that_takes_others_for_ever_takes_as_long_as_the_text_is(pattern: str):
    made = TextPattern(pattern)

    short = calls_of(lambda: made.matches("a" * 100))
    long = calls_of(lambda: made.matches("a" * 1_000))

    assert not made.matches("a" * 1_000)
    assert long < 11 * short
