"""What judges said, as figures of a log, and how far they agree with people and with each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, TypeVar

from ...core.metrics.metrics import AverageMetric, Report
from ..figures.agreement import (
    AgreementFigure,
    agreement_figure,
    cohens_kappa,
    krippendorffs_alpha,
    per_cent_agreement,
)
from ..log.evaluation_log import LogContent
from ..log.example_record import ExampleKey, ExampleRecord, report_as_json
from .judge_labels import HumanLabels
from .rubric import Criterion, Rubric

T = TypeVar("T")

PEOPLE = "people"
TOGETHER = "all judges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two sides agree by one criterion.

    Attributes:
        criterion: What is judged; empty where the rubric is one question.
        sides: Who is compared.
        figures: `agreement` and `kappa` of two sides, `alpha` of several raters.
    """

    criterion: str
    sides: str
    figures: tuple[AgreementFigure, ...]


def with_judged_figures(content: LogContent, rubric: Rubric, judges: Sequence[str]) -> LogContent:
    """Return a log whose examples have what the judges said among their figures.

    On a scale it is the mean of the judges. Of labels it is what more than half of them say, as the label's
    number, or where labels have none as a share for each of them; an answer without such a majority has no figure.
    """
    return with_figures_of(content, rubric.digest, rubric.criteria, judges)


def with_figures_of(
    content: LogContent, rubric: str, criteria: Sequence[Criterion], judges: Sequence[str]
) -> LogContent:
    """Return the same by the criteria of a rubric that is named by its digest."""
    records = {}
    for key, record in content.records.items():
        report: Report = {}
        for criterion in criteria:
            said = _said_by(record, rubric, criterion, judges)
            report |= _figures(criterion, together(criterion, list(said.values())))
        records[key] = replace(record, measured={**record.measured, **report_as_json(report)})
    return replace(content, records=records)


def together(criterion: Criterion, said: Sequence[int | str]) -> float | str | None:
    """Return what several raters come to: the mean on a scale, else what more than half say; None for nothing."""
    if not said:
        return None
    if criterion.scale is not None:
        mean = fmean(map(float, said))
        return int(mean) if mean.is_integer() else mean
    label, times = Counter(map(str, said)).most_common(1)[0]
    return label if 2 * times > len(said) else None


def agreements(content: LogContent, rubric: Rubric, judges: Sequence[str], people: HumanLabels) -> list[Agreement]:
    """Return how far judges agree with people, each judge and all together, and judges with each other."""
    found: list[Agreement] = []
    for criterion in rubric.criteria:
        records = [record for record in content.in_order() if record.failure is None]
        said = {record.key: _said_by(record, rubric.digest, criterion, judges) for record in records}
        labels = {key: people.get((key, criterion.name), ()) for key in said}
        if any(labels.values()):
            sides = {name: [name] for name in judges} | ({TOGETHER: list(judges)} if len(judges) > 1 else {})
            for side, names in sides.items():
                pairs = {}
                for key, by in said.items():
                    one = together(criterion, [by[name] for name in names if name in by])
                    other = together(criterion, labels[key])
                    if one is not None and other is not None:
                        pairs[key] = (one, other)
                found.append(_of_pairs(criterion, f"{side}, {PEOPLE}", _grouped(records, pairs)))
        for side, values in ((TOGETHER, {key: tuple(by.values()) for key, by in said.items()}), (PEOPLE, labels)):
            if any(len(each) > 1 for each in values.values()):
                found.append(_of_several(criterion, side, _grouped(records, values)))
    return found


def _figures(criterion: Criterion, value: float | str | None) -> Report:
    if value is None:
        return {}
    if not isinstance(value, str):
        return {criterion.figure: AverageMetric(value)}
    labels = criterion.labels or {}
    if all(number is not None for number in labels.values()):
        return {criterion.figure: AverageMetric(labels[value] or 0)}
    return {f"{criterion.figure}={label}": AverageMetric(int(label == value)) for label in labels}


def _said_by(
    record: ExampleRecord, rubric: str, criterion: Criterion, judges: Sequence[str]
) -> dict[str, int | str]:
    return {
        each.judge: each.value
        for each in record.verdicts
        if each.judge in judges
        and (each.rubric, each.criterion) == (rubric, criterion.name)
        and each.value is not None
    }


def _grouped(records: Sequence[ExampleRecord], values: Mapping[ExampleKey, T]) -> list[list[T]]:
    """Return values in the order of the data, those of an episode together."""
    episodes: dict[tuple[str, int], list[T]] = {}
    for record in records:
        if record.key in values:
            episodes.setdefault(record.key[:2], []).append(values[record.key])
    return list(episodes.values())


def _of_pairs(criterion: Criterion, sides: str, episodes: Sequence[Sequence[Any]]) -> Agreement:
    is_scale = criterion.scale is not None
    return Agreement(
        criterion=criterion.name,
        sides=sides,
        figures=(
            agreement_figure("agreement", episodes, per_cent_agreement),
            agreement_figure("kappa", episodes, lambda pairs: cohens_kappa(pairs, is_scale=is_scale)),
            agreement_figure("alpha", episodes, lambda pairs: krippendorffs_alpha(pairs, is_scale=is_scale)),
        ),
    )


def _of_several(criterion: Criterion, sides: str, episodes: Sequence[Sequence[Any]]) -> Agreement:
    is_scale = criterion.scale is not None
    alpha = agreement_figure("alpha", episodes, lambda units: krippendorffs_alpha(units, is_scale=is_scale))
    return Agreement(criterion=criterion.name, sides=sides, figures=(alpha,))
