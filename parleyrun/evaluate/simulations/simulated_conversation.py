"""A simulated conversation: a user with a goal talks in a world, and what comes of it is one example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...config.plan import TaskPlan
from ...core.bot_seats.bot_settings import BotSettings
from ...core.conditions import Value
from ...core.message import FrozenDict
from ...core.metrics.metrics import AverageMetric, Report, SumMetric
from ...core.model_answer import ModelAnswer
from ...runner.turn import BotLine, Outcome, Turn
from ..conversations_file import DialogueLine
from ..lanes.example_failures import failure_of, timed_out
from ..log.example_record import ExampleFailure, ExampleKey, ExampleRecord, report_as_json
from ..played_conversation import PlayedConversation
from .goals_file import UserGoal
from .rewarded_world import RewardedWorld

STOP_WORD = "###STOP###"
"""A user who says this is done."""

INSTRUCTION = """\
You play a user who talks with somebody. Say only what the user says, in the user's own words, one message at \
a time. Do not say everything at once, and do not make up what you are not told here. What the user wants:

{goal}

Once that is reached, or it is clear that it cannot be reached, say {stop} and nothing else."""

USER_IS_DONE = "the user said that it is over"
TOO_LONG = "it took too long"


class SimulatedConversation(PlayedConversation):
    """Written on the run's own thread, and read on another one once it has ended.

    Args:
        goal: What the user wants.
        key: Which example it is.
        user: The role of the user.
        most_lines: After how many lines of bots it is enough.
        condition: The values of the conditions that hold in it.
        on_end: Told that it is over.
    """

    def __init__(
        self,
        goal: UserGoal,
        key: ExampleKey,
        user: str,
        most_lines: int,
        condition: Mapping[str, Value],
        on_end: Callable[[SimulatedConversation], object],
    ) -> None:
        super().__init__(most_lines, condition)
        self.key = key
        self.goal = goal
        self._user = user
        self._on_end = on_end
        self._taken: list[ModelAnswer] = []
        self._report: Report = {}
        self._error: Exception | None = None
        self._waited_seconds: float | None = None

    def staged(self, task: TaskPlan) -> TaskPlan:
        repeat = {"repeat": self.key.repeat} if self.key.repeat else {}
        goal = {"goal": self.goal.goal} if self.goal.goal else {}
        world: Any = RewardedWorld(task.world, {**self.goal.opt, **goal, **repeat}, self._take_reward)
        bots = {role: replace(bot, repeat=self.key.repeat) for role, bot in task.bots.items()}
        return replace(task, world=world, bots=FrozenDict(bots))

    def cast(self, role: str, settings: BotSettings) -> BotSettings:
        told = INSTRUCTION.format(goal=self.goal.goal, stop=STOP_WORD) if self.goal.goal else ""
        return replace(settings, repeat=self.key.repeat, instruction=told if role == self._user else "")

    def begun(self, stop: Callable[[str], None]) -> None:
        super().begun(stop)
        if self._waited_seconds is not None:  # its time was over before there was anything to stop
            stop(TOO_LONG)

    def give_up(self, seconds: float) -> None:
        """End it, as it has taken so long already. Any thread; nothing happens where it is over."""
        self._waited_seconds = seconds
        self._stop(TOO_LONG)

    def take(self, turn: Turn) -> None:
        super().take(turn)
        self._taken += [decision.answer for decision in turn.decisions if decision.answer is not None]

    def ended(self, outcome: Outcome) -> None:
        super().ended(outcome)
        self._on_end(self)

    def record(self, tries: int) -> tuple[ExampleRecord, Report]:
        """Return what became of it, with what the world measured. To be called once, after its end."""
        outcome = self.outcome
        assert outcome is not None
        lines = [_as_said(line.said, line.to) for line in self.lines()]
        answers = [line for line in lines if line["id"] and line["id"] != self._user and "to" not in line]
        failure = self._failure(outcome, tries)
        report: Report = {}
        if failure is None:
            report = {"exs": SumMetric(1), **self._report, "turns": AverageMetric(self.lines_said)}
        last = answers[-1] if answers else {"id": "", "text": ""}
        record = ExampleRecord(
            key=self.key,
            last=True,
            asked=self.goal.asked_as(self._user),
            answer={
                "id": last["id"],
                "text": last["text"],
                "dialog": lines,
                "outcome": outcome.kind,
                "reason": outcome.reason,
            },
            failure=failure,
            measured=report_as_json(report),
            others=tuple(self._taken),
        )
        return record, report

    def _failure(self, outcome: Outcome, tries: int) -> ExampleFailure | None:
        if self._waited_seconds is not None and outcome.reason == TOO_LONG:
            return timed_out(self._waited_seconds, tries)
        if outcome.kind == "failed":
            return ExampleFailure(kind="Failed", message=outcome.reason, tries=tries)
        return None if self._error is None else failure_of(self._error, tries)

    def _take_reward(self, report: Report, error: Exception | None) -> None:
        self._report, self._error = report, error

    def _say(self, line: BotLine) -> None:
        super()._say(line)
        if self._roles[line.participant_id] == self._user and STOP_WORD in line.message.text:
            self._stop(USER_IS_DONE)


def _as_said(line: DialogueLine, to: tuple[str, ...]) -> DialogueLine:
    return {**line, "to": list(to)} if to else line
