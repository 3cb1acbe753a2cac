"""Several tasks in one world."""

import logging
from collections import Counter

import pytest
from world_lab import Capitals, Echo, Right, opt, run

from parleyrun import DialogPartnerWorld, MultiAgentDialogWorld, MultiWorld, TaskError, WorldError, create_task
from parleyrun.core.metrics.metrics import values_of


class First(Capitals):
    """Three episodes of two examples."""

    def setup_data(self, datafile):
        self.opt = {**self.opt, "episodes": self.opt.get("first", [2, 2, 2])}
        return super().setup_data(datafile)


class Second(Capitals):
    """One episode of one example."""

    def setup_data(self, datafile):
        self.opt = {**self.opt, "episodes": self.opt.get("second", [1])}
        return super().setup_data(datafile)


FIRST, SECOND = f"{__name__}:First", f"{__name__}:Second"


def both(**more):
    options = opt(task=f"{FIRST},{SECOND}", **more)
    return MultiWorld(options, Right(options))


def tasks_of(world, parleys):
    """Return which task each of these parleys was in."""
    seen = []
    for _ in range(parleys):
        world.parley()
        seen.append("first" if world.get_acts()[0]["id"] == FIRST else "second")
    return seen


def test_tasks_take_turns_by_the_episode_and_those_that_are_through_are_left_out():
    world = both(first=[2, 1, 1], second=[1, 2])
    assert tasks_of(world, 7) == ["first", "first", "second", "first", "second", "second", "first"]
    assert world.epoch_done()
    world.parley()
    assert world.get_total_parleys() == 7


def test_the_same_user_agents_sit_in_each_task():
    world = both()
    assert world.worlds[0].agents[1] is world.worlds[1].agents[1] is world.agents[0]
    assert [len(each.agents) for each in world.worlds] == [2, 2]


def test_sizes_are_those_of_all_tasks():
    world = both()
    assert (world.num_examples(), world.num_episodes()) == (7, 4)
    run(world)
    assert (world.get_total_exs(), world.get_total_epochs()) == (7, 1)


def test_a_size_is_unknown_if_one_task_s_is():
    assert both(datatype="valid:stream").num_examples() is None


def test_a_report_has_each_task_and_averages_by_task_and_by_example():
    world = both()
    run(world)
    report = values_of(world.report())
    assert (report[f"{FIRST}/exs"], report[f"{SECOND}/exs"], report["exs"]) == (6, 1, 7)
    right_of_first = report[f"{FIRST}/accuracy"] * 6
    assert report["macro/accuracy"] == pytest.approx((right_of_first / 6 + report[f"{SECOND}/accuracy"]) / 2)
    assert report["micro/accuracy"] == pytest.approx((right_of_first + report[f"{SECOND}/accuracy"]) / 7)
    assert report["accuracy"] == report["macro/accuracy"] != report["micro/accuracy"]


def test_averages_by_example_stand_in_front_if_so_asked():
    world = both(aggregate_micro=True)
    run(world)
    report = values_of(world.report())
    assert report["accuracy"] == report["micro/accuracy"]


def test_what_a_user_agent_measures_is_counted_once():
    class Measuring(Right):
        def report(self):
            from parleyrun import SumMetric

            return {"asked": SumMetric(len(self.log))}

    options = opt(task=f"{FIRST},{SECOND}")
    world = MultiWorld(options, Measuring(options))
    run(world)
    assert world.report()["asked"].value() == 7


def test_two_tasks_of_the_same_name_are_an_error():
    class Same(DialogPartnerWorld):
        def getID(self):
            return "same"

    with pytest.raises(WorldError, match="a name of its own, got two of: same"):
        MultiWorld(opt(task=f"{FIRST},{SECOND}"), Echo(), default_world=Same)


@pytest.mark.parametrize("weights", [[1], [1, -1], [0, 0], "a,b", 7, [1, float("nan")], [1, float("inf")]])
def test_weights_that_make_no_sense_are_refused(weights):
    with pytest.raises(WorldError, match="expected 2 weights"):
        both(datatype="train", multitask_weights=weights)


@pytest.mark.parametrize(
    ("weights", "share"), [(None, 0.5), ([3, 1], 0.75), ("1,4", 0.2), ([0, 1], 0.0), ("stochastic", 0.75)]
)
def test_shuffled_training_takes_tasks_as_often_as_their_weights_say(weights, share):
    world = both(datatype="train", multitask_weights=weights, seed=1, first=[1, 1, 1], second=[1])
    counts = Counter(tasks_of(world, 2000))
    assert counts["first"] / 2000 == pytest.approx(share, abs=0.05)


def test_the_same_seed_takes_the_same_tasks_and_so_does_a_reset():
    world = both(datatype="train", seed=5)
    seen = tasks_of(world, 50)
    assert tasks_of(both(datatype="train", seed=5), 50) == seen
    assert tasks_of(both(datatype="train", seed=6), 50) != seen
    world.reset()
    assert tasks_of(world, 50) == seen


@pytest.mark.parametrize("datatype", ["valid", "train:ordered", "train:evalmode"])
def test_weights_are_ignored_with_a_warning_where_nothing_is_shuffled(datatype, caplog):
    with caplog.at_level(logging.WARNING):
        world = both(datatype=datatype, multitask_weights=[0, 1])
    assert f"multitask_weights is ignored, as datatype {datatype} is not shuffled" in caplog.text
    assert tasks_of(world, 1) == ["first"]


def test_a_task_that_is_through_gives_its_turn_to_another_even_if_chance_picks_it():
    class Ending(Capitals):
        def epoch_done(self):
            return self.scores.report()["exs"].value() >= 2

    globals()["Ending"] = Ending
    options = opt(task=f"{__name__}:Ending,{SECOND}", datatype="train", multitask_weights=[1, 0])
    world = MultiWorld(options, Right(options))
    for _ in range(5):
        world.parley()
    assert world.get_total_parleys() == 5


def test_copies_do_not_repeat_the_warning(caplog):
    world = both(multitask_weights=[0, 1])
    caplog.clear()
    world.clone()
    assert not caplog.records


def test_hooks_of_a_task_s_world_are_called_once_a_round():
    class Begun(DialogPartnerWorld):
        rounds = 0

        def begin(self):
            self.rounds += 1
            return super().begin()

    world = MultiWorld(opt(task=f"{FIRST},{SECOND}"), Right(opt()), default_world=Begun)
    world.parley()
    assert [each.rounds for each in world.worlds] == [1, 0]


def test_stochastic_weights_need_known_sizes():
    class Endless(Capitals):
        def num_episodes(self):
            return None

    endless = f"{__name__}:Endless"
    globals()["Endless"] = Endless
    with pytest.raises(WorldError, match="known size"):
        MultiWorld(opt(task=f"{FIRST},{endless}", datatype="train", multitask_weights="stochastic"), Echo())


def test_a_copy_has_the_same_tasks_and_one_set_of_user_agents():
    world = both()
    copy = world.clone()
    assert copy.worlds[0].agents[1] is copy.worlds[1].agents[1] is copy.agents[0] is not world.agents[0]
    assert run(copy) == 7
    assert world.get_total_parleys() == 0


def test_every_agent_is_shut_down_once():
    class Closing(DialogPartnerWorld):
        closed = 0

        def shutdown(self):
            Closing.closed += 1
            super().shutdown()

    user = Echo()
    with MultiWorld(opt(task=f"{FIRST},{SECOND}"), user, default_world=Closing):
        pass
    assert user.shut == 1
    assert Closing.closed == 2


def test_agents_or_what_is_shared_are_needed():
    with pytest.raises(WorldError, match="got neither"):
        MultiWorld(opt(task=FIRST))


# -- create_task --------------------------------------------------------------------------------------------


def test_one_task_has_a_world_of_its_own_and_several_have_one_together():
    assert type(create_task(opt(task=FIRST), Echo())) is DialogPartnerWorld
    assert type(create_task(opt(task=f"{FIRST},{SECOND}"), Echo())) is MultiWorld


def test_several_user_agents_sit_in_a_round():
    world = create_task(opt(task=FIRST), [Echo(), Echo()])
    assert type(world) is MultiAgentDialogWorld
    assert [agent.getID() for agent in world.agents] == [FIRST, "Echo", "Echo"]


def test_the_default_world_is_taken_for_every_task():
    class Mine(DialogPartnerWorld):
        pass

    assert type(create_task(opt(task=FIRST), Echo(), Mine)) is Mine
    assert {type(world) for world in create_task(opt(task=f"{FIRST},{SECOND}"), Echo(), Mine).worlds} == {Mine}


@pytest.mark.parametrize("task", [None, "", "nosuchtask"])
def test_a_task_that_there_is_not_is_an_error_that_says_so(task):
    with pytest.raises(TaskError, match="expected the name"):
        create_task(opt(task=task), Echo())
