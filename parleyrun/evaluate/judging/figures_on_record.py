"""What judges said, as figures of logs, where nobody has the rubric at hand: from the verdicts on record alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..log.evaluation_log import LogContent
from ..log.judge_verdict import JudgeVerdict
from .judged_figures import with_figures_of
from .rubric import Criterion


def with_figures_on_record(logs: Sequence[LogContent]) -> list[LogContent]:
    """Return logs whose examples have what judges said among their figures.

    Of several logs it is by the same rubric, the newest by which all of them were judged, and of the judges that
    all of them had. Logs that have none in common stay as they are.
    """
    rubrics = _common([(each.rubric for each in _verdicts(log)) for log in logs])
    if not rubrics:
        return list(logs)
    newest = rubrics[-1]
    said = [[each for each in _verdicts(log) if each.rubric == newest] for log in logs]
    judges = _common([(each.judge for each in verdicts) for verdicts in said])
    criteria = _criteria_of(each for verdicts in said for each in verdicts if each.judge in judges)
    return [with_figures_of(log, newest, criteria, judges) for log in logs]


def _verdicts(log: LogContent) -> Iterator[JudgeVerdict]:
    return (verdict for record in log.in_order() for verdict in record.verdicts)


def _common(names: Iterable[Iterable[str]]) -> list[str]:
    """Return what all of several have, each once, in the order of the first of them."""
    first, *others = [dict.fromkeys(each) for each in names]
    return [name for name in first if all(name in each for each in others)]


def _criteria_of(verdicts: Iterable[JudgeVerdict]) -> tuple[Criterion, ...]:
    said: dict[str, dict[int | str, float | None]] = {}
    for each in verdicts:
        if each.value is not None:
            said.setdefault(each.criterion, {})[each.value] = each.number
    return tuple(_criterion(name, values) for name, values in said.items())


def _criterion(name: str, values: dict[int | str, float | None]) -> Criterion:
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) == len(values):
        return Criterion(name=name, question="", scale=(min(numbers), max(numbers)))
    return Criterion(name=name, question="", labels={str(value): number for value, number in values.items()})
