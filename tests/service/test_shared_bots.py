"""Bots that worlds of ParlAI's kind take from opt and ask themselves."""

from types import SimpleNamespace

import bot_models
import pytest

from parleyrun import (
    BotAgent,
    ModelError,
    MultiAgentDialogWorld,
    World,
    archive,
    create_agent_from_shared,
    override_opts_in_shared,
)
from parleyrun.testing import rehearse

ECHO = {"model": "bot_models:Echo", "check": False}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


class Interview(World):
    """One parley is the whole of it: a person asks, the model answers, as in ParlAI's examples."""

    over = False

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.model = self.made(opt["shared_bot_params"]["seller"])

    def made(self, table):
        return create_agent_from_shared(table)

    def parley(self):
        person = self.agents[0]
        act = person.act_blocking()
        while act["text"] != "bye":
            self.model.observe(act)
            reply = self.model.act()
            reply["id"] = "Shop"
            person.observe(reply)
            act = person.act_blocking()
        self.over = True

    def episode_done(self):
        return self.over


class InASeat(Interview):
    def made(self, table):
        return BotAgent(create_agent_from_shared(table), role="Shop")


class Round(MultiAgentDialogWorld):
    def __init__(self, opt, agents):
        super().__init__(opt, [*agents, create_agent_from_shared(opt["shared_bot_params"]["seller"])])


def config(world, **more):
    return {
        "models": {"seller": ECHO},
        "tasks": {"talk": {"task_world": f"{__name__}:{world}"}},
        **more,
    }


@pytest.mark.parametrize("world", ["Interview", "InASeat", "Round"])
def test_what_a_shared_bot_said_is_on_record_and_not_asked_for_again(world, tmp_path):
    store = tmp_path / "talk.db"
    with rehearse(config(world), store=store) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("one")
        ann.says("two")
        rehearsal.crash()
        assert bot_models.asked == ["one", "two"]
        ann.says("three")
        assert ann.heard == ["1: one", "2: two", "3: three"]
        assert bot_models.asked == ["one", "two", "three"]
    with archive.open(store) as kept:
        answers = [(row["participant"], row["model"], row["text"]) for row in kept.answers()]
    name = "bot:bot" if world == "InASeat" else "bot:seller"
    assert answers == [(name, "seller", text) for text in ("1: one", "2: two", "3: three")]


def test_it_is_its_model_for_whatever_else_is_asked_of_it(tmp_path):
    found = {}

    class Looks(Interview):
        def parley(self):
            found["heard"] = self.model.heard
            found["id"] = self.model.model.id
            found["copy"] = type(create_agent_from_shared(self.model.share())).__name__
            table = override_opts_in_shared(self.opt["shared_bot_params"]["seller"], {"mood": "glum"})
            found["mood"] = create_agent_from_shared(table).opt["mood"]
            self.model.reset()
            with pytest.raises(AttributeError):
                self.model.history
            self.over = True

    worlds = SimpleNamespace(Looks=Looks)
    values = config("Looks", world_module="worlds")
    values["tasks"]["talk"]["task_world"] = "Looks"
    with rehearse(values, worlds=worlds) as rehearsal:
        rehearsal.person("ann").says("hi")
    assert found == {"heard": [], "id": "Echo", "copy": "Echo", "mood": "glum"}


def test_the_limit_of_the_study_holds_for_it_too():
    raised = []

    class Limited(Interview):
        def parley(self):
            act = self.agents[0].act()
            if act is None:
                return
            self.model.observe(act)
            try:
                self.agents[0].observe(self.model.act())
            except ModelError as error:
                raised.append(str(error))

    values = config("Limited", world_module="worlds", limits={"max_tokens_total": 10})
    values["tasks"]["talk"]["task_world"] = "Limited"
    with rehearse(values, worlds=SimpleNamespace(Limited=Limited)) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("one")
        ann.says("two")
        assert ann.heard == ["1: one"]
    assert raised == ["max_tokens_total of the study is reached: 10 of 10"]
