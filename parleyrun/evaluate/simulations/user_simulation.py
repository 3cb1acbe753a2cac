"""A user simulation: users with goals talk in a task of a config, and each conversation is an example."""

from __future__ import annotations

import queue
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from ...core.metrics.metrics import add_reports
from ...core.model_answer import ModelAnswer
from ...errors import WorldError
from ..evaluation import Evaluation, Watch, unwatched
from ..lanes.example_tally import Totals
from ..log.evaluation_log import EvaluationLog
from ..log.example_record import ExampleKey, metrics_of
from ..logged_evaluation import EvaluationSettings
from ..task_self_chat import INTERRUPTED, TaskSelfChat
from .goals_file import UserGoal
from .simulated_conversation import SimulatedConversation


class UserSimulation:
    """One thread.

    Args:
        chat: Plays conversations of the task; it is open.
        task: The task's key.
        user: The role of the simulated user.
        goals: What users want, each for one conversation, or as many as there are repeats.
        settings: How to go about it.
        log: Where each conversation goes once it is over; None for nowhere.
    """

    def __init__(
        self,
        chat: TaskSelfChat,
        task: str,
        user: str,
        goals: Sequence[UserGoal],
        settings: EvaluationSettings,
        log: EvaluationLog | None,
    ) -> None:
        if user not in chat.roles_of_people():
            raise WorldError(f"expected the role of a person of '{task}' for the user, got '{user}'")
        self._chat, self._task, self._user = chat, task, user
        self._goals, self._settings = goals, settings
        self._totals = Totals(settings.policy, log, settings.limit_cost, settings.spent)
        self._tries: Counter[ExampleKey] = Counter()
        self._taken: dict[ExampleKey, tuple[ModelAnswer, ...]] = {}  # by tries that are made again: they cost, too
        self._over: queue.SimpleQueue[SimulatedConversation] = queue.SimpleQueue()

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
        return Evaluation(
            report=add_reports(totals.measured.get(self._task, {})),
            tasks=(self._task,),
            examples=totals.done,
            seconds=clock() - began,
            models=totals.answers.figures(),
            failures=tuple(sorted(totals.failures, key=lambda record: record.key)),
            stopped=totals.why_stopped(len(keys)),
        )

    def _play(self, waiting: deque[ExampleKey]) -> None:
        going_on = 0
        while True:
            while waiting and going_on < self._settings.concurrency and not self._totals.has_enough():
                self._begin(waiting.popleft())
                going_on += 1
            if not going_on:
                return
            conversation = self._over.get()
            going_on -= 1
            outcome = conversation.outcome
            if outcome is not None and outcome.reason == INTERRUPTED:
                continue
            key = conversation.key
            self._tries[key] += 1
            record, report = conversation.record(self._tries[key])
            record = replace(record, others=(*self._taken.pop(key, ()), *record.others))
            if record.failure is not None and self._tries[key] < self._totals.policy.tries:
                self._taken[key] = record.others
                waiting.appendleft(key)
                continue
            self._totals.take(record, report, {}, is_new=True)

    def _begin(self, key: ExampleKey) -> None:
        condition = self._chat.conditions[key.episode % len(self._chat.conditions)]
        most = self._chat.most_lines(condition)
        goal = self._goals[key.episode]
        conversation = SimulatedConversation(goal, key, self._user, most, condition, self._over.put)
        self._chat.begin(conversation)
        seconds = self._settings.timeout
        if seconds is not None:
            self._chat.call_later(seconds, lambda: conversation.give_up(seconds))
