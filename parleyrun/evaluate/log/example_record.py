"""What became of one example: what was asked, what was answered or went wrong, and what was measured of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ...core.message import FrozenDict
from ...core.metrics.metric_json import metric_from_json, metric_to_json
from ...core.metrics.metrics import Metric, Report, as_metric
from ...core.metrics.scores import HITS_AT
from ...core.model_answer import ModelAnswer
from ...errors import MetricError
from ..conversations_file import DialogueLine
from .judge_verdict import JudgeVerdict
from .line_checks import act_in, count_in, mapping_in, metrics_in, taken_in, text_in

_RANKED = "text_candidates"
_MEASURED = "metrics"


class ExampleKey(NamedTuple):
    """Which example it is.

    Attributes:
        task: The name of its task.
        episode: The number of its episode in the order of the data, from 0.
        entry: Its place in that episode, from 0.
        repeat: Which time it is that all is gone through, from 0.
    """

    task: str
    episode: int
    entry: int
    repeat: int = 0

    @property
    def talk(self) -> tuple[str, int, int]:
        """Which conversation it is a part of: that episode, that time."""
        return self.task, self.episode, self.repeat

    def in_words(self) -> str:
        """Return which one it is, as people count."""
        again = f", repeat {self.repeat + 1}" if self.repeat else ""
        return f"{self.task}, episode {self.episode + 1}, example {self.entry + 1}{again}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleFailure:
    """Why an example has no answer.

    Attributes:
        kind: The class of the error, or `Timeout`, `Died`, `NotAsked`.
        message: What happened, as a sentence.
        tries: How often it was asked.
        traceback: Where it happened; empty where nothing was raised.
    """

    kind: str
    message: str
    tries: int = 1
    traceback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRecord:
    """One example with what came of it.

    Attributes:
        key: Which one it is.
        last: Whether it ends its episode.
        asked: What was asked.
        answer: What was answered, as far as JSON can hold it; None for silence, and where something went wrong.
        failure: What went wrong; None where nothing did.
        measured: What the teacher measured of the answer: metrics by name, as JSON.
        reported: What the agent measured while it answered, likewise.
        taken: What it took a model; None where none tells that.
        others: What it took models in a conversation of several, answer by answer.
        verdicts: What models that judge have said of the answer.
    """

    key: ExampleKey
    last: bool
    asked: DialogueLine
    answer: Mapping[str, Any] | None = None
    failure: ExampleFailure | None = None
    measured: Mapping[str, Any] = field(default_factory=FrozenDict)
    reported: Mapping[str, Any] = field(default_factory=FrozenDict)
    taken: ModelAnswer | None = None
    others: tuple[ModelAnswer, ...] = ()
    verdicts: tuple[JudgeVerdict, ...] = ()

    @property
    def answers(self) -> tuple[ModelAnswer, ...]:
        """All that models answered for it."""
        return self.others if self.taken is None else (self.taken, *self.others)

    @property
    def cost(self) -> float:
        """What it has cost, as far as that is known."""
        return sum(answer.cost or 0.0 for answer in self.answers)

    def with_verdicts(self, verdicts: Iterable[JudgeVerdict]) -> ExampleRecord:
        """Return it with these verdicts, too, each in the place of an earlier one on the same."""
        placed = {each.place: each for each in (*self.verdicts, *verdicts)}
        return replace(self, verdicts=tuple(placed.values())) if placed else self

    def as_json(self) -> str:
        """Return it as a line without its end."""
        line: dict[str, Any] = {
            "task": self.key.task,
            "episode": self.key.episode,
            "entry": self.key.entry,
            "repeat": self.key.repeat,
            "last": self.last,
            "asked": self.asked,
            "answer": self.answer,
        }
        if self.failure is not None:
            failure = self.failure
            line["error"] = {name: getattr(failure, name) for name in ExampleFailure.__slots__}
        if self.measured:
            line["metrics"] = self.measured
        if self.reported:
            line["agent_metrics"] = self.reported
        if self.taken is not None:
            line["took"] = answer_as_taken(self.taken)
        if self.others:
            line["took_others"] = [answer_as_taken(each) for each in self.others]
        return json.dumps(line, ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> ExampleRecord:
        """Return the record that a line, parsed already, holds.

        Raises `KeyError`, `TypeError` or `MetricError` for another.
        """
        error, took = line.get("error"), line.get("took")
        return cls(
            key=key_in(line),
            last=bool(line["last"]),
            asked=mapping_in(line["asked"], "asked"),
            answer=act_in(line["answer"], "answer"),
            failure=None if error is None else _failure_in(error),
            measured=metrics_in(line.get("metrics"), "metrics"),
            reported=metrics_in(line.get("agent_metrics"), "agent_metrics"),
            taken=None if took is None else taken_in(took),
            others=tuple(map(taken_in, line.get("took_others", ()))),
        )

    def observed(self) -> dict[str, Any] | None:
        """Return the answer as a teacher is shown it."""
        if self.answer is None:
            return None
        act = dict(self.answer)
        if isinstance(act.get(_MEASURED), Mapping):
            act[_MEASURED] = metrics_of(act[_MEASURED])
        return act


def key_in(line: Mapping[str, Any]) -> ExampleKey:
    """Return which example a line, parsed already, is of. Raises `KeyError` or `TypeError` for another line."""
    numbers = [count_in(value, "its number") for value in (line["episode"], line["entry"], line.get("repeat", 0))]
    return ExampleKey(text_in(line["task"], "task"), *numbers)


def _failure_in(error: Any) -> ExampleFailure:
    failure = ExampleFailure(**mapping_in(error, "error"))
    for name in ("kind", "message", "traceback"):
        text_in(getattr(failure, name), name)
    count_in(failure.tries, "tries")
    return failure


_TAKEN = (
    "model",
    "served_by",
    "prompt_hash",
    "prompt_tokens",
    "completion_tokens",
    "tokens_estimated",
    "cost",
    "seconds",
    "tries",
    "finish_reason",
    "failure",
)


def answer_as_taken(answer: ModelAnswer) -> dict[str, Any]:
    """Return what a log keeps of what it took a model to answer."""
    return {name: getattr(answer, name) for name in _TAKEN}


def answer_as_json(act: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what a log keeps of an answer: all that JSON can hold, and of a ranking the first hundred."""
    if act is None:
        return None
    kept: dict[str, Any] = {}
    for name, value in act.items():
        if name == _MEASURED and isinstance(value, Mapping):
            kept[name] = report_as_json(value)
        elif name == _RANKED and value is not None:
            kept[name] = [str(candidate) for candidate in list(value)[: HITS_AT[-1]]]
        elif _is_plain(value):
            kept[str(name)] = value
    return kept


def _is_plain(value: Any) -> bool:
    if value is None or isinstance(value, str | int | float):
        return True
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def report_as_json(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return metrics as JSON, by name. One of a class that JSON has no words for is left out."""
    written: dict[str, Any] = {}
    for name, metric in report.items():
        try:
            written[name] = metric_to_json(as_metric(metric))
        except MetricError:
            continue  # it counts in this evaluation's report all the same
    return written


def metrics_of(written: Mapping[str, Any]) -> Report:
    """Return the metrics that `report_as_json` gave."""
    metrics: dict[str, Metric] = {name: metric_from_json(value) for name, value in written.items()}
    return metrics
