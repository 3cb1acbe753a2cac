"""The section of the report on answers: means and shares by condition, with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ...single_page.page_frame import text
from ...single_page.page_parts import card, cards, number, paragraph, percent, section, table
from .answer_figures import EVERYBODY, MeasuredAnswer
from .intervals import RESAMPLES, Estimate, mean_of, share_of
from .plots import SHARE, Plots
from .study_figures import StudyFigures

MOST_PLOTS = 40
"""After so many plots only the tables go on."""

_ROWS_OF_A_PLOT = 6

_ABOUT = (
    "Dots are means, or shares of those who answered; bars are 95 % intervals: of means the percentile bootstrap "
    f"with {RESAMPLES:,} resamples, of shares Wilson's score interval. Every answer counts for itself: people who "
    "talked with each other, or answered several times, make the true intervals wider."
)


def answers(figures: StudyFigures, plots: Plots) -> str:
    """Return what was answered to each form, by each condition."""
    if not figures.answers:
        return ""
    shown: list[str] = []
    left = MOST_PLOTS
    for form, measured in groupby(figures.answers, key=lambda one: one.form):
        group = list(measured)
        conditions = list(dict.fromkeys(name for one in group for name in one.samples if name != EVERYBODY))
        for condition in conditions or [EVERYBODY]:
            about = f" by {condition}" if condition else ""
            estimates = {id(one): _estimates(one, condition) for one in group}
            drawn = list(_plots(group, estimates, plots, left))
            left -= len(drawn)
            shown.append(f"{_heading(form, about)}{cards(drawn)}{_table(form, about, group, estimates)}")
    return section("answers", "Answers", paragraph(_ABOUT), *shown)


def _heading(form: str, about: str) -> str:
    return f'<h3 class="form">{text(f"Form “{form}”{about}")}</h3>'


def _estimates(one: MeasuredAnswer, condition: str) -> dict[str, Estimate]:
    estimate = share_of if one.is_share else mean_of
    return {value: estimate(numbers) for value, numbers in sorted(one.samples.get(condition, {}).items())}


def _plots(
    group: Sequence[MeasuredAnswer], estimates: dict[int, dict[str, Estimate]], plots: Plots, most: int
) -> Iterator[str]:
    """Yield a plot for each question, or for several that are measured alike."""
    for together in list(_alike(group))[:most]:
        rows = {one.label: estimates[id(one)] for one in together if estimates[id(one)]}
        if not rows:
            continue
        first = together[0]
        unit = SHARE if first.is_share else first.unit or "mean"
        title = first.question if len({one.question for one in together}) == 1 else "Questions"
        words = "; ".join(
            f"{name}, {value or 'all'}: {_said(one, first)}"
            for name, row in rows.items()
            for value, one in row.items()
        )
        yield card(title, plots.dots(rows, first.ends, unit, words))


def _alike(group: Sequence[MeasuredAnswer]) -> Iterator[list[MeasuredAnswer]]:
    """Yield measures that fit into one plot: the parts of one question, or questions with the same ends."""
    for _, found in groupby(group, key=_plot_of):
        alike = list(found)
        yield from (alike[start : start + _ROWS_OF_A_PLOT] for start in range(0, len(alike), _ROWS_OF_A_PLOT))


def _plot_of(one: MeasuredAnswer) -> object:
    alone = one.is_part or one.ends is None
    return one.question if alone else "", one.ends, one.is_share


def _table(
    form: str, about: str, group: Sequence[MeasuredAnswer], estimates: dict[int, dict[str, Estimate]]
) -> str:
    values = list(dict.fromkeys(value for row in estimates.values() for value in row))
    head = ("question", "part", *(value or "all" for value in values))
    rows = [
        (
            one.question,
            one.what,
            *(_said(estimates[id(one)][value], one) if value in estimates[id(one)] else "–" for value in values),
        )
        for one in group
    ]
    return table(f"{form}{about}: all figures", head, rows)


def _said(estimate: Estimate, of: MeasuredAnswer) -> str:
    shown = percent if of.is_share else lambda value: number(value, 2)
    if estimate.low is None or estimate.high is None:
        return f"{shown(estimate.value)} (n = {estimate.count})"
    return f"{shown(estimate.value)} [{shown(estimate.low)}, {shown(estimate.high)}] (n = {estimate.count})"
