"""A user simulation: users with goals talk in a task of a config, and each conversation is an example."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from ...core.metrics.metrics import add_reports
from ...core.model_answer import ModelAnswer
from ..evaluation import Evaluation, Watch, unwatched
from ..lanes.example_tally import Totals
from ..log.evaluation_log import EvaluationLog
from ..log.example_record import ExampleKey, metrics_of
from ..logged_evaluation import EvaluationSettings, evaluation_of
from .goal_stage import GoalPlay, PlaysGoals
from .goals_file import UserGoal


class UserSimulation:
    """One thread.

    Args:
        stage: Plays conversations of the task.
        task: The task's key.
        user: The role of the simulated user.
        goals: What users want, each for one conversation, or as many as there are repeats.
        settings: How to go about it; how many go on at the same time is the stage's.
        log: Where each conversation goes once it is over; None for nowhere.
    """

    def __init__(
        self,
        stage: PlaysGoals,
        task: str,
        user: str,
        goals: Sequence[UserGoal],
        settings: EvaluationSettings,
        log: EvaluationLog | None,
    ) -> None:
        self._stage, self._task, self._user = stage, task, user
        self._goals, self._settings = goals, settings
        self._totals = Totals(settings.policy, log, settings.limit_cost, settings.spent)
        self._tries: Counter[ExampleKey] = Counter()
        self._taken: dict[ExampleKey, tuple[ModelAnswer, ...]] = {}  # by tries that are made again: they cost, too

    def run(self, watch: Watch = unwatched, clock: Callable[[], float] = time.monotonic) -> Evaluation:
        """Play all that is not on record yet, and return what came of all of it.

        Raises:
            TaskError: The log cannot be written, or is of other goals.
            WorldError: All went wrong, or one did and that is to end it.
        """
        began, totals = clock(), self._totals
        keys = [
            ExampleKey(self._task, place, 0, repeat)
            for repeat in range(self._settings.repeats)
            for place in range(len(self._goals))
        ]
        waiting: deque[ExampleKey] = deque()
        for key in keys:
            known = self._settings.known.get(key)
            if known is None:
                waiting.append(key)
            else:
                totals.take(known, metrics_of(known.measured), {}, is_new=False)
        with watch(len(keys), totals.count):
            self._play(waiting)
        totals.raise_if_all_failed()
        report = add_reports(totals.measured.get(self._task, {}))
        return evaluation_of(totals, report, {self._task: self._task}, len(keys), clock() - began)

    def _play(self, waiting: deque[ExampleKey]) -> None:
        going_on = 0
        while True:
            while waiting and self._stage.room > 0 and not self._totals.has_enough():
                self._begin(waiting.popleft())
                going_on += 1
            if not going_on:
                return
            played = self._stage.next()
            going_on -= 1
            if played is None:
                continue
            key = played.record.key
            record = replace(played.record, others=(*self._taken.pop(key, ()), *played.record.others))
            if record.failure is not None and self._tries[key] < self._totals.policy.tries:
                self._taken[key] = record.others
                waiting.appendleft(key)
                continue
            self._totals.take(record, played.measured, {}, is_new=True)

    def _begin(self, key: ExampleKey) -> None:
        self._tries[key] += 1
        goal = self._goals[key.episode]
        self._stage.begin(GoalPlay(key=key, goal=goal, user=self._user, tries=self._tries[key]))
