"""A lane: one copy of a task's teacher and of the agent, and which example they are at."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.agents import Agent
from ...core.asking import validate
from ...core.message import Act
from ...core.metrics.metrics import Report, add_reports
from ...core.model_answer import ModelAnswer
from ...core.teachers.shards import Shard
from ...errors import ModelError, TaskError
from ..conversations_file import DialogueLine, line_of_act
from ..log.example_record import (
    ExampleFailure,
    ExampleKey,
    ExampleRecord,
    answer_as_json,
    metrics_of,
    report_as_json,
)
from .example_failures import cut_off, failure_of, place_of
from .example_tally import ExampleTally
from .measuring import Gauge

NOTHING: Report = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """An example that is asked: which, its act, what a log keeps of that, and whether it ends its episode."""

    key: ExampleKey
    question: Act
    line: DialogueLine
    last: bool

    def unanswered(self) -> ExampleRecord:
        """Return its record as long as there is no answer."""
        return ExampleRecord(key=self.key, last=self.last, asked=self.line)


@dataclass(frozen=True, slots=True)
class LaneShare:
    """What a lane goes through.

    Attributes:
        task: The name of the task.
        shard: Which copy of how many the lane is.
        repeat: Which time it is, from 0, that all is gone through.
    """

    task: str
    shard: Shard
    repeat: int = 0


class TaskLane:
    """Goes through its share of a task: copy k of n has the episodes k, k + n, k + 2n …

    What is known already is not asked again: the teacher is shown the answer that is on record, and scores it. One
    thread at a time, but for `give_up`.

    Args:
        share: What it goes through.
        teacher: Who asks.
        agent: Who answers.
        known: What is on record, by example.
        tally: Counts what comes of each example.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        share: LaneShare,
        teacher: Any,
        agent: Any,
        known: Mapping[ExampleKey, ExampleRecord],
        tally: ExampleTally,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.agent = agent
        self.tally = tally
        self.share = share
        self._teacher = teacher
        self._known = known
        self._teacher_gauge, self._agent_gauge = Gauge(teacher), Gauge(agent)
        self._episode = share.shard.index - share.shard.count
        self._entry = 0
        self._between = True
        self._said: list[tuple[Act, Act | None]] = []
        """What was asked and answered in this episode."""
        self._saw_it = True
        """Whether this agent has seen all of that."""
        self._lost: ExampleFailure | None = None
        """Why the rest of this episode cannot be asked."""
        self._clock = clock
        self._lock = threading.Lock()  # guards the three below
        self._pending: Asked | None = None
        self._since = 0.0
        self._gone = False

    def next(self) -> Asked | None:
        """Return the next example that is to be asked; None if there is none. Scores those on record before it."""
        while not self._teacher.epoch_done():
            asked = self._ask_teacher()
            record = self._known.get(asked.key)
            if record is not None:
                self._replay(asked, record)
                continue
            self.wait_for(asked)
            if self._lost is None:
                return asked
            self.failed(asked, self._lost)
        return None

    def wait_for(self, asked: Asked) -> None:
        """From here on an answer to this example is waited for."""
        with self._lock:
            self._pending, self._since = asked, self._clock()

    def ask(self, asked: Asked, is_over: Callable[[], bool] = lambda: False) -> None:
        """Have the agent answer an example, as often as is worth trying. An error is none once all is over."""
        if not self.knows(asked):
            return
        observed = False
        tries = 0
        while True:
            tries += 1
            self.wait_for(asked)
            try:
                if not observed:
                    self.agent.observe(dict(asked.question))
                    observed = True
                act = checked(self.agent.act())
            except Exception as error:
                if is_over():
                    return
                if tries < self.tally.policy.tries:
                    continue
                self.failed_with(asked, error, tries)
            else:
                self.answered(asked, act)
            return

    def answered(self, asked: Asked, act: Act | None, reported_by_model: Report = NOTHING) -> None:
        """Score an answer, and put it on record, with what the model of a batch has measured meanwhile."""
        if not self._claim():
            return
        measured = self._scored(act)
        reported = add_reports(self._agent_gauge.read(), reported_by_model)
        taken: ModelAnswer | None = getattr(self.agent, "last_answer", None)
        record = ExampleRecord(
            key=asked.key,
            last=asked.last,
            asked=asked.line,
            answer=answer_as_json(act),
            measured=report_as_json(measured),
            reported=report_as_json(reported),
            taken=taken,
        )
        self._said.append((asked.question, act))
        self.tally.take(record, measured, reported, is_new=True)

    def failed_with(self, asked: Asked, error: Exception, tries: int) -> None:
        """Put on record that the agent has raised this. Raises it where all is to end with it."""
        if isinstance(error, ModelError):
            message = f"{self.agent.id} did not answer{place_of(asked.key, asked.line)}: {error}"
            named = ModelError(message, error.cause, status=error.status)
            named.__cause__ = error
            error = named
        self.failed(asked, failure_of(error, tries), error)

    def failed(self, asked: Asked, failure: ExampleFailure, error: BaseException | None = None) -> None:
        """Put on record that an example has no answer. Raises `error` where all is to end with it."""
        if not self._claim():
            return
        self._said.append((asked.question, None))
        record = ExampleRecord(
            key=asked.key,
            last=asked.last,
            asked=asked.line,
            failure=failure,
            taken=None if error is None else getattr(self.agent, "last_answer", None),
        )
        self.tally.take(record, {}, {}, is_new=True, error=error)

    def waits_since(self) -> float | None:
        """Return since when an answer is waited for; None if none is. Any thread."""
        with self._lock:
            return None if self._pending is None else self._since

    def give_up(self, until: float) -> Asked | None:
        """Take the example away that is waited for since `until` or longer; the lane then counts nothing any more.

        Returns:
            The example; None if it was just answered. Any thread.
        """
        with self._lock:
            if self._pending is None or self._since > until or self._gone:
                return None
            self._gone = True
            return self._pending

    def successor(self, agent: Any) -> TaskLane:
        """Return the lane that goes on with another agent where this one was given up."""
        lane = TaskLane(self.share, self._teacher, agent, self._known, self.tally, self._clock)
        lane._episode, lane._entry, lane._between = self._episode, self._entry, self._between
        lane._said, lane._saw_it = self._said, not self._said
        return lane

    @property
    def has_to_be_told(self) -> bool:
        """Whether this lane's agent has not seen what was said in the episode so far."""
        return not self._saw_it and bool(self._said)

    def knows(self, asked: Asked) -> bool:
        """Have the agent know what was said in the episode before.

        It is told by `self_observe` what was answered; one that has no such method is asked all of it again, and
        what it then says is not looked at.

        Returns:
            False, with the example on record as one that could not be asked, if the agent raises.
        """
        if not self.has_to_be_told:
            return True
        has_memory = type(self.agent).self_observe is not Agent.self_observe
        try:
            for question, answer in self._said:
                self.agent.observe(dict(question))
                if answer is not None and has_memory:
                    self.agent.self_observe(answer)
                elif answer is not None:
                    self.agent.act()
        except Exception as error:
            self._lost = cut_off(asked.key.entry, error)
            self.failed(asked, self._lost)
            return False
        self._agent_gauge.read()  # what it has measured of that counts with the answers on record
        self._saw_it = True
        return True

    def finish(self) -> None:
        """Count what teacher and agent only tell all together."""
        self.tally.take_rest(self.share.task, self._teacher_gauge.rest(), self._agent_gauge.rest())

    def shutdown(self) -> None:
        """Let go of teacher and agent, once neither is at work any more."""
        for one in (self._teacher, self.agent):
            one.shutdown()

    def _ask_teacher(self) -> Asked:
        question = self._teacher.act()
        if self._between:
            self._episode += self.share.shard.count
            self._entry = 0
            self._said, self._saw_it, self._lost = [], True, None
        else:
            self._entry += 1
        self._between = last = bool(question.get("episode_done"))
        speaker = str(question.get("id") or self._teacher.getID())
        line = line_of_act(question, speaker)
        return Asked(
            ExampleKey(self.share.task, self._episode, self._entry, self.share.repeat), question, line, last
        )

    def _replay(self, asked: Asked, record: ExampleRecord) -> None:
        if _as_read(asked.line) != _as_read(record.asked):
            raise TaskError(
                f"expected the data to be what it was when the log was begun, got other words at"
                f"{place_of(asked.key, asked.line)}"
            )
        act = record.observed()
        self._said.append((asked.question, act))
        self._saw_it = False
        measured = self._scored(act) if record.failure is None else {}
        self.tally.take(record, measured, metrics_of(record.reported), is_new=False)

    def _scored(self, act: Act | None) -> Any:
        if act is None:
            tell = getattr(self._teacher, "unanswered", None)
            if tell is not None:
                tell()
        else:
            self._teacher.observe(act)
        return self._teacher_gauge.read()

    def _claim(self) -> bool:
        with self._lock:
            self._pending = None
            return not self._gone


def checked(act: Any) -> Any:
    """Return an agent's act; raise `WorldError` if it is none."""
    return act if act is None or type(act) is dict else validate(act)


def _as_read(line: DialogueLine) -> Any:
    return json.loads(json.dumps(line, default=str))
