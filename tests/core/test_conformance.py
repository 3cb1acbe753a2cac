"""The checks that authors run on what they write: all that comes with parleyrun passes, and faults are told."""

import pytest
from test_multi_world import FIRST, SECOND
from world_lab import Capitals, Cellar, Echo, Right, Together, opt

from parleyrun import (
    BatchWorld,
    DialogPartnerWorld,
    DynamicBatchWorld,
    MultiAgentDialogWorld,
    MultiWorld,
    create_agent,
    create_task,
)
from parleyrun.bots.repeat_label import RepeatLabelAgent
from parleyrun.core.worlds import load_agent_class, load_teacher_class
from parleyrun.testing import check_agent, check_environment, check_teacher, check_world


def pair(options, student=Right):
    return DialogPartnerWorld(options, [Capitals(options), student(options)])


def batched(world, **more):
    options = opt(batchsize=3, **more)
    return BatchWorld(options, world(options))


def sorted_batches(world, **more):
    options = opt(batchsize=3, dynamic_batching="batchsort", **more)
    return DynamicBatchWorld(options, world(options))


def several(options, student=Right):
    return MultiWorld({**options, "task": f"{FIRST},{SECOND}"}, student(options))


WORLDS = {
    "two": lambda: pair(opt()),
    "a round": lambda: MultiAgentDialogWorld(opt(), [Capitals(opt()), Right(opt()), Echo(opt())]),
    "executable": lambda: Cellar(opt(), [Capitals(opt()), Right(opt()), Echo(opt())]),
    "several tasks": lambda: several(opt()),
    "batch": lambda: batched(pair),
    "batch asked together": lambda: batched(lambda options: pair(options, Together)),
    "batch of a stream": lambda: batched(lambda options: pair(options, Together), datatype="valid:stream"),
    "batch of several tasks": lambda: batched(lambda options: several(options, Together)),
    "sorted batches": lambda: sorted_batches(lambda options: pair(options, Together)),
    "sorted batches of several tasks": lambda: sorted_batches(lambda options: several(options, Together)),
    "endless": lambda: pair(opt(datatype="train", seed=1)),
    "endless batch": lambda: batched(pair, datatype="train", seed=1),
    "by name": lambda: create_task(
        {"task": "#Sample", "datatype": "valid", "batchsize": 4}, create_agent({"model": "repeat_label"})
    ),
}


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_of_the_library_keeps_its_contract(name):
    check_environment(WORLDS[name], most_parleys=60)


def test_check_world_takes_a_function_that_builds_a_world_without_people():
    check_world(WORLDS["two"])
    with pytest.raises(AssertionError, match="breaks the contract of the world library"):
        check_world(lambda: Nameless(opt(), [Capitals(opt()), Right(opt())]))


@pytest.mark.parametrize(
    "name", ["repeat_label", "repeat_query", "fixed_response", "random_candidate", "ir_baseline"]
)
def test_every_agent_that_comes_with_parleyrun_keeps_its_contract(name):
    check_agent(load_agent_class(name), {"fixed_response": "Hello!", "seed": 1})


@pytest.mark.parametrize("task", ["babi:Sample:1", "squad:Sample", "fromfile:Sample", "jsonfile:Sample"])
def test_every_kind_of_teacher_that_comes_with_parleyrun_keeps_its_contract(task):
    check_teacher(load_teacher_class(task), {"task": task})


def test_a_teacher_of_ones_own_keeps_it_too():
    check_teacher(Capitals)


# -- what is wrong ------------------------------------------------------------------------------------------


class Mumbling(RepeatLabelAgent):
    def answer(self, observation):
        return "kitchen"


class Greedy(RepeatLabelAgent):
    def answer(self, observation):
        if isinstance(observation, dict):
            observation.pop("labels", None)
        return {"text": "x"}


class Lazy(RepeatLabelAgent):
    def batch_act(self, observations):
        return [self.answer({})]


class Renamed(RepeatLabelAgent):
    def __init__(self, opt, shared=None):
        super().__init__(opt, shared)
        self.id = "one" if shared is None else "another"


class Local(RepeatLabelAgent):
    def share(self):
        return {**super().share(), "think": lambda: None}


class Boasting(RepeatLabelAgent):
    def report(self):
        return {"accuracy": "perfect"}


class Editing(RepeatLabelAgent):
    def __init__(self, opt, shared=None):
        super().__init__(opt, shared)
        opt["model"] = "mine"


class Tied(RepeatLabelAgent):
    """Its forks remember in the list of the original."""

    def __init__(self, opt, shared=None):
        super().__init__(opt, shared)
        self.heard = []

    def observe(self, act):
        self.heard.append(act.get("text"))
        return super().observe(act)

    def answer(self, observation):
        return {"text": f"{len(self.heard)}"}


class Blank(Tied):
    def fork(self):
        return type(self)(self.opt, self.share())


class Same(Tied):
    def fork(self):
        return self


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (Mumbling, r"expected a dict from act\(\), got 'kitchen'"),
        (Greedy, "expected the observation to stay as it was"),
        (Lazy, r"expected 5 acts of batch_act\(\), got 1"),
        (Renamed, "expected a copy to have the same name"),
        (Local, "making a copy: .*(pickle|local object)"),
        (Boasting, "expected a Metric at 'accuracy'"),
        (Editing, "expected opt to stay as it was"),
        (Tied, "expected an agent to know nothing of what its fork was shown or said"),
        (Blank, "expected a fork to answer as the agent does that it was made from"),
        (Same, r"expected fork\(\) to return a copy, got the agent itself"),
    ],
)
def test_an_agent_that_breaks_its_contract_is_told_how(agent, words):
    with pytest.raises(AssertionError, match=rf"{agent.__name__} breaks the contract of agents:\n(.|\n)*{words}"):
        check_agent(agent, {})


class Forgetful(Capitals):
    def num_examples(self):
        return 7


class Repeating(Capitals):
    """Gives each copy everything."""

    def __init__(self, opt, shared=None):
        super().__init__({**opt, "batchindex": None}, shared)


class Shuffling(Capitals):
    order = 0

    def setup_data(self, datafile):
        Shuffling.order += 1
        yield {"text": f"drawn {Shuffling.order}", "labels": ["x"]}, True


class Unjust(Capitals):
    def observe(self, act):
        return super().observe({"text": "something else"})


class Lending(Capitals):
    def act(self):
        super().act()
        return self._asked or {"episode_done": True}


@pytest.mark.parametrize(
    ("teacher", "words"),
    [
        (Forgetful, "expected 7 examples, as it says, got 11"),
        (Repeating, "expected each example once over 2 copies in each of 1 processes, got 11 too often"),
        (Shuffling, "expected another one to give the same examples in the same order"),
        (Unjust, "expected accuracy 1 of right answers, got 0"),
        (Lending, "whatever was done to them|KeyError"),
    ],
)
def test_a_teacher_that_breaks_its_contract_is_told_how(teacher, words):
    with pytest.raises(
        AssertionError, match=rf"{teacher.__name__} breaks the contract of teachers:\n(.|\n)*{words}"
    ):
        check_teacher(teacher, datatypes=["valid"])


class Counting(DialogPartnerWorld):
    def update_counters(self):
        super().update_counters()
        self.total_exs += 1


class Leaky(DialogPartnerWorld):
    def shutdown(self):
        self.agents[0].shutdown()


class Stuck(DialogPartnerWorld):
    def reset(self):
        pass


class Restless(DialogPartnerWorld):
    def parley(self):
        if self.epoch_done():
            self.total_parleys += 1
        super().parley()


class Nameless(DialogPartnerWorld):
    def getID(self):
        return ""


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (Counting, "expected 11 examples to be counted, got 22"),
        (Leaky, r"expected every agent to be shut down once, got Right \(.*: 0"),
        (Stuck, r"expected reset\(\) to bring the same epoch again"),
        (Restless, r"expected parley\(\) to do nothing once the epoch is done"),
        (Nameless, r"expected getID\(\) to be a name"),
    ],
)
def test_a_world_that_breaks_its_contract_is_told_how(world, words):
    with pytest.raises(AssertionError, match=rf"breaks the contract of the world library:\n(.|\n)*{words}"):
        check_environment(lambda: world(opt(), [Capitals(opt()), Right(opt())]))
