"""A task that brings a world of its own, and more agents than its teacher."""

from __future__ import annotations

from parleyrun import (
    Agent,
    DialogPartnerWorld,
    DialogTeacher,
    MultiAgentDialogWorld,
    World,
    create_task,
)
from parleyrun.core.worlds.task_world import create_agents_for_task

TASK = f"{__name__}:Questions"


class Questions(DialogTeacher):
    def setup_data(self, datafile):
        yield {"text": "Where?", "labels": ["here"]}, True


class Judge(Agent):
    def act(self):
        return {"id": self.id, "text": "Well said."}


class Here(Agent):
    def act(self):
        return {"id": self.id, "text": "here"}


def create_agents(opt):
    return [Questions(opt), Judge(opt)]


class DefaultWorld(MultiAgentDialogWorld):
    pass


def test_the_task_s_own_world_seats_its_own_agents_and_the_user_s_behind_them():
    opt = {"task": TASK, "datatype": "valid"}
    assert [type(agent) for agent in create_agents_for_task(opt)] == [Questions, Judge]
    with create_task(opt, Here({}), DialogPartnerWorld) as world:
        assert type(world) is DefaultWorld
        world.parley()
        assert [act["text"] for act in world.acts] == ["Where?", "Well said.", "here"]


def test_a_world_is_named_after_its_task():
    assert World({"task": "capitals"}).getID() == "capitals"
    assert World({}).getID() == "World"
