"""Many copies of a world, stepped together."""

import tracemalloc
from collections import Counter

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from test_multi_world import FIRST, SECOND
from world_lab import Capitals, Cellar, Echo, Right, Together, all_texts, opt, run

from parleyrun import (
    Agent,
    BatchWorld,
    DialogPartnerWorld,
    HogwildWorld,
    MultiAgentDialogWorld,
    MultiWorld,
    WorldError,
    create_task,
)
from parleyrun.core.metrics.metrics import add_reports, values_of

EPISODES = st.lists(st.integers(1, 4), min_size=1, max_size=12)


def pair(options, student=Right):
    return DialogPartnerWorld(options, [Capitals(options), student(options)])


def texts(log):
    return Counter(text for text in log if text is not None)


@pytest.mark.parametrize("student", [Right, Together])
@given(episodes=EPISODES, batchsize=st.integers(1, 9), processes=st.integers(1, 3), stream=st.booleans())
@examples(40)
def test_every_example_comes_once_over_any_batch_and_any_number_of_processes(
    student, episodes, batchsize, processes, stream
):
    reports, asked, examples = [], Counter(), 0
    for process in range(processes):
        options = opt(
            episodes=episodes,
            batchsize=batchsize,
            process_index=process,
            processes=processes,
            datatype="valid:stream" if stream else "valid",
        )
        world = BatchWorld(options, pair(options, student))
        run(world)
        log = world.worlds[0].agents[1].log if student is Right else world.world.agents[1].log
        asked += texts(log)
        examples += world.get_total_exs()
        reports.append(world.report())
    assert asked == all_texts(opt(episodes=episodes))
    assert examples == sum(episodes)
    alone = pair(opt(episodes=episodes))
    run(alone)
    # To the last digit, whatever the order in which it was added up.
    assert values_of(add_reports(*reports)) == values_of(alone.report())


@given(episodes=EPISODES, batchsize=st.integers(1, 6), epochs=st.integers(1, 3))
@examples(30)
def test_counts_are_exact_over_epochs(episodes, batchsize, epochs):
    options = opt(episodes=episodes, batchsize=batchsize)
    world = BatchWorld(options, pair(options, Together))
    parleys = 0
    for epoch in range(1, epochs + 1):
        parleys += run(world)
        world.parley()
        assert (world.get_total_parleys(), world.get_total_exs()) == (parleys, epoch * sum(episodes))
        assert world.get_total_epochs() == world.total_epochs == epoch
        world.reset()


def test_every_copy_knows_its_number_in_all_its_opts_and_data_is_there_once():
    options = opt(batchsize=3)
    root = pair(options)
    world = BatchWorld(options, root)
    for index, copy in enumerate(world.worlds):
        for each in (copy, *copy.agents):
            assert each.opt["batchindex"] == index
        assert copy.agents[0]._examples is root.agents[0]._examples
        assert copy.opt is copy.agents[0].opt
    assert "batchindex" not in options


def test_an_agent_that_acts_for_a_batch_is_asked_once_a_step_with_a_place_for_each_copy():
    options = opt(batchsize=4, episodes=[1, 2, 1])
    world = BatchWorld(options, pair(options, Together))
    world.parley()
    world.parley()
    assert world.epoch_done()
    assert world.world.agents[1].sizes == [3, 1]
    assert [len(copy.agents[1].told) for copy in world.worlds] == [1, 2, 1, 0]


def test_agents_that_cannot_are_asked_one_by_one():
    options = opt(batchsize=2, episodes=[1, 1])
    world = BatchWorld(options, pair(options))
    world.parley()
    assert Counter(world.worlds[0].agents[1].log) == all_texts(options)


def test_a_batch_of_the_wrong_size_is_refused():
    class Short(Together):
        def batch_act(self, observations):
            return super().batch_act(observations)[1:]

    options = opt(batchsize=2)
    with pytest.raises(WorldError, match=r"expected 2 acts from Short\.batch_act\(\), .* got 1"):
        BatchWorld(options, pair(options, Short)).parley()


def test_an_act_in_a_batch_that_is_none_is_refused():
    class Hollow(Together):
        def batch_act(self, observations):
            return [None] * len(observations)

    options = opt(batchsize=2)
    with pytest.raises(WorldError, match="to be a dict, got NoneType"):
        BatchWorld(options, pair(options, Hollow)).parley()


def log_of(world):
    """What every copy's agents did, copy by copy, to the end of the epoch."""
    seen = [[] for _ in world.worlds]
    while not world.epoch_done():
        before = [copy.get_total_parleys() for copy in world.worlds]
        world.parley()
        for index, copy in enumerate(world.worlds):
            if copy.get_total_parleys() > before[index]:
                seen[index].append([(act["id"], act["text"]) for act in copy.get_acts()])
    return seen


class RightAlone(Right):
    def __init__(self, opt=None, shared=None, name="Together"):
        super().__init__(opt, shared, name)


class Greeting(Agent):
    """Says hello, for a batch at once."""

    def __init__(self, opt=None, shared=None):
        super().__init__(opt, shared)
        self.sizes = []

    def batch_act(self, observations):
        self.sizes.append(len(observations))
        return [{"id": "Greeting", "text": "hello"} for _ in observations]


def rounds(options, student):
    return MultiAgentDialogWorld(options, [Capitals(options), Echo(options), student(options)])


def cellars(options, student):
    return Cellar(options, [Capitals(options), student(options), Echo(options)])


def multis(options, student):
    return MultiWorld({**options, "task": f"{FIRST},{SECOND}"}, student(options))


def rounds_of_tasks(options, student):
    return MultiWorld({**options, "task": f"{FIRST},{SECOND}"}, [Echo(options), student(options)])


@pytest.mark.parametrize("build", [pair, rounds, cellars, multis, rounds_of_tasks])
@pytest.mark.parametrize("batchsize", [1, 2, 5])
def test_asked_together_or_one_by_one_copies_of_any_world_do_the_same(build, batchsize):
    options = opt(batchsize=batchsize)
    together, alone = (BatchWorld(options, build(options, student)) for student in (Together, RightAlone))
    assert log_of(together) == log_of(alone)
    assert together.get_total_exs() == alone.get_total_exs() == together.num_examples()
    assert values_of(together.report()) == values_of(alone.report())


def test_two_models_in_one_world_each_act_for_the_batch():
    options = opt(batchsize=3, episodes=[1, 1, 1])
    agents = [Capitals(options), Together(options, name="one"), Together(options, name="other")]
    world = BatchWorld(options, MultiAgentDialogWorld(options, agents))
    world.parley()
    assert [agent.sizes for agent in agents[1:]] == [[3], [3]]


def test_two_models_that_talk_with_each_other_are_both_asked_for_the_batch():
    options = {"batchsize": 3}
    other = Together(options)
    world = BatchWorld(options, DialogPartnerWorld(options, [Greeting(options), other]))
    world.parley()
    world.parley()
    assert other.sizes == [3, 3]
    assert world.world.agents[0].sizes == [3, 3]


def test_a_model_that_acts_first_is_asked_although_it_has_seen_nothing():
    class Opener(Together):
        def batch_act(self, observations):
            self.given = observations
            return [{"id": "Opener", "text": "hi"} for _ in observations]

    options = {"batchsize": 2}
    opener = Opener(options)
    world = BatchWorld(options, DialogPartnerWorld(options, [opener, Echo(options)]))
    world.parley()
    assert opener.given == [{}, {}]
    world.parley()
    assert [observation["text"] for observation in opener.given] == ["hi", "hi"]


def test_what_an_agent_has_answered_is_not_given_to_it_again():
    class Shy(Agent):
        spoken = False

        def act(self):
            if self.spoken:
                return None
            self.spoken = True
            return {"id": "Shy", "text": "once"}

    class Listening(Together):
        def batch_act(self, observations):
            self.given = observations
            return [{"id": "Listening", "text": "yes"} for _ in observations]

    options = {"batchsize": 2}
    model = Listening(options)
    world = BatchWorld(options, MultiAgentDialogWorld(options, [Shy(options), model]))
    world.parley()
    assert [observation["text"] for observation in model.given] == ["once", "once"]
    world.parley()
    assert model.given == [{}, {}]


def test_a_round_that_is_cut_short_ends_for_that_copy_only():
    class Short(MultiAgentDialogWorld):
        def cut_short(self):
            return self.opt.get("batchindex") == 0 and self.acts[1] is not None

    options = opt(batchsize=2, episodes=[1, 1])
    world = BatchWorld(options, Short(options, [Capitals(options), Echo(options), Together(options)]))
    world.parley()
    assert [[act and act["id"] for act in acts] for acts in world.get_acts()] == [
        ["capitals", "Echo", None],
        ["capitals", "Echo", "Together"],
    ]


def test_worlds_with_a_parley_of_their_own_are_stepped_by_it():
    class Mine(DialogPartnerWorld):
        def parley(self):
            self.mine = getattr(self, "mine", 0) + 1
            super().parley()

    class Willing(Right):
        batch_act = Together.batch_act

    options = opt(batchsize=2)
    world = BatchWorld(options, Mine(options, [Capitals(options), Willing(options)]))
    run(world)
    assert sum(copy.mine for copy in world.worlds) == sum(all_texts(options).values())


@pytest.mark.parametrize("size", [0, -1, "4", 2.0, True])
def test_a_batchsize_that_is_no_number_of_copies_is_refused(size):
    with pytest.raises(WorldError, match="expected a whole number from 1 at 'batchsize'"):
        BatchWorld({"batchsize": size}, DialogPartnerWorld({}, [Echo(), Echo()]))


@pytest.mark.parametrize("key", ["batchsize", "numthreads"])
@pytest.mark.parametrize("number", [0, -2, "many", "4"])
def test_a_task_is_not_made_of_a_number_that_is_none(key, number):
    with pytest.raises(WorldError, match=f"expected a whole number from 1 at '{key}' of opt, got {number!r}"):
        create_task(opt(task=FIRST, **{key: number}), Echo())


def test_it_is_made_of_a_world_or_of_what_one_shared():
    with pytest.raises(WorldError, match=r"either a world or shared .* got neither"):
        BatchWorld({"batchsize": 2})
    with pytest.raises(WorldError, match="expected a world to make copies of"):
        BatchWorld({"batchsize": 2}, [Echo(), Echo()])


def test_the_world_may_be_given_by_the_name_it_has_in_parlai():
    options = opt(batchsize=3)
    world = BatchWorld(options, world=pair(options, Together))
    assert len(world.worlds) == 3
    with HogwildWorld({"numthreads": 2}, world=world) as hogwild:
        assert hogwild.world is world


def test_a_copy_of_a_batch_is_a_batch():
    options = opt(batchsize=3)
    world = BatchWorld(options, pair(options, Together))
    copy = world.clone()
    run(copy)
    assert len(copy.worlds) == 3
    assert copy.get_total_exs() == copy.num_examples()
    assert world.get_total_exs() == 0


def test_all_agents_of_all_copies_are_shut_down_once():
    options = opt(batchsize=3)
    with BatchWorld(options, pair(options, Together)) as world:
        students = [each.agents[1] for each in (world.world, *world.worlds)]
    assert [student.shut for student in students] == [1, 1, 1, 1]


def test_copies_cost_hardly_anything_beside_the_data():
    options = opt(batchsize=256, episodes=[1] * 20_000)
    root = pair(options)
    tracemalloc.start()
    try:
        world = BatchWorld(options, root)
        world.parley()
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert grown < 2_000_000


def test_training_copies_draw_from_one_order():
    options = opt(datatype="train", seed=4, episodes=[1] * 10)
    alone = pair(options)
    for _ in range(10):
        alone.parley()
    batched = BatchWorld({**options, "batchsize": 5}, pair({**options, "batchsize": 5}))
    batched.parley()
    batched.parley()
    assert batched.worlds[0].agents[1].log == alone.agents[1].log


def test_create_task_makes_a_batch_of_it():
    world = create_task(opt(task=FIRST, batchsize=2), Together(opt()))
    assert type(world) is BatchWorld
    assert type(create_task(opt(task=f"{FIRST},{SECOND}", batchsize=2), Together(opt())).world) is MultiWorld
