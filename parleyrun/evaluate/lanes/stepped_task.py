"""A task whose world steps by itself, as it brings a world or agents of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...core.agents import Agent
from ...core.metrics.metrics import Report, add_reports
from ...core.worlds.task_world import create_task_world
from ...core.worlds.world import World
from ..log.example_record import metrics_of, report_as_json
from .evaluation_settings import EvaluationSettings
from .example_tally import Totals
from .measuring import Gauge, add_to
from .watched_agent import WatchedAgent, WatchedAnswer


@dataclass(slots=True)
class _Held:
    """An answer of which nobody knows yet whether it ends its episode, with what was measured since."""

    answer: WatchedAnswer
    measured: Report
    reported: Report


class SteppedTask:
    """Steps the world of a task, parley by parley; an example is what the agent is asked once.

    What is on record is answered from there, and measured anew by the world itself. An example that goes wrong is
    in no figure, nor is what else was measured in its parley.

    Args:
        opt: The options.
        agent: Who does the task.
        task: Its name.
        settings: How to go about it.
        totals: Where all is counted.
    """

    def __init__(
        self, opt: Mapping[str, Any], agent: Agent, task: str, settings: EvaluationSettings, totals: Totals
    ) -> None:
        self.task = task
        self._watched = WatchedAgent(agent, task, settings.known, settings.policy)
        self.world: World = create_task_world({**opt, "task": task}, self._watched)
        self.name = self.world.getID()
        self._totals = totals
        self._gauges = [Gauge(each) for each in _measured_by(self.world, self._watched)]
        self._agent_gauge = Gauge(agent)
        self._held: _Held | None = None

    def run(self, _clock: Callable[[], float]) -> None:
        """Go through the task, or until no more is to be asked."""
        try:
            while not self.world.epoch_done() and (self._watched.is_known or not self._totals.has_enough()):
                self.world.parley()
                self._count(bool(self.world.episode_done()))
        finally:
            self._let_go(last=False)

    def report(self) -> Report:
        """Return what was measured in it."""
        return add_reports(*(gauge.rest() for gauge in self._gauges), self._totals.measured.get(self.task, {}))

    def shutdown(self) -> None:
        """Let go of the world, once nobody is at work in it any more."""
        self.world.shutdown()

    def _count(self, is_over: bool) -> None:
        answers, self._watched.answers = self._watched.answers, []
        measured = add_reports(*(gauge.read() for gauge in self._gauges))
        reported = self._agent_gauge.read()
        if any(answer.record.failure is not None for answer in answers):
            measured, reported = {}, {}
        for answer in answers:
            self._let_go(last=False)
            self._held = _Held(answer, {}, {})
        if self._held is not None:
            add_to(self._held.measured, measured)
            add_to(self._held.reported, reported)
        else:
            self._totals.take_rest(self.task, measured, reported)
        if is_over:
            self._let_go(last=True)
            self._watched.end_episode()

    def _let_go(self, *, last: bool) -> None:
        """Count the answer that is held back, if there is one."""
        held, self._held = self._held, None
        if held is None:
            return
        record, is_new = held.answer.record, held.answer.is_new
        if is_new:
            record = replace(
                record,
                last=last,
                measured=report_as_json(held.measured),
                reported=report_as_json(held.reported),
            )
        reported = held.reported if is_new else metrics_of(record.reported)
        self._totals.take(record, held.measured, reported, is_new=is_new, error=held.answer.error)


def _measured_by(world: World, watched: WatchedAgent) -> list[Any]:
    """Return who measures: the world's agents, or the world itself where its report is its own."""
    if type(world).report is World.report:
        agents: list[Any] = list(world.get_agents())
        return [agent for agent in agents if agent is not watched]
    return [world]
