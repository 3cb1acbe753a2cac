"""Bots that a world asks the service for."""

import sqlite3
from contextlib import closing
from types import SimpleNamespace

import bot_models
import pytest

from parleyrun import AgentError, ConfigError
from parleyrun.ready import Chat
from parleyrun.testing import rehearse

ECHO = {"model": "bot_models:Echo", "check": False}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


class WithBot(Chat):
    """A chat that has a bot sit down with whoever comes."""

    @classmethod
    def generate_world(cls, opt, agents):
        return cls(opt, [*agents, agents[0].manager.bot("seller", role="Seller", reply="when_addressed")])


def config(task_world=f"{__name__}:WithBot", **more):
    task = {"task_world": task_world, "agents_required": 2}
    return {"models": {"seller": ECHO}, "tasks": {"talk": task}, **more}


def two_in_talk(rehearsal):
    ann, bob = rehearsal.people("ann", "bob")
    for person in (ann, bob):
        person.says("hi")
    return ann, bob


def test_a_world_may_ask_the_service_for_a_bot_that_sits_there_like_one_of_the_config(tmp_path):
    with rehearse(config(), store=tmp_path / "talk.db") as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        ann.says("hello Bob")
        ann.says("hello Seller")
        assert bob.heard == ["hello Bob", "hello Seller", "2: hello Seller"]
        rehearsal.crash()
        ann.says("Seller, once more")
        assert ann.heard == ["2: hello Seller", "3: Seller, once more"]
    assert bot_models.asked == ["hello Seller", "Seller, once more"]
    (about,) = bot_models.introduced
    assert (about["role"], about["task"], about["people"]) == ("Seller", "talk", ["Person 1", "Person 2"])


def test_a_function_may_say_when_it_speaks():
    decided = []

    def at_questions(seat, acts):
        assert seat.manager is rehearsal.service.authors
        decided.append((seat.role, [act["text"] for act in acts]))
        return acts[-1]["text"].endswith("?")

    class Asked(Chat):
        @classmethod
        def generate_world(cls, opt, agents):
            return cls(
                opt, [*agents, agents[0].manager.bot("seller", reply=at_questions, disclose=False, pace=None)]
            )

    values = config("Asked", world_module="worlds")
    with rehearse(values, worlds=SimpleNamespace(Asked=Asked)) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        ann.says("well")
        ann.says("how much?")
        assert [line.message.id for line in bob.lines] == ["Person 1", "Person 1", "seller"]
    assert decided == [("seller", ["well"]), ("seller", ["well", "how much?"])]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (("buyer",), AgentError, "expected the name of a model, got 'buyer'"),
        (("seller", {"reply": "at_questions"}), ConfigError, "or the function itself, got 'at_questions'"),
        (("seller", {"disclos": False}), ConfigError, "did you mean 'disclose'?"),
        (("seller", {"max_bot_turns": 0}), ConfigError, "max_bot_turns"),
    ],
)
def test_what_cannot_be_a_bot_says_so(given, error, message):
    name, settings = given[0], given[1] if len(given) > 1 else {}
    with rehearse(config()) as rehearsal, pytest.raises(error) as raised:
        rehearsal.service.authors.bot(name, **settings)
    assert message in str(raised.value)


def test_without_models_there_are_no_bots_to_ask_for():
    values = {"tasks": {"talk": {"task_world": "parleyrun.ready:Chat"}}}
    with rehearse(values) as rehearsal, pytest.raises(AgentError) as raised:
        rehearsal.service.authors.bot("seller")
    assert "got 'seller': there are none: add models:" in str(raised.value)


def decisions(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute("SELECT kind, why FROM decisions ORDER BY n").fetchall()


class Blocking(WithBot):
    """Hears everybody in turn, the bot last, and tells all the others; waits for each."""

    def parley(self):
        for agent in self.agents:
            act = agent.act_blocking()
            for other in self.agents:
                if other is not agent and act["text"]:
                    other.observe(act)


def test_a_model_that_says_nothing_is_on_record_as_silent_and_asked_again_after_the_next_line(tmp_path):
    path = tmp_path / "talk.db"
    reserved = {"model": "bot_models:Reserved", "check": False}
    values = config(f"{__name__}:Blocking", models={"seller": reserved}, limits={"answers_per_minute": 1})
    with rehearse(values, store=path) as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        ann.says("hello")
        bob.says("hi")
        assert ann.heard == ["hi"]
        ann.says("what is it?")
        bob.says("how much?")
        assert ann.heard == ["hi", "how much?"]
        rehearsal.advance(70)
        assert ann.heard == ["hi", "how much?", "4: how much?"]
    assert decisions(path) == [
        ("silent", "its model said nothing"),
        ("silent", "its model was asked as often as answers_per_minute (1) allows"),
        ("spoke", ""),
    ]
    assert bot_models.asked == ["hi", "how much?", "how much?"]


class Hidden(Blocking):
    @classmethod
    def generate_world(cls, opt, agents):
        return cls(opt, [*agents, agents[0].manager.bot("seller", role="Seller", disclose=False)])


def test_a_world_that_waits_for_a_bot_which_is_away_goes_on_once_it_is_back(tmp_path):
    with rehearse(config(f"{__name__}:Hidden"), store=tmp_path / "talk.db") as rehearsal:
        ann, bob = two_in_talk(rehearsal)
        ann.says("hello")
        rehearsal.crash()
        bob.says("hi")
        assert ann.heard == ["hi"]
        rehearsal.advance(120)
        assert ann.heard == ["hi", "2: hi"]
        assert bob.heard == ["hello", "2: hi"]
