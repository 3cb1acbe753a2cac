"""Examples of logs as the page reads them: JSON, one at a time, with what each log has of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ...core.metrics.metric_json import metric_from_json
from ...errors import TaskError
from ...single_page.script_data import script_json
from ..log.evaluation_log import LogContent
from ..log.example_record import ExampleKey, ExampleRecord, answer_as_taken
from ..scores_by_task import in_order

_COUNT = "exs"
"""Is 1 for every example that was scored."""


class LoggedExamples:
    """The examples of one log or two, each once, in the order of the data.

    Args:
        logs: What is in them.

    Raises:
        TaskError: The logs have other words where they have the same example.
    """

    def __init__(self, logs: Sequence[LogContent]) -> None:
        self._logs = logs
        self.tasks = tuple(dict.fromkeys(task for log in logs for task in log.head.tasks))
        self._keys = self._all_keys()
        if len(logs) > 1:
            self._refuse_other_words(*logs)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def figures(self) -> list[str]:
        """The names of what was measured of single examples, in the order in which people look at them."""
        names = (name for log in self._logs for record in log.records.values() for name in record.measured)
        return [name for name in in_order(names) if name != _COUNT]

    def have_common_ones(self) -> bool:
        """Return whether there are examples that went well in all of the logs."""
        return any(all(_went_well(log.records.get(key)) for log in self._logs) for key in self._keys)

    def as_json(self) -> Iterator[str]:
        """Yield each example as JSON that may stand in a script of a page."""
        talks: dict[tuple[str, int, int], int] = {}
        for key in self._keys:
            records = [log.records.get(key) for log in self._logs]
            first = next(record for record in records if record is not None)
            talk = talks.setdefault(key.talk, len(talks))
            yield script_json(
                {
                    "task": self.tasks.index(key.task),
                    "name": _name_of(key),
                    "talk": talk,
                    "asked": finite(first.asked),
                    "logs": [None if record is None else _packed(record) for record in records],
                }
            )

    def _all_keys(self) -> list[ExampleKey]:
        keys = {key for log in self._logs for key in log.records}
        places = {task: place for place, task in enumerate(self.tasks)}
        return sorted(keys, key=lambda key: (places[key.task], key.episode, key.repeat, key.entry))

    @staticmethod
    def _refuse_other_words(first: LogContent, second: LogContent) -> None:
        for key, record in first.records.items():
            other = second.records.get(key)
            if other is not None and other.asked != record.asked:
                raise TaskError(f"expected the same examples in both logs, got other words in {key.in_words()}")


def _went_well(record: ExampleRecord | None) -> bool:
    return record is not None and record.failure is None


def _name_of(key: ExampleKey) -> str:
    """Return which example of its task it is, as people count: episode, example, and the repeat if it is one."""
    again = f", repeat {key.repeat + 1}" if key.repeat else ""
    return f"{key.episode + 1}.{key.entry + 1}{again}"


def _packed(record: ExampleRecord) -> dict[str, Any]:
    answer = dict(record.answer) if record.answer is not None else {}
    text = answer.pop("text", None)
    packed: dict[str, Any] = {
        "text": None if record.answer is None else str(text or ""),
        "scores": {name: _figure(value) for name, value in record.measured.items() if name != _COUNT},
        "verdicts": [
            [each.judge, each.criterion, each.value, each.reason, each.problem] for each in record.verdicts
        ],
    }
    if lines := _lines_of(answer.get("dialog")):
        del answer["dialog"]
        packed["lines"] = lines
    if record.failure is not None:
        packed["error"] = asdict(record.failure)
    if record.answers:
        packed["tokens"] = sum(each.prompt_tokens + each.completion_tokens for each in record.answers)
        packed["seconds"] = sum(each.seconds for each in record.answers)
        costs = [each.cost for each in record.answers if each.cost is not None]
        packed["cost"] = sum(costs) if costs else None
    # What else a log has is shown as it stands there.
    more = {
        "answer": answer,
        "agent": {name: _figure(value) for name, value in record.reported.items()},
        "took": list(map(answer_as_taken, record.answers)),
    }
    packed["more"] = finite({name: value for name, value in more.items() if value})
    return packed


def _lines_of(dialog: Any) -> list[list[str]]:
    """Return a whole conversation that an answer is, line by line: who speaks, to whom, and what they say."""
    if not isinstance(dialog, list) or not all(isinstance(line, dict) for line in dialog):
        return []
    lines = []
    for line in dialog:
        to = line.get("to")
        told = ", ".join(map(str, to)) if isinstance(to, list) else ""
        lines.append([str(line.get("id") or ""), told, str(line.get("text") or "")])
    return lines


def _figure(written: Mapping[str, Any]) -> float | None:
    """Return the value of a metric; None where it is no number with an end."""
    value = float(metric_from_json(written).value())
    return round(value, 6) if math.isfinite(value) else None


def finite(value: Any) -> Any:
    """Return a value as JSON of a page can hold it: which has no NaN, and knows nothing of our classes."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(name): finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return str(value)
