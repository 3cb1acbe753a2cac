"""The sections of the report: what the figures of a study look like, in plots, tables and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from ...single_page.page_parts import card, cards, lasting, number, paragraph, section, table, tiles
from .plots import Plots
from .study_figures import GOES_ON, ModelCosts, PersonFigures, StudyFigures, TalkFigures

MOST_BARS = 16
_EMPTY = "–"


def overview(figures: StudyFigures) -> str:
    """Return the numbers that come first."""
    talks = figures.talks
    finished = sum(talk.outcome == "finished" for talk in talks)
    ended = [talk.seconds for talk in talks if talk.seconds is not None]
    costs = [talk.cost for talk in talks if talk.cost is not None]
    shown = [
        ("people", number(len(figures.people))),
        ("conversations", number(len(talks))),
        ("of them finished", number(finished)),
        ("messages of people", number(sum(talk.said for talk in talks))),
        ("messages of bots", number(sum(talk.said_by_bots for talk in talks))),
        ("median length", lasting(median(ended)) if ended else _EMPTY),
    ]
    return tiles([*shown, ("cost of models", number(sum(costs), 2))] if costs else shown)


def recruitment(figures: StudyFigures, plots: Plots) -> str:
    """Return who came when, and how their visits ended."""
    people = figures.people
    if not people:
        return section("people", "People", paragraph("Nobody has come yet."))
    series = {"came": [one.came for one in people]}
    finished = [one.finished for one in people if one.finished is not None]
    if finished:
        series["finished"] = finished
    first, last = min(series["came"]), max(series["came"])
    words = f"{len(people)} people came from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    plot = card("Recruitment over time (UTC)", plots.over_time(series, words))
    outcomes = Counter(one.outcome or "open, or not asked for" for one in people)
    rows = [(name, number(count)) for name, count in outcomes.most_common()]
    ends = card("How visits ended", table("Visits by outcome", ("outcome", "people"), rows, is_open=True))
    return section("people", "People", cards((plot, _waiting(people, plots), ends)))


def _waiting(people: Sequence[PersonFigures], plots: Plots) -> str:
    waits = sorted(one.seconds_waited for one in people if one.seconds_waited > 0)
    if not waits:
        return card("Waiting for others", paragraph("Nobody has waited in a pool."))
    longest, half = lasting(waits[-1]), lasting(median(waits))
    words = f"{len(waits)} people waited; half of them less than {half}, the longest {longest}"
    scaled, unit = _scaled(waits)
    return card("Waiting for others", plots.histogram(scaled, unit, "people", words), paragraph(f"{words}."))


def conversations(figures: StudyFigures, plots: Plots) -> str:
    """Return how conversations ended, how long they were, and in how many turns."""
    talks = figures.talks
    if not talks:
        return section("talks", "Conversations", paragraph("There is no conversation yet."))
    groups: dict[str, list[TalkFigures]] = {}
    for talk in talks:
        groups.setdefault(talk.condition or talk.task, []).append(talk)
    largest = dict(sorted(groups.items(), key=lambda group: -len(group[1]))[:MOST_BARS])
    by_outcome = {name: dict(Counter(talk.outcome for talk in group)) for name, group in sorted(largest.items())}
    outcomes = [each for each, _ in Counter(talk.outcome for talk in talks).most_common()]
    rows = [(name, *(number(row.get(each, 0)) for each in outcomes)) for name, row in by_outcome.items()]
    by_condition = any(talk.condition for talk in talks)
    title = f"By {'condition' if by_condition else 'task'} and outcome"
    words = "; ".join(
        f"{name}: " + ", ".join(f"{n} {each}" for each, n in row.items()) for name, row in by_outcome.items()
    )
    shown = [
        card(title, plots.stacked(by_outcome, "conversations", words), table(title, ("group", *outcomes), rows)),
        *_lengths(talks, plots),
    ]
    return section(
        "talks", "Conversations", cards(shown), table("Length by group", _LENGTH_HEAD, _length_rows(largest))
    )


_LENGTH_HEAD = ("group", "conversations", "median length", "median messages", "median turns")


def _length_rows(groups: dict[str, list[TalkFigures]]) -> Iterator[Sequence[str]]:
    for name, group in sorted(groups.items()):
        ended = [talk.seconds for talk in group if talk.seconds is not None]
        yield (
            name,
            number(len(group)),
            lasting(median(ended)) if ended else _EMPTY,
            number(median(talk.said + talk.said_by_bots for talk in group)),
            number(median(talk.turns for talk in group)),
        )


def _lengths(talks: Sequence[TalkFigures], plots: Plots) -> Iterator[str]:
    ended = [talk for talk in talks if talk.outcome != GOES_ON]
    if not ended:
        return
    seconds = sorted(talk.seconds for talk in ended if talk.seconds is not None)
    scaled, unit = _scaled(seconds)
    words = f"half of {len(ended)} conversations took less than {lasting(median(seconds))}"
    yield card("Length", plots.histogram(scaled, unit, "conversations", words))
    turns = [talk.turns for talk in ended]
    words = f"half of {len(ended)} conversations had less than {number(median(turns))} turns"
    yield card("Turns", plots.histogram(turns, "turns", "conversations", words))


def costs(figures: StudyFigures, plots: Plots) -> str:
    """Return what models took; nothing where none was asked."""
    if not figures.models:
        return ""
    head = ("model", "answers", "without one", "tokens read", "tokens written", "cost", "mean seconds")
    took = table("What models took", head, map(_model_row, figures.models), is_open=True)
    priced = {one.model: {"cost": one.cost} for one in figures.models if one.cost}
    bars = priced or {
        one.model: {"read": float(one.prompt_tokens), "written": float(one.completion_tokens)}
        for one in figures.models
    }
    what = "cost" if priced else "tokens"
    words = "; ".join(f"{name}: {number(sum(row.values()), 2)}" for name, row in bars.items())
    plot = card(f"{what.capitalize()} of models", plots.stacked(dict(list(bars.items())[:MOST_BARS]), what, words))
    return section("costs", "Costs", took, paragraph(_ABOUT_COSTS), cards((plot,)))


_ABOUT_COSTS = (
    "Costs are in the currency of the models' prices; a dash where no price is known. ~ marks estimated tokens."
)


def _model_row(one: ModelCosts) -> Sequence[str]:
    about = "~" if one.estimated else ""
    return (
        one.model,
        number(one.answers),
        number(one.failures),
        f"{about}{number(one.prompt_tokens)}",
        f"{about}{number(one.completion_tokens)}",
        number(one.cost, 4),
        number(one.mean_seconds, 2),
    )


def _scaled(seconds: Iterable[float]) -> tuple[list[float], str]:
    """Return stretches of time in the unit that fits them."""
    known = list(seconds)
    if median(known) >= 120:
        return [one / 60 for one in known], "minutes"
    return known, "seconds"
