"""Judging: the answers of a log are shown to models, whose verdicts go into the log."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...core.agents import Agent
from ...core.bot_seats.model_source import ModelFigures
from ...core.model_answer import ModelAnswer
from ...errors import ModelError
from ..answers_metric import AnswersMetric
from ..evaluation import Watch, unwatched
from ..log.cost_limit import CostLimit
from ..log.evaluation_log import EvaluationLog, LogContent
from ..log.example_record import ExampleKey, ExampleRecord
from ..log.judge_verdict import JudgeVerdict
from ..thread_crew import ThreadCrew
from .judge_prompt import AGAIN, prompt_of, verdicts_of
from .rubric import Rubric


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What judges said.

    Attributes:
        content: The log, with all verdicts in it.
        missing: How many verdicts are missing, by judge: nothing usable came of them.
        models: What the judges took.
        stopped: Why not all answers were judged; empty where they were.
    """

    content: LogContent
    missing: Mapping[str, int] = field(default_factory=dict)
    models: tuple[ModelFigures, ...] = ()
    stopped: str = ""


class LogJudging:
    """One thread calls it.

    Args:
        rubric: What is asked.
        judges: Who is asked, by name; each is copied for each answer.
        log: Where verdicts are written.
        limit_cost: What may be spent, with what the log has cost so far; None for any amount.
    """

    def __init__(
        self, rubric: Rubric, judges: Mapping[str, Agent], log: EvaluationLog, limit_cost: float | None = None
    ) -> None:
        self._rubric, self._judges, self._log = rubric, judges, log
        self._limit = limit_cost
        self._lock = threading.Lock()  # guards all below
        self._waiting: deque[tuple[str, ExampleRecord, Sequence[ExampleRecord]]] = deque()
        self._verdicts: dict[ExampleKey, list[JudgeVerdict]] = {}
        self._answers = AnswersMetric({})
        self._cost = CostLimit(limit_cost)
        self._done = 0

    def run(self, content: LogContent, concurrency: int = 1, watch: Watch = unwatched) -> Judged:
        """Have all answers judged that these judges have not judged by this rubric, and return what they said.

        Raises:
            TaskError: The log cannot be written.
        """
        self._cost = CostLimit(self._limit, content.spent)
        before: dict[tuple[str, int, int], list[ExampleRecord]] = {}
        for record in content.in_order():
            earlier = before.setdefault(record.key.talk, [])
            if record.failure is None:
                known = {verdict.place for verdict in record.verdicts if verdict.value is not None}
                self._waiting += [
                    (name, record, tuple(earlier)) for name in self._judges if not self._places(name) <= known
                ]
            earlier.append(record)
        wanted = len(self._waiting)
        crew = ThreadCrew([self._work] * max(1, min(concurrency, wanted)))
        with watch(wanted, lambda: self._done):
            crew.run()
        return self._judged(content)

    def _work(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            with self._lock:
                if not self._waiting or self._cost.why_enough():
                    return
                name, record, earlier = self._waiting.popleft()
            self._judge(name, record, earlier)

    def _judge(self, name: str, record: ExampleRecord, earlier: Sequence[ExampleRecord]) -> None:
        judge: Any = self._judges[name].clone()
        asked, problem = prompt_of(self._rubric, record, earlier), ""
        verdicts: list[JudgeVerdict] = []
        taken: list[ModelAnswer] = []
        try:
            for _ in range(2):
                judge.observe({"id": "rubric", "text": asked, "episode_done": False})
                try:
                    act = judge.act()
                    problem = ""
                except ModelError as error:
                    act, problem = None, str(error)
                if (answer := getattr(judge, "last_answer", None)) is not None:
                    taken.append(answer)
                if not problem:
                    verdicts, problem = verdicts_of(str((act or {}).get("text") or ""), self._rubric, name)
                if not problem:
                    break
                asked = AGAIN.format(problem=problem)
        finally:
            judge.shutdown()
        if problem:
            digest = self._rubric.digest
            verdicts = [
                JudgeVerdict(judge=name, rubric=digest, criterion=each.name, value=None, problem=problem)
                for each in self._rubric.criteria
            ]
        self._log.add_verdicts(record.key, verdicts, taken)
        with self._lock:
            self._done += 1
            self._verdicts.setdefault(record.key, []).extend(verdicts)
            for answer in taken:
                self._answers += AnswersMetric.of(answer)
                self._cost.add(answer)

    def _judged(self, content: LogContent) -> Judged:
        records = {
            key: record.with_verdicts(self._verdicts.get(key, ())) for key, record in content.records.items()
        }
        missing = dict.fromkeys(self._judges, 0)
        for record in records.values():
            for verdict in record.verdicts:
                if verdict.judge in missing and verdict.rubric == self._rubric.digest:
                    missing[verdict.judge] += verdict.value is None
        return Judged(
            content=replace(content, records=records, spent=self._cost.spent),
            missing=missing,
            models=self._answers.figures(),
            stopped=self._cost.why_enough() if self._waiting else "",
        )

    def _places(self, judge: str) -> set[tuple[str, str, str]]:
        return {(judge, self._rubric.digest, each.name) for each in self._rubric.criteria}
