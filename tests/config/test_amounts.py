"""How much of each of several things, as a config says it."""

from __future__ import annotations

import pytest

from parleyrun.config.amounts import Amounts
from parleyrun.config.diagnostics import Findings
from parleyrun.config.kinds import INVALID

NO_NAMES = ["expected a name such as GPU, got the number 1", "expected a name such as GPU, got the text ''"]


@pytest.mark.parametrize(
    ("written", "taken", "said"),
    [
        ({"GPU": 1, "memory": 0.5}, {"GPU": 1, "memory": 0.5}, []),
        (None, {}, []),
        ([1], INVALID, ["expected a mapping such as {GPU: 1}, got a list"]),
        (
            {1: 2, "": 3, "GPU": 1},
            {"GPU": 1},
            NO_NAMES,
        ),
        ({"GPU": -1, "CPU": 2}, {"CPU": 2}, ["expected a number from 0 to 1,000,000, got -1"]),
    ],
)
def test_amounts_are_numbers_by_names_and_what_is_none_is_said(written, taken, said):
    findings = Findings("study.yml")
    assert Amounts().check(written, ("tasks", "talk", "resources"), findings) == taken
    assert [finding.message for finding in findings._found] == said
