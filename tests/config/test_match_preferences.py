"""Rules of matching that hold for a while, and those that nothing can come of."""

from __future__ import annotations

import pytest

from parleyrun.config.diagnostics import Findings
from parleyrun.config.kinds import INVALID
from parleyrun.config.tasks.match_entries import PreferRule


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("language", "expected"),
        ({"wait": 5}, "expected same, different or not_again in 'prefer'"),
        ({}, "expected same, different or not_again in 'prefer'"),
        ({"same": 7}, "expected"),
    ],
)
def test_a_preference_for_nothing_is_none_and_is_said_once(written, said):
    findings = Findings("study.yml")
    assert PreferRule().check(written, ("tasks", "talk", "prefer"), findings) is INVALID
    (found,) = findings._found
    assert found.message.startswith(said)


def test_a_preference_has_names_and_whether_partners_are_to_be_new():
    findings = Findings("study.yml")
    found = PreferRule().check({"same": ["language"], "wait": 5}, (), findings)
    assert (found.same, found.wait, found.new_partners, findings._found) == (("language",), 5, False, [])
    assert PreferRule().check({"not_again": "partner", "wait": 9}, (), findings).new_partners
