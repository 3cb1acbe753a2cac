"""The classes that authors subclass."""

import pytest

import parleyrun
from parleyrun import Agent, AgentError, BotAgent, World, WorldError
from parleyrun.core import worlds


class Parrot:
    """A model that says the last thing it heard."""

    def __init__(self):
        self.heard = None

    def observe(self, act):
        self.heard = act

    def act(self):
        heard, self.heard = self.heard, None
        return heard and {"id": "a model's own name", "text": heard["text"]}


def test_the_whole_world_library_is_at_the_root_of_the_package_too():
    assert set(worlds.__all__) <= set(parleyrun.__all__)
    for name in worlds.__all__:
        assert getattr(parleyrun, name) is getattr(worlds, name)


def test_role_and_disp_id_are_the_same_thing():
    bot = BotAgent(Parrot(), role="Robin")
    assert bot.disp_id == bot.role == "Robin"
    bot.role = "Sasha"
    assert bot.disp_id == "Sasha"


def test_a_bot_speaks_under_its_role_and_has_nothing_to_say_at_first():
    bot = BotAgent(Parrot(), id="parrot")
    assert bot.act() is None
    bot.observe({"text": "hello"})
    assert bot.act() == {"id": "parrot", "text": "hello"}
    bot.role = "Robin"
    bot.observe({"text": "again"})
    assert bot.act() == {"id": "Robin", "text": "again"}


def test_an_agent_must_say_how_it_acts():
    class Mute(Agent):
        pass

    with pytest.raises(AgentError, match=r"Mute\.act\(\) is not written: every agent needs one"):
        Mute({}).act()


def test_what_is_no_opt_is_refused_when_an_agent_is_built():
    with pytest.raises(AgentError, match=r"expected a mapping at 'opt' of Agent\(opt, shared\), got 'somebody'"):
        Agent("somebody")


def test_an_agent_is_named_after_its_class_unless_it_is_given_a_name():
    assert Agent().getID() == "Agent"
    assert Agent(id="robin", role="Robin").getID() == "robin"
    assert Agent(role="Robin").role == "Robin"


def test_a_single_agent_is_a_list_of_one():
    bot = BotAgent(Parrot())
    assert World({}, bot).get_agents() == [bot]
    assert World().get_agents() == []


def test_a_world_without_parley_says_what_is_missing():
    class Silent(World):
        pass

    with pytest.raises(WorldError, match=r"Silent\.parley\(\) is not written"):
        Silent.generate_world({}, []).parley()

    class Polite(World):
        def parley(self):
            return super().parley() or "done"

    assert Polite().parley() == "done"


def test_leaving_a_with_block_shuts_the_world_down():
    shut = []

    class Door(World):
        def shutdown(self):
            shut.append(self.getID())

    with Door() as world:
        assert not world.episode_done()
    assert shut == ["Door"]


def test_data_in_a_class_body_is_not_shared_between_worlds():
    class Onboarding(World):
        data = {"answers": []}

        def __init__(self, opt, agents):  # authors often do not call World's own
            self.agents = agents

    first, second = Onboarding({}, []), Onboarding({}, [])
    first.data["answers"].append("mine")
    first.data["name"] = "Ann"
    assert second.data == Onboarding.data == {"answers": []}


def test_each_world_has_its_own_data_and_the_class_keeps_what_was_written():
    class Asked(worlds.World):
        data = {"seen": []}

    class AskedMore(Asked):
        pass

    first, second, more = Asked(), Asked(), AskedMore()
    first.data["seen"].append("a lamp")
    more.data["age"] = 7
    assert (first.data, second.data, Asked.data) == ({"seen": ["a lamp"]}, {"seen": []}, {"seen": []})
    assert (more.data, AskedMore.data) == ({"seen": [], "age": 7}, {"seen": []})
    second.data = None
    assert second.data is None
    assert worlds.World().data == {}


def test_a_list_or_dict_that_a_mixin_brings_is_each_worlds_own_too():
    class Findings:
        data = {"n": 0}

    class Asked(Findings, worlds.World):
        pass

    first, second = Asked(), Asked()
    first.data["n"] += 1
    assert (first.data, second.data) == ({"n": 1}, {"n": 0})


class Shouter(Agent):
    def act(self):
        return {"id": self.id, "text": self.observation["text"].upper()}


class Flock(Shouter):
    def batch_act(self, observations):
        return [{"text": f"{len(observations)} {seen['text']}"} for seen in observations]


def test_an_agent_can_be_asked_in_words_alone():
    assert Shouter().respond("hello") == "HELLO"
    assert Shouter().respond({"text": "hello"}, episode_done=True) == "HELLO"
    assert Shouter().batch_respond([{"text": "a"}, {"text": "b"}]) == ["A", "B"]
    assert Flock().batch_respond([{"text": "a"}, {"text": "b"}]) == ["2 a", "2 b"]
    with pytest.raises(
        AgentError, match=r"expected a text, or an act with one, for Shouter\.respond\(\), got \{\}"
    ):
        Shouter().respond({})
