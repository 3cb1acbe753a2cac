"""The task that the world library is timed with, the agents that answer it, and a loop by hand beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from parleyrun.bots.repeat_label import RepeatLabelAgent
from parleyrun.core.worlds import Agent, DialogPartnerWorld, DialogTeacher, World

BUSY_STEPS = 100_000


class SyntheticTeacher(DialogTeacher):
    """`opt['examples']` questions of a few words, four to an episode."""

    def setup_data(self, datafile: Any) -> Iterator[tuple[Mapping[str, Any], bool]]:
        for number in range(self.opt["examples"]):
            yield {"text": f"what comes after {number} ?", "labels": (f"it is {number + 1}",)}, number % 4 == 0


class NoOp(Agent):
    """Answers nothing, which is scored like any other wrong answer."""

    def act(self) -> dict[str, Any]:
        return {}


class Busy(Agent):
    """Adds up `BUSY_STEPS` numbers, for 1 ms or more, before it answers nothing."""

    def act(self) -> dict[str, Any]:
        return {"total": sum(range(BUSY_STEPS))}


def opt(examples: int, **more: Any) -> dict[str, Any]:
    return {"task": "synthetic", "datatype": "valid", "examples": examples, **more}


def world_of(options: Mapping[str, Any], student: type[Agent] = RepeatLabelAgent) -> World:
    return DialogPartnerWorld(options, [SyntheticTeacher(options), student(options)])


def go_through(world: World) -> int:
    """Make all parleys of an epoch, and the report at its end; return how many examples were scored."""
    while not world.epoch_done():
        world.parley()
    return int(world.report()["exs"].value())


def go_through_by_hand(teacher: SyntheticTeacher, student: Agent) -> int:
    """The same two agents in the shortest loop there is."""
    while not teacher.epoch_done():
        student.observe(teacher.act())
        teacher.observe(student.act())
    return int(teacher.report()["exs"].value())
