"""One world stepped by several processes."""

import multiprocessing
from collections import Counter

import pytest
from hogwild_lab import Holding, Tallied, asked, in_time_and_nobody_left_behind, pair, processes, reported_alone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from world_lab import Cellar, Echo, Right, Together, all_texts, opt, run

from parleyrun import BatchWorld, DialogPartnerWorld, HogwildWorld, MultiWorld, WorldError, create_task
from parleyrun.core.metrics.metrics import values_of
from parleyrun.core.worlds.hogwild import crew as hogwild_crew

pytestmark = pytest.mark.process

EPISODES = st.lists(st.integers(1, 4), min_size=1, max_size=12)


@pytest.fixture(autouse=True)
def _in_time_and_nobody_left_behind():
    with in_time_and_nobody_left_behind():
        yield


def hogwild(options, student=Right, teacher=Tallied):
    return HogwildWorld(options, pair(options, student, teacher))


@pytest.mark.parametrize("student", [Right, Together])
@given(
    episodes=EPISODES,
    batchsize=st.integers(1, 4),
    numthreads=st.integers(1, 3),
    datatype=st.sampled_from(["valid", "test:stream", "train:evalmode"]),
    epochs=st.integers(1, 2),
)
@settings(deadline=None, max_examples=15, phases=[Phase.reuse, Phase.generate])  # to shrink a hang takes long
def test_every_example_comes_once_in_each_epoch_and_counts_and_metrics_are_those_of_one_process(
    student, episodes, batchsize, numthreads, datatype, epochs
):
    if student is Together:
        batchsize += 1
    options = opt(episodes=episodes, batchsize=batchsize, numthreads=numthreads, datatype=datatype)
    alone = reported_alone(options, student)
    size = sum(episodes)
    # A time limit for each example, as a mistake in who waits for whom comes up in some only.
    with in_time_and_nobody_left_behind(10), hogwild(options, student) as world:
        for epoch in range(1, epochs + 1):
            run(world)
            counted = (world.get_total_exs(), world.total_epochs, world.get_total_epochs())
            assert counted == (epoch * size, epoch, epoch)
            if batchsize == 1:
                assert world.get_total_parleys() == epoch * size
            report = world.report()
            assert values_of(report) == values_of(alone)
            assert asked(report) == all_texts(options)
            world.reset()
            world.reset_metrics()
            assert world.report()["exs"] == 0


def test_every_item_that_is_queued_is_one_parley():
    with hogwild(opt(episodes=[1] * 20, numthreads=2)) as world:
        for number in range(1, 21):
            assert not world.epoch_done()
            world.parley()
            assert 0 <= world.examples_so_far() <= number
            if number % 7 == 0:
                assert world.get_total_parleys() == world.get_total_exs() == number
                assert world.report()["exs"] == world.examples_so_far() == number
        assert world.epoch_done()
        assert world.get_total_epochs() == 1


def test_parleys_after_the_end_of_an_epoch_do_nothing():
    options = opt(episodes=[3, 1, 2], numthreads=2)
    with hogwild(options) as world:
        for _ in range(50):
            world.parley()
        world.sync()
        assert world.epoch_done()
        for _ in range(5):
            world.parley()
        assert (world.get_total_parleys(), world.get_total_exs(), world.total_epochs) == (6, 6, 1)
        assert asked(world.report()) == all_texts(options)
        world.parley()
        assert world.epoch_done()
        world.reset()
        assert not world.epoch_done()
        world.parley()
        assert world.get_total_parleys() == 7


@pytest.mark.parametrize("batchsize", [1, 3])
def test_a_process_without_an_example_takes_nothing_from_the_others(batchsize):
    options = opt(episodes=[9], numthreads=3, batchsize=batchsize)
    with hogwild(options) as world:
        run(world)
        assert asked(world.report()) == all_texts(options)
        assert world.get_total_parleys() == 9


def test_whoever_queues_faster_than_the_processes_are_waits_for_them(monkeypatch):
    monkeypatch.setattr(hogwild_crew, "QUEUED_EACH", 2)
    options = opt(episodes=[2] * 40, numthreads=2)
    with hogwild(options) as world:
        for _ in range(80):
            world.parley()
            assert world._crew.queued - world._crew.done <= 4
        assert world.epoch_done()
        assert asked(world.report()) == all_texts(options)


def test_training_goes_on_for_ever_and_counts_epochs_by_examples():
    with hogwild(opt(episodes=[1, 2], numthreads=2, datatype="train", seed=3)) as world:
        for _ in range(12):
            assert not world.epoch_done()
            world.parley()
        assert not world.epoch_done()
        assert (world.get_total_exs(), world.get_total_epochs(), world.total_epochs) == (12, 4, 0)


@pytest.mark.parametrize("batchsize", [1, 2])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_it_is_the_same_however_processes_are_started(method, batchsize):
    options = opt(numthreads=2, start_method=method, batchsize=batchsize)
    with hogwild(options) as world:
        run(world)
        assert values_of(world.report()) == values_of(reported_alone(options))
        assert [child.pid for child in processes()]


def test_several_tasks_are_reported_as_by_one_process():
    options = opt(task="hogwild_lab:Tallied,world_lab:Capitals", episodes=[1, 3, 2, 1, 4], aggregate_micro=True)
    alone = create_task(options, Right())
    run(alone)
    assert isinstance(alone, MultiWorld)
    for batchsize in (1, 2):
        with create_task({**options, "numthreads": 2, "batchsize": batchsize}, Right()) as world:
            assert isinstance(world, HogwildWorld)
            run(world)
            assert values_of(world.report()) == values_of(alone.report())
            assert world.getID() == alone.getID()


def test_a_game_and_a_batch_that_was_made_before_are_stepped_too():
    options = opt(numthreads=2, batchsize=2)
    agents = [Tallied(options), Echo(options)]
    for root in (Cellar(options, agents), BatchWorld(options, DialogPartnerWorld(options, agents))):
        with HogwildWorld(options, root) as world:
            run(world)
            assert asked(world.report()) == all_texts(options)


def test_every_process_of_a_part_of_the_whole_has_its_part_of_that_part():
    seen = Counter()
    for index in range(2):
        with hogwild(opt(numthreads=2, process_index=index, processes=2, episodes=[1, 2, 3, 4, 5, 6, 7])) as world:
            run(world)
            seen += asked(world.report())
    assert seen == all_texts(opt(episodes=[1, 2, 3, 4, 5, 6, 7]))


@pytest.mark.parametrize("method", ["display", "episode_done", "get_acts"])
def test_what_is_in_other_processes_cannot_be_looked_at_and_asking_ends_nothing(method):
    with hogwild(opt(numthreads=2)) as world:
        world.parley()
        with pytest.raises(WorldError, match=rf"HogwildWorld\.{method}\(\) cannot be answered: .* in 2 processes"):
            getattr(world, method)()
        run(world)
        assert world.get_total_exs() == 11


def test_a_new_world_has_started_nothing_and_counted_nothing():
    world = hogwild(opt(numthreads=2))
    world.reset()
    world.reset_metrics()
    assert (world.get_total_parleys(), world.get_total_exs(), world.get_total_epochs()) == (0, 0, 0)
    assert not world.epoch_done()
    assert (world.num_examples(), world.num_episodes(), world.getID()) == (11, 5, "capitals")
    assert processes() == []
    with world:
        assert world.report()["exs"] == 0


def test_a_copy_goes_through_everything_itself():
    with hogwild(opt(numthreads=2)) as world, world.clone() as copy:
        run(copy)
        assert (copy.get_total_exs(), world.get_total_exs()) == (11, 0)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_processes_inherit_may_be_shared_among_them(method):
    held = multiprocessing.get_context(method).Value("i", 0)
    options = opt(numthreads=2, start_method=method)
    root = DialogPartnerWorld(options, [Tallied(options), Holding({"held": held})])
    with HogwildWorld(options, root) as world:
        run(world)
        assert held.value == 11


def test_what_cannot_be_given_to_a_spawned_process_is_named():
    options = opt(numthreads=2, start_method="spawn")
    root = DialogPartnerWorld(options, [Tallied(options), Holding({"held": open})])
    root.agents[1].held = lambda: None
    with pytest.raises(
        WorldError, match=r"got <function .* at share\(\)\['agents'\]\[1\]\['parts'\]\[1\]\['held'\].*fork"
    ):
        HogwildWorld(options, root).parley()


@pytest.mark.parametrize("key", ["numthreads", "batchsize"])
@pytest.mark.parametrize("number", [0, "2", True])
def test_a_number_of_processes_that_is_none_is_refused(key, number):
    with pytest.raises(WorldError, match=f"expected a whole number from 1 at '{key}' of opt, got {number!r}"):
        hogwild({**opt(), key: number})


def test_a_way_to_start_processes_that_is_none_is_refused():
    with pytest.raises(WorldError, match=r"expected one of .*spawn.* at 'start_method' of opt, got 'hatch'"):
        hogwild(opt(start_method="hatch"))


def test_a_world_is_expected():
    with pytest.raises(WorldError, match=r"expected either a world or shared for HogwildWorld"):
        HogwildWorld(opt())
