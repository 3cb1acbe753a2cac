"""How far raters agree, by the values that are printed where the figures come from."""

from __future__ import annotations

import math

import pytest

from parleyrun.evaluate.figures.agreement import (
    agreement_figure,
    cohens_kappa,
    krippendorffs_alpha,
    per_cent_agreement,
)

KRIPPENDORFF = """\
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 ."""
"""Four observers of twelve units, from "Computing Krippendorff's Alpha-Reliability" (2011), where alpha is 0.743
of labels and 0.849 on an interval scale."""


def test_alpha_is_what_krippendorff_prints():
    rows = [line.split() for line in KRIPPENDORFF.splitlines()]
    units = [[int(said) for said in unit if said != "."] for unit in zip(*rows, strict=True)]
    assert krippendorffs_alpha(units) == pytest.approx(0.743, abs=5e-4)
    assert krippendorffs_alpha(units, is_scale=True) == pytest.approx(0.849, abs=5e-4)
    assert math.isnan(krippendorffs_alpha([[1], [2]]))


def test_kappa_is_what_the_usual_example_has_and_that_of_scales_weighs_by_squares():
    # Fifty proposals: both yes 20, both no 15, and 5 and 10 apart: 0.7 agree, 0.5 would by chance.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert per_cent_agreement(pairs) == pytest.approx(0.7)
    assert cohens_kappa(pairs) == pytest.approx(0.4)
    # By hand: apart 1 + 4 of four; by chance (ones 1 2 3 3, others 1 3 3 1): 28 / 4 = 7.
    scale = [(1, 1), (2, 3), (3, 3), (3, 1)]
    assert cohens_kappa(scale, is_scale=True) == pytest.approx(1 - 5 / 7)
    assert math.isnan(cohens_kappa([("y", "y")] * 3))


def test_intervals_draw_whole_episodes_and_what_nobody_can_say_has_none():
    found = agreement_figure("kappa", [[("y", "y"), ("n", "n")], [("y", "n"), ("n", "n")]] * 20, cohens_kappa)
    assert found.low < found.value < found.high
    assert found.units == 80
    nothing = agreement_figure("kappa", [[("y", "y")]], cohens_kappa)
    assert (nothing.value, nothing.low) == (None, None)
