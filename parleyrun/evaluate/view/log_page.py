"""One evaluation, or two side by side, as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from ... import __version__
from ...single_page.page_frame import PageFrame
from ...single_page.page_parts import number, section, table, tiles
from ...single_page.script_data import script_json, script_list
from ..figures.figure_errors import errors_of
from ..figures.log_comparison import LogComparison
from ..log.evaluation_log import LogContent
from ..log.example_record import ExampleRecord
from ..scores_by_task import in_order
from .logged_examples import LoggedExamples

_HERE = Path(__file__).parent
_SCRIPTS = ("view_data.js", "word_differences.js", "exchange.js", "view.js")


def write_log_page(logs: Sequence[LogContent], out: TextIO, *, made: datetime) -> int:
    """Write a page on logs: their figures, their settings, and each example with what was answered.

    Args:
        logs: One, or two of the same examples.
        out: Where to.
        made: When that is, for the page to say.

    Returns:
        How many examples are in it.

    Raises:
        TaskError: The logs have other words where they have the same example.
    """
    examples = LoggedExamples(logs)
    models = [str(log.head.about.get("model") or log.head.opt.get("model") or log.path.name) for log in logs]
    frame = PageFrame(_title(logs, models), _HERE / "view.css", [_HERE / name for name in _SCRIPTS])
    out.write(frame.head())
    out.write(frame.opening(f"Made {made:%Y-%m-%d %H:%M} UTC by parleyrun {__version__}."))
    for log, name in zip(logs, _names(logs), strict=True):
        out.write(section(name.replace(" ", "-"), _heading(log, name, len(logs)), tiles(_sums_of(log))))
    out.write(section("figures", "Figures", _figures(logs, examples)))
    out.write(_settings(logs))
    out.write((_HERE / "view.html").read_text(encoding="utf-8"))
    about = {"tasks": examples.tasks, "figures": examples.figures, "logs": _names(logs), "models": models}
    out.write(f'<script type="application/json" id="about">{script_json(about)}</script>\n')
    for piece in script_list("examples", examples.as_json()):
        out.write(piece)
    out.write(frame.end())
    return len(examples)


def _title(logs: Sequence[LogContent], models: Sequence[str]) -> str:
    tasks = ", ".join(dict.fromkeys(task for log in logs for task in log.head.tasks))
    return f"{' and '.join(dict.fromkeys(models))} on {tasks}"


def _names(logs: Sequence[LogContent]) -> list[str]:
    return ["first", "second"] if len(logs) > 1 else ["evaluation"]


def _heading(log: LogContent, name: str, of: int) -> str:
    which = f"{name.capitalize()}: " if of > 1 else ""
    ended = "" if log.report is not None else ", not to its end"
    return f"{which}{log.path.name}, begun {log.head.began.replace('T', ' ')}{ended}"


def _sums_of(log: LogContent) -> list[tuple[str, str]]:
    records = list(log.records.values())
    taken = [answer for record in records for answer in record.answers]
    sums = [("examples", number(len(records))), ("went wrong", number(sum(map(_has_failed, records))))]
    if taken:
        sums.append(("tokens", number(sum(each.prompt_tokens + each.completion_tokens for each in taken))))
        sums.append(("seconds an answer", number(sum(each.seconds for each in taken) / len(taken), 2)))
    costs = [each.cost for each in taken if each.cost is not None]
    if costs:
        sums.append(("cost", f"{sum(costs):.4f}"))
    return sums


def _has_failed(record: ExampleRecord) -> bool:
    return record.failure is not None


def _figures(logs: Sequence[LogContent], examples: LoggedExamples) -> str:
    if len(logs) == 1:
        heads = ["figure", "task", "value", "standard error", "95 % interval", "episodes"]
        return table("What was measured, and what it is worth", heads, _rows_of(logs[0]), is_open=True)
    if not examples.have_common_ones():
        return "<p>No example went well in both.</p>"
    heads = ["figure", "task", "first", "second", "difference", "95 % interval", "p", "episodes"]
    return table("Over the examples that went well in both", heads, _rows_of_both(*logs), is_open=True)


def _rows_of(log: LogContent) -> Iterator[list[str]]:
    records = list(log.in_order())
    for task in log.head.tasks:
        errors = errors_of(records, task)
        for name in in_order(errors):
            each = errors[name]
            yield [
                name,
                task,
                _shown(each.value),
                _shown(each.error),
                _interval(each.low, each.high),
                number(each.episodes),
            ]


def _rows_of_both(first: LogContent, second: LogContent) -> Iterator[list[str]]:
    for each in LogComparison(first, second).differences():
        yield [
            each.name,
            each.task,
            _shown(each.first),
            _shown(each.second),
            f"{each.difference:+.4f}",
            _interval(each.low, each.high),
            _shown(each.p),
            number(each.episodes),
        ]


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.4f} to {high:.4f}"


def _settings(logs: Sequence[LogContent]) -> str:
    """Return what each log was begun with, and mark where two differ."""
    all_of_them = [_settings_of(log.head.opt, log.head.about) for log in logs]
    rows = []
    for name in sorted({name for each in all_of_them for name in each}):
        values = [each.get(name, "–") for each in all_of_them]
        differ = ["≠" if len(set(values)) > 1 else ""] if len(logs) > 1 else []
        rows.append([name, *values, *differ])
    heads = ["setting", *_names(logs), *(["differ"] if len(logs) > 1 else [])]
    return section("settings", "Settings", table("What it was begun with", heads, rows))


def _settings_of(opt: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in {**about, **opt}.items() if value not in (None, {}, [])}
