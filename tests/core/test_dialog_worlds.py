"""Worlds in which agents talk in turn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world_lab import Capitals, Echo, Right, opt, run

from parleyrun import (
    Agent,
    DialogPartnerWorld,
    ExecutableWorld,
    MultiAgentDialogWorld,
    World,
    WorldError,
    create_task,
    validate,
)


def two(**more):
    options = opt(**more)
    return DialogPartnerWorld(options, [Capitals(options), Right(options)])


class Silent(Agent):
    """Has nothing to say."""

    def act(self):
        return None


class Quiet(ExecutableWorld):
    """One in which acts change nothing."""

    def execute(self, agent, act):
        return


@pytest.mark.parametrize("seconds", [0, -1, True, "soon"])
def test_a_time_to_answer_that_is_none_is_refused(seconds):
    with pytest.raises(WorldError, match="expected a number of seconds above 0 at 'seconds_to_answer' of opt"):
        MultiAgentDialogWorld({"seconds_to_answer": seconds}, [Echo(name="one"), Echo(name="other")])


def test_a_first_who_is_not_told_of_silence_is_asked_again_all_the_same():
    one, other = Echo(name="one"), Silent({})
    one.observe({"text": "begin"})
    world = DialogPartnerWorld({}, [one, other])
    world.parley()
    assert (one.seen, world.acts[1]) == (["begin"], None)
    world = DialogPartnerWorld({}, [Silent({}), one])
    world.parley()
    assert one.seen == ["begin"]
    assert [act and act["text"] for act in world.acts] == [None, "begin"]


# -- two agents ---------------------------------------------------------------------------------------------


def test_the_first_acts_the_second_answers_and_each_observes_the_other():
    one, other = Echo(name="one"), Echo(name="other")
    one.observe({"text": "begin"})
    world = DialogPartnerWorld({}, [one, other])
    world.parley()
    assert other.seen == ["begin"]
    assert one.seen == ["begin", "begin"]
    assert [act["id"] for act in world.get_acts()] == ["one", "other"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_any_other_number_than_two_is_refused_with_that_number(count):
    with pytest.raises(WorldError, match=f"expected two agents in DialogPartnerWorld, got {count}"):
        DialogPartnerWorld({}, [Echo() for _ in range(count)])


def test_what_is_shared_goes_before_agents_and_one_of_both_is_needed():
    agents = [Echo(), Echo()]
    shared = DialogPartnerWorld({}, agents).share()
    copy = DialogPartnerWorld({}, agents, shared)
    assert not set(map(id, copy.agents)) & set(map(id, agents))
    with pytest.raises(WorldError, match=r"either agents or shared .* got neither"):
        DialogPartnerWorld({})


def test_the_world_is_named_after_its_task():
    assert two().getID() == "capitals"


def test_the_first_agent_says_when_the_episode_and_the_epoch_are_over():
    world = two(episodes=[2, 1])
    done = []
    while not world.epoch_done():
        world.parley()
        done.append(world.episode_done())
    assert done == [False, True, True]


def test_a_parley_after_the_end_does_nothing_and_counts_nothing():
    world = two(episodes=[1, 2])
    run(world)
    before = (world.get_acts(), world.get_total_parleys(), world.get_total_exs(), world.report())
    world.parley()
    assert (world.get_acts(), world.get_total_parleys(), world.get_total_exs(), world.report()) == before


def test_reset_begins_the_next_epoch_and_counts_go_on():
    world = two(episodes=[1, 2])
    for epoch in (1, 2, 3):
        assert run(world) == 3
        assert (world.get_total_parleys(), world.get_total_exs(), world.get_total_epochs()) == (
            3 * epoch,
            3 * epoch,
            epoch,
        )
        world.reset()
    assert world.report()["exs"].value() == 9
    world.reset_metrics()
    assert world.report()["exs"].value() == 0


def test_an_agent_that_begins_anew_by_itself_is_noticed():
    world = two(episodes=[2])
    run(world)
    world.agents[0].reset()
    assert run(world) == 2


def test_epochs_are_counted_to_the_fraction_where_their_size_is_known():
    world = two(episodes=[2, 2])
    world.parley()
    assert world.get_total_epochs() == 0.25


def test_epochs_of_unknown_size_are_counted_when_they_end():
    world = two(datatype="valid:stream", episodes=[1, 1])
    assert world.num_examples() is None
    world.parley()
    assert world.get_total_epochs() == 0
    world.parley()
    assert world.get_total_epochs() == 1


def test_an_endless_teacher_goes_on_from_epoch_to_epoch():
    world = two(datatype="train", episodes=[1, 2, 1], seed=3)
    for _ in range(10):
        world.parley()
    assert not world.epoch_done()
    assert world.get_total_epochs() == 2.5


def test_an_agent_without_anything_to_say_is_passed_over():
    world = DialogPartnerWorld({}, [Silent(), Silent()])
    world.parley()
    assert world.get_acts() == [None, None]
    assert world.get_total_parleys() == 1


class Hesitant(Right):
    """Says nothing where it does not know the answer."""

    def act(self):
        act = super().act()
        return None if act["text"] == "no idea" else act


@pytest.mark.parametrize("kind", [DialogPartnerWorld, MultiAgentDialogWorld, Quiet])
@pytest.mark.parametrize("datatype", ["valid", "valid:stream"])
@pytest.mark.parametrize("batchsize", [1, 3])
def test_who_says_nothing_has_not_answered_rightly(kind, datatype, batchsize):
    def figures(agent):
        options = opt(datatype=datatype, batchsize=batchsize)
        with create_task({**options, "task": "world_lab:Capitals"}, agent(options), kind) as world:
            run(world)
            return {name: metric.value() for name, metric in world.report().items()}

    assert figures(Hesitant) == figures(Right)
    assert 0 < figures(Hesitant)["accuracy"] < 1
    assert figures(Silent)["exs"] == 11


def test_a_round_that_is_answered_or_cut_short_is_no_silence():
    class Cut(MultiAgentDialogWorld):
        def cut_short(self):
            return True

    for world in (
        MultiAgentDialogWorld({}, [Capitals(opt()), Silent(), Right()]),
        Cut({}, [Capitals(opt()), Right(), Right()]),
    ):
        world.parley()
        assert world.report()["exs"].value() == (0 if isinstance(world, Cut) else 1)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("said", ["hello", 5, ["text"]])
def test_what_is_no_act_is_refused(place, said):
    class Wrong(Agent):
        def act(self):
            return said

    agents = [Echo(), Echo()]
    agents[place] = Wrong()
    with pytest.raises(
        WorldError, match=f"expected an act or observation to be a dict, got {type(said).__name__}"
    ):
        DialogPartnerWorld({}, agents).parley()


def test_validate_lets_mappings_through_as_they_are():
    act = {"text": "hi"}
    assert validate(act) is act
    with pytest.raises(WorldError, match="got NoneType None"):
        validate(None)


def test_hooks_of_a_subclass_are_called():
    class Loud(DialogPartnerWorld):
        def deliver(self, index, act):
            return super().deliver(index, {**act, "text": act["text"].upper()})

    one, other = Echo(name="one"), Echo(name="other")
    one.observe({"text": "psst"})
    Loud({}, [one, other]).parley()
    assert other.seen == ["PSST"]


def test_a_copy_of_a_world_over_a_stream_begins_at_its_beginning():
    world = two(datatype="valid:stream", episodes=[1, 2])
    world.parley()
    copy = world.clone()
    assert run(copy) == 3
    assert run(world) == 2


# -- several agents -----------------------------------------------------------------------------------------


class Counting(Agent):
    """Says its name and how often it has spoken; notes what it observed since it last acted."""

    def __init__(self, name):
        super().__init__(id=name)
        self.spoken = 0
        self.since = []
        self.heard = []

    def observe(self, act):
        self.since.append(act["text"])

    def act(self):
        self.heard.append(self.since)
        self.since = []
        self.spoken += 1
        return {"id": self.id, "text": f"{self.id}{self.spoken}"}


@given(count=st.integers(1, 6), rounds=st.integers(2, 5))
@settings(deadline=None)
def test_each_agent_observes_what_every_other_one_did_since_it_last_acted(count, rounds):
    agents = [Counting("abcdef"[place]) for place in range(count)]
    world = MultiAgentDialogWorld({}, agents)
    for _ in range(rounds):
        world.parley()
    for place, agent in enumerate(agents):
        for number, heard in enumerate(agent.heard[1:], 1):
            later = [f"{other.id}{number}" for other in agents[place + 1 :]]
            earlier = [f"{other.id}{number + 1}" for other in agents[:place]]
            assert heard == later + earlier


def test_the_round_is_over_for_all_when_any_agent_is_done():
    class Leaving(Echo):
        def episode_done(self):
            return True

        def epoch_done(self):
            return True

    assert MultiAgentDialogWorld({}, [Echo(), Echo(), Leaving()]).episode_done()
    assert MultiAgentDialogWorld({}, [Echo(), Leaving(), Echo()]).epoch_done()
    assert not MultiAgentDialogWorld({}, [Echo(), Echo()]).episode_done()


def test_an_act_that_ends_the_episode_is_still_answered_by_the_others():
    options = opt(episodes=[1])
    one, other = Right(options), Echo()
    world = MultiAgentDialogWorld(options, [Capitals(options), one, other])
    world.parley()
    assert world.episode_done()
    assert [act["id"] for act in world.get_acts()] == ["capitals", "Right", "Echo"]


def test_a_world_may_cut_its_round_short():
    class Duel(MultiAgentDialogWorld):
        def cut_short(self):
            return self.acts[1] is not None

    last = Echo()
    Duel({}, [Counting("a"), Counting("b"), last]).parley()
    assert last.seen == ["a1", "b1"]


# -- copies, the end of a world, and how it is shown --------------------------------------------------------


def test_a_clone_shares_data_and_nothing_else():
    world = two(episodes=[1, 2])
    world.parley()
    copy = world.clone()
    assert copy.agents[0]._examples is world.agents[0]._examples
    assert copy.get_total_exs() == 0
    run(copy)
    assert (copy.get_total_exs(), world.get_total_exs()) == (3, 1)


class Fragile(Echo):
    def shutdown(self):
        super().shutdown()
        raise RuntimeError(f"{self.id} would not go")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_leaving_a_with_block_by_an_exception_shuts_every_agent_down(error):
    agents = [Echo(), Echo(), Echo()]
    with pytest.raises(error), MultiAgentDialogWorld({}, agents):
        raise error
    assert [agent.shut for agent in agents] == [1, 1, 1]


def test_an_agent_that_fails_to_shut_down_does_not_keep_the_others_from_it():
    agents = [Echo(), Fragile(name="one"), Echo()]
    with pytest.raises(RuntimeError, match="one would not go"), MultiAgentDialogWorld({}, agents):
        pass
    assert [agent.shut for agent in agents] == [1, 1, 1]


def test_an_interrupt_is_quiet_when_asked_to(capsys):
    agents = [Echo(), Echo()]
    with pytest.raises(SystemExit) as left, DialogPartnerWorld({"quiet_interrupt": True}, agents):
        raise KeyboardInterrupt
    assert left.value.code == 130
    assert left.value.__suppress_context__
    assert capsys.readouterr().err == "interrupted\n"
    assert [agent.shut for agent in agents] == [1, 1]


def test_other_exceptions_are_never_quiet():
    with pytest.raises(ValueError, match="loud"), DialogPartnerWorld({"quiet_interrupt": True}, [Echo(), Echo()]):
        raise ValueError("loud")


def test_an_episode_is_not_over_before_it_has_begun():
    world = two(episodes=[2])
    assert not world.episode_done()
    world.parley()
    world.parley()
    assert world.episode_done()
    world.reset()
    assert not world.episode_done()


def test_display_shows_who_said_what_and_where_the_episode_ends():
    options = opt(episodes=[1])
    world = DialogPartnerWorld(options, [Capitals(options), Right(options)])
    assert world.display() == ""
    world.parley()
    assert world.display() == ("[capitals]: capitals 0 0 word\n[Right]: no idea\n- - - end of the episode - - -")


def test_time_is_counted_from_the_beginning(monkeypatch):
    seconds = [10.0]
    monkeypatch.setattr(World, "clock", staticmethod(lambda: seconds[0]))
    world = two()
    seconds[0] = 12.5
    assert world.get_time() == 2.5
