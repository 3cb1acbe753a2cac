"""Worlds with a state of their own."""

import pytest
from world_lab import Cellar, Echo

from parleyrun import ExecutableWorld, MultiAgentDialogWorld, WorldError


def test_each_act_is_executed_and_then_observed():
    one, other = Echo(name="one"), Echo(name="other")
    one.observe({"text": "abc"})
    world = Cellar({}, [one, other])
    world.parley()
    assert world.executed == [("one", "abc"), ("other", "abc")]
    assert other.observation["length"] == 3


def test_init_world_is_called_once_when_the_agents_are_there():
    class Room(Cellar):
        def init_world(self):
            super().init_world()
            self.called = [*getattr(self, "called", []), len(self.agents)]

    assert Room({}, [Echo(), Echo()]).called == [2]


def test_ones_own_act_is_not_observed_and_others_are_even_under_the_same_name():
    one, other = Echo(name="twin"), Echo(name="twin")
    one.observe({"text": "mine"})
    world = Cellar({}, [one, other])
    world.parley()
    assert one.seen == ["mine", "mine"]  # what it was told before, and the other's act
    assert other.seen == ["mine"]


def test_asked_outside_of_a_parley_it_goes_by_the_name():
    one, other = Echo(name="one"), Echo(name="other")
    world = Cellar({}, [one, other])
    act = {"id": "one", "text": "hi"}
    assert world.observe(one, act) is None
    assert world.observe(other, act)["text"] == "hi"


def test_none_means_that_nothing_is_delivered_and_the_actor_can_be_shown_something():
    class Mirror(ExecutableWorld):
        def execute(self, agent, act):
            self.last = agent

        def observe(self, agent, act):
            return {"text": f"you did {act['text']}"} if agent is self.last else None

    one, other = Echo(name="one"), Echo(name="other")
    one.observe({"text": "it"})
    Mirror({}, [one, other]).parley()
    assert one.seen == ["it", "you did it"]
    assert other.seen == ["you did "]


def test_an_observation_that_is_none_of_the_possible_is_refused():
    class Wrong(Cellar):
        def observe(self, agent, act):
            return "a text"

    with pytest.raises(WorldError, match="to be a dict, got str 'a text'"):
        Wrong({}, [Echo(), Echo()]).parley()


def test_in_a_world_without_execute_everybody_talks_as_in_any_other():
    seen = {}
    for kind in (ExecutableWorld, MultiAgentDialogWorld):
        agents = [Echo(), Echo(), Echo()]
        world = kind({}, agents)
        world.parley()
        seen[kind] = [agent.observation for agent in agents], world.acts
    assert seen[ExecutableWorld] == seen[MultiAgentDialogWorld]
