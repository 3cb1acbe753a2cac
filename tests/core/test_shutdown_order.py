"""Agents of a world are shut down first to last, as in ParlAI, and all of them whatever one of them raises."""

from __future__ import annotations

from functools import partial

import pytest

from parleyrun import Agent, BatchWorld, DialogPartnerWorld, MultiAgentDialogWorld, MultiWorld
from parleyrun.core.asking import shut_down


class Named(Agent):
    def __init__(self, opt=None, shared=None, *, name="", said=None):
        super().__init__(opt, id=name)
        self.said = said

    def shutdown(self):
        self.said.append(self.id)
        if self.id == "second":
            raise ValueError("second does not like it")


def named(said, *names):
    return [Named(name=name, said=said) for name in names]


def test_agents_are_shut_down_first_to_last():
    said: list[str] = []
    MultiAgentDialogWorld({}, named(said, "first", "third", "fourth")).shutdown()
    DialogPartnerWorld({}, named(said, "fifth", "sixth")).shutdown()
    assert said == ["first", "third", "fourth", "fifth", "sixth"]


def test_what_one_raises_comes_through_after_the_others_were_shut_down():
    said: list[str] = []
    with pytest.raises(ValueError, match="second does not like it"):
        MultiAgentDialogWorld({}, named(said, "first", "second", "third")).shutdown()
    assert said == ["first", "second", "third"]


def test_one_that_sits_twice_is_shut_down_once_in_its_first_place():
    said: list[str] = []
    first, third = named(said, "first", "third")
    shut_down([first, third, first])
    assert said == ["first", "third"]


def test_tasks_of_a_multi_world_are_shut_down_in_their_order_and_the_users_last(monkeypatch):
    said: list[str] = []
    opt = {"task": "fromfile:Sample,squad:Sample", "datatype": "valid"}
    world = MultiWorld(opt, named(said, "user"))
    for task in world.worlds:
        monkeypatch.setattr(task.agents[0], "shutdown", partial(said.append, task.getID()))
    world.shutdown()
    assert said == ["fromfile:Sample", "squad:Sample", "user"]


def test_copies_are_shut_down_after_the_world_they_are_copies_of():
    said: list[str] = []

    class Silent(Agent):
        def shutdown(self):
            said.append(str(self.opt.get("batchindex", "original")))

    BatchWorld({"batchsize": 2}, MultiAgentDialogWorld({"batchsize": 2}, [Silent({})])).shutdown()
    assert said == ["original", "0", "1"]
