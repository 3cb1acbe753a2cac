"""Batches of examples of similar length."""

from collections import Counter

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from test_batch_world import EPISODES, pair, texts
from test_multi_world import FIRST, SECOND
from world_lab import Capitals, Echo, Right, Together, all_texts, opt, run

from parleyrun import (
    DialogPartnerWorld,
    DynamicBatchWorld,
    MultiAgentDialogWorld,
    MultiWorld,
    WorldError,
    create_task,
)
from parleyrun.core.metrics.metrics import values_of


class Measured(Together):
    """Keeps the lengths, in words, of each batch."""

    def __init__(self, opt=None, shared=None, name=None):
        super().__init__(opt, shared, name)
        self.batches = []

    def batch_act(self, observations):
        self.batches.append([len(observation["text"].split()) for observation in observations])
        return super().batch_act(observations)


def dynamic(student=Measured, **more):
    options = opt(**{"dynamic_batching": "batchsort", "batchsize": 3, **more})
    return DynamicBatchWorld(options, pair(options, student))


@given(
    episodes=EPISODES,
    batchsize=st.integers(1, 5),
    buffer=st.one_of(st.none(), st.integers(1, 20)),
    mode=st.sampled_from(["batchsort", "full"]),
)
@examples(60)
def test_every_example_is_answered_once_whatever_the_batches(episodes, batchsize, buffer, mode):
    world = dynamic(
        episodes=episodes, batchsize=batchsize, dynamic_batch_buffer=buffer, dynamic_batching=mode, truncate=6
    )
    parleys = run(world)
    model = world.world.agents[1]
    assert texts(model.log) == all_texts(opt(episodes=episodes))
    assert len(model.batches) == parleys == world.get_total_parleys()
    assert world.get_total_exs() == sum(episodes)
    assert world.get_total_epochs() == 1
    alone = pair(opt(episodes=episodes))
    run(alone)
    assert values_of(world.report()) == values_of(alone.report())


def test_sorted_batches_hold_neighbours_in_length():
    world = dynamic(episodes=[1] * 12, batchsize=4)
    run(world)
    batches = world.world.agents[1].batches
    assert [len(batch) for batch in batches] == [4, 4, 4]
    flat = [length for batch in batches for length in sorted(batch, reverse=True)]
    assert flat == sorted(flat, reverse=True)
    # What that saves: hardly anything is padded.
    padded = sum(max(batch) * len(batch) for batch in batches)
    assert padded - sum(map(sum, batches)) < 12


@given(
    episodes=st.lists(st.just(1), min_size=1, max_size=30), batchsize=st.integers(1, 4), truncate=st.integers(4, 9)
)
@examples(40)
def test_full_batches_take_up_no_more_than_their_room(episodes, batchsize, truncate):
    world = dynamic(episodes=episodes, batchsize=batchsize, dynamic_batching="full", truncate=truncate)
    run(world)
    for batch in world.world.agents[1].batches:
        assert len(batch) * min(max(batch), truncate) <= batchsize * truncate


def test_full_batches_of_short_examples_are_larger():
    world = dynamic(episodes=[1] * 40, batchsize=2, dynamic_batching="full", truncate=100)
    run(world)
    assert len(world.world.agents[1].batches) == 2


def test_an_agent_s_own_tokens_are_what_length_means():
    class Characters(Measured):
        def observe(self, act):
            super().observe(act)
            return {**act, "text_vec": list(act["text"])}

        def batch_act(self, observations):
            self.batches.append([len(observation["text_vec"]) for observation in observations])
            return Together.batch_act(self, observations)

    world = dynamic(Characters, episodes=[1] * 12, batchsize=4)
    run(world)
    flat = [length for batch in world.world.agents[1].batches for length in sorted(batch, reverse=True)]
    assert flat == sorted(flat, reverse=True)


def test_training_goes_on_and_is_the_same_under_the_same_seed():
    def logged(seed):
        world = dynamic(datatype="train", seed=seed, episodes=[1] * 9)
        for _ in range(20):
            world.parley()
        assert not world.epoch_done()
        return world.world.agents[1].log

    assert logged(1) == logged(1) != logged(2)


def test_it_works_over_several_tasks():
    options = opt(task=f"{FIRST},{SECOND}", dynamic_batching="batchsort", batchsize=2)
    world = create_task(options, Measured(options))
    assert isinstance(world, DynamicBatchWorld)
    assert isinstance(world.world, MultiWorld)
    run(world)
    assert world.get_total_exs() == 7
    assert sum(Counter(world.world.agents[0].log).values()) == 7


def test_reset_brings_the_same_batches_again():
    world = dynamic()
    run(world)
    first = list(world.world.agents[1].batches)
    world.world.agents[1].batches.clear()
    world.reset()
    run(world)
    assert world.world.agents[1].batches == first


@pytest.mark.parametrize("mode", [None, "sorted", 1])
def test_a_mode_that_there_is_not_is_refused(mode):
    with pytest.raises(WorldError, match="expected one of full, batchsort at 'dynamic_batching'"):
        dynamic(dynamic_batching=mode)


@pytest.mark.parametrize("truncate", [None, -1, "six"])
def test_full_mode_needs_to_know_where_to_cut(truncate):
    with pytest.raises(WorldError, match="expected a number of words at 'truncate'"):
        dynamic(dynamic_batching="full", truncate=truncate)


@pytest.mark.parametrize(
    "agents",
    [lambda o: [Capitals(o), Right(o)], lambda o: [Capitals(o), Echo(o), Together(o)]],
    ids=["no batch_act", "three agents"],
)
def test_worlds_that_it_is_not_for_are_refused(agents):
    options = opt(dynamic_batching="batchsort", batchsize=2)
    seated = agents(options)
    kind = DialogPartnerWorld if len(seated) == 2 else MultiAgentDialogWorld
    with pytest.raises(WorldError, match="two agents who take turns, of which the second has batch_act"):
        DynamicBatchWorld(options, kind(options, seated))
