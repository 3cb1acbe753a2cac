"""Bots that a world asks the service for."""

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
