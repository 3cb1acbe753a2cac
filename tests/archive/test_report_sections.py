"""Sections of a report that a small study has nothing for: long waits, and what models took."""

from __future__ import annotations

import datetime as dt
import re

from parleyrun.archive.report.plots import Plots
from parleyrun.archive.report.report_sections import conversations, costs, recruitment
from parleyrun.archive.report.study_figures import ModelCosts, PersonFigures, StudyFigures, TalkFigures

CAME = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def waited(seconds: float) -> PersonFigures:
    return PersonFigures(came=CAME, seconds_waited=seconds, outcome="", finished=None)


def model(name: str, *, cost: float | None, estimated: bool = False) -> ModelCosts:
    return ModelCosts(
        model=name, answers=7, failures=1, prompt_tokens=900, completion_tokens=80, estimated=estimated, cost=cost,
        mean_seconds=None if cost is None else 1.5,
    )  # fmt: skip


def study(*, people: tuple = (), talks: tuple = (), models: tuple = ()) -> StudyFigures:
    return StudyFigures(people=people, talks=talks, models=models, answers=())


def text_of(section: str) -> str:
    return " ".join(re.sub(r"<svg.*?</svg>", "", re.sub(r"<title>.*?</title>", "", section), flags=re.S).split())


def test_long_waits_are_shown_in_minutes_and_short_ones_in_seconds() -> None:
    long = recruitment(study(people=(waited(0), waited(600), waited(1200))), Plots())
    assert "2 people waited; half of them less than 15 min" in text_of(long)
    assert "minutes" in long
    short = recruitment(study(people=(waited(3),)), Plots())
    assert "1 people waited" in text_of(short)
    assert "seconds" in short
    assert "Nobody has waited in a pool." in recruitment(study(people=(waited(0),)), Plots())


def test_models_are_compared_by_cost_and_by_tokens_where_none_has_a_price() -> None:
    assert costs(study(), Plots()) == ""
    priced = costs(study(models=(model("one", cost=0.25), model("two", cost=None, estimated=True))), Plots())
    assert "Cost of models" in priced
    assert "one: 0.25" in priced
    assert "two: " not in priced
    assert [cell for cell in re.findall(r"<td[^>]*>(.*?)</td>", priced) if "~" in cell] == ["~900", "~80"]
    unpriced = costs(study(models=(model("two", cost=None),)), Plots())
    assert "Tokens of models" in unpriced
    assert "two: 980" in unpriced


def test_conversations_that_go_on_have_no_length_yet() -> None:
    talk = TalkFigures(
        uid="u", task="chat", condition="", outcome="goes on", started=CAME, seconds=None, said=1, said_by_bots=0,
        turns=1, cost=None,
    )  # fmt: skip
    assert "There is no conversation yet." in conversations(study(), Plots())
    assert "<figcaption>Length" not in conversations(study(talks=(talk,)), Plots())
