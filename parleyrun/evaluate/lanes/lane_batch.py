"""Lanes whose examples one agent answers all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ...core.metrics.metrics import Report
from ...core.worlds.copies import batch_act
from ...core.worlds.length_choice import LengthChoice
from ...errors import WorldError
from ..log.example_record import ExampleKey
from .measuring import Gauge
from .task_lane import Asked, TaskLane

Asking = Callable[[Sequence[Asked]], object]
"""Told which examples are asked now."""


class _Waiting(NamedTuple):
    """An example that is not answered yet, and what its lane's agent has made of it."""

    asked: Asked
    observation: Any


class LaneBatch:
    """Goes through lanes together: in each round the model answers one example of each.

    What it cannot answer together it is asked one by one, so that the example which is to blame is the only one
    without an answer.

    Args:
        lanes: Those that are gone through.
        model: Who answers for all of their agents, by `batch_act`.
        alone: Examples that are asked alone from the beginning.
        asking: Told of what is asked.
        choice: Chooses those that are answered together; None for all.
    """

    def __init__(
        self,
        lanes: Sequence[TaskLane],
        model: Any,
        alone: frozenset[ExampleKey] = frozenset(),
        asking: Asking = lambda examples: None,
        choice: LengthChoice | None = None,
    ) -> None:
        self._lanes = lanes
        self._model = model
        self._gauge = Gauge(model)
        self._alone = alone
        self._asking = asking
        self._choice = choice
        self._tries = lanes[0].tally.policy.tries if lanes else 1

    def run(self, is_over: Callable[[], bool] = lambda: False) -> None:
        """Go through all of it, or until it is over. Raises what a lane raises where all is to end with it."""
        live = dict(enumerate(self._lanes))
        waiting: dict[int, _Waiting] = {}
        while live:
            fresh: dict[int, Asked] = {}
            for index, lane in list(live.items()):
                example = lane.next() if index not in waiting else None
                if example is not None:
                    fresh[index] = example
                elif index not in waiting:
                    live.pop(index).finish()
            # Asked for only now, as those on record are to be counted whether it is over or not.
            if is_over():
                break
            waiting |= {index: _Waiting(fresh[index], made) for index, made in self._observed(fresh).items()}
            chosen = self._chosen(waiting)
            self._round({index: waiting.pop(index) for index in chosen})
        for lane in live.values():
            lane.finish()

    def rest(self) -> Report:
        """Return what the model only tells all together."""
        return self._gauge.rest()

    def _chosen(self, waiting: Mapping[int, _Waiting]) -> Iterable[int]:
        if self._choice is None or not waiting:
            return list(waiting)
        length = self._choice.length
        return self._choice.choose(
            {index: length(each.asked.question, each.observation) for index, each in waiting.items()}
        )

    def _round(self, chosen: Mapping[int, _Waiting]) -> None:
        asked = {index: each.asked for index, each in chosen.items()}
        observations = {index: each.observation for index, each in chosen.items()}
        together = {index: made for index, made in observations.items() if asked[index].key not in self._alone}
        if len(together) > 1:
            try:
                acts = self._answers(asked, together)
            except Exception:
                together = {}  # by themselves they show which of them it is
            else:
                self._settle(asked, acts)
        else:
            together = {}
        for index in observations.keys() - together.keys():
            self._ask_alone(asked, index, observations[index])

    def _observed(self, asked: Mapping[int, Asked]) -> dict[int, Any]:
        """Return what each lane's agent makes of its example; where one cannot, that is on record."""
        observations: dict[int, Any] = {}
        for index, each in asked.items():
            lane = self._lanes[index]
            if lane.has_to_be_told:
                self._asking([each])
                if not lane.knows(each):
                    continue
            for tries in range(1, self._tries + 1):
                try:
                    observations[index] = lane.agent.observe(dict(each.question))
                except Exception as error:
                    if tries == self._tries:
                        lane.failed_with(each, error, tries)
                    continue
                break
        return observations

    def _ask_alone(self, asked: Mapping[int, Asked], index: int, observation: Any) -> None:
        for tries in range(1, self._tries + 1):
            try:
                acts = self._answers(asked, {index: observation})
            except Exception as error:
                if tries == self._tries:
                    self._lanes[index].failed_with(asked[index], error, tries)
            else:
                self._settle(asked, acts)
                return

    def _answers(self, asked: Mapping[int, Asked], observations: Mapping[int, Any]) -> dict[int, Any]:
        """Ask the model for what these lanes say."""
        self._asking([asked[index] for index in observations])
        # A lane always has the same place, unless there are many more lanes than are answered together.
        places = range(len(self._lanes)) if self._choice is None else sorted(observations)
        made = batch_act(self._model, [observations.get(index) for index in places])
        acts = dict(zip(places, made, strict=True))
        for index in observations:
            if not isinstance(acts[index], Mapping):
                raise WorldError(
                    f"expected an act, a dict, for each observation from {type(self._model).__name__}.batch_act()"
                    f", got {acts[index]!r:.60}"
                )
        return {index: acts[index] for index in observations}

    def _settle(self, asked: Mapping[int, Asked], acts: Mapping[int, Any]) -> None:
        reported = self._gauge.read()
        for index, act in acts.items():
            self._lanes[index].agent.self_observe(act)
            self._lanes[index].answered(asked[index], act, reported)
            reported = {}
