"""The examples in which models sit: played with a model that says what it is told to."""

from pathlib import Path

import pytest

from parleyrun import archive
from parleyrun.cli import main
from parleyrun.testing import FakeModel, FakeReply, rehearse
from worlds.hidden_model import drawn_for

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture
def model(monkeypatch):
    """The server that the examples ask, by the variables that they name."""
    with FakeModel(lambda request: f"You said: {request.last_text}") as fake:
        monkeypatch.setenv("MODEL_URL", fake.base_url)
        monkeypatch.setenv("MODEL_NAME", "fake")
        yield fake


def example(name, **more):
    return rehearse(CONFIGS / f"{name}.yml", **more)


def test_a_person_talks_with_a_model_that_knows_its_seat(model, tmp_path):
    with example("person_and_model", store=tmp_path / "x.db") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.sees("At the flea market you see a bicycle. Ask the Seller about it.")
        ann.says("How much is it?")
        line = ann.sees("How much is it?").message
        assert (line.id, line.extra) == ("Seller", {"bot": True})
        rehearsal.crash()
        ann.says("Too much!")
        ann.sees("Too much!")
        ann.says("bye")
        ann.sees("Thank you!")
        assert ann.quick_replies == ("haggle", "EXIT")
    system = model.requests[-1].messages[0]["content"]
    assert "You are the Seller at a flea market, and talk with the Person 1." in system
    with archive.open(tmp_path / "x.db") as kept:
        assert [row["participant"] for row in kept.answers()] == ["bot:seller"] * 2


def test_a_model_that_fails_says_so_in_its_own_way_and_the_talk_goes_on(model):
    with example("person_and_model") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        model.then(FakeReply(status=400, error={"message": "no"}))
        ann.says("How much is it?")
        ann.sees("One moment, somebody else is asking me something.")
        ann.says("How much is it?")
        ann.sees("How much is it?")


def test_the_moderator_speaks_after_six_lines_or_a_silence_and_never_twice_in_a_row(model):
    with example("moderated_talk") as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        ann.says("hi")
        bob.says("hi")
        for number in range(3):
            ann.says(f"a{number}")
            bob.says(f"b{number}")
        speakers = [line.message.id for line in ann.lines if line.message.id]
        assert speakers == ["Person 2", "Person 2", "Person 2", "Moderator"]
        ann.says("well")
        rehearsal.advance(44)
        assert [line.message.id for line in bob.lines].count("Moderator") == 1
        rehearsal.advance(2)
        assert [line.message.id for line in bob.lines].count("Moderator") == 2
        rehearsal.advance(200)
        assert [line.message.id for line in bob.lines].count("Moderator") == 2


def people_drawn(partner, count):
    """Return the names of so many people for whom that partner is drawn."""
    names = (f"person{number}" for number in range(1000))
    return [name for name in names if drawn_for(f"memory:{name}") == partner][:count]


def test_half_of_the_people_are_drawn_for_a_model():
    drawn = [drawn_for(f"memory:person{number}") for number in range(1000)]
    assert 450 < drawn.count("model") < 550
    assert drawn == [drawn_for(f"memory:person{number}") for number in range(1000)]


def test_who_is_drawn_for_a_person_gets_one_and_who_is_not_gets_a_model_in_their_place(model, tmp_path):
    store = tmp_path / "x.db"
    with example("hidden_model", store=store) as rehearsal:
        first, last = rehearsal.people(*people_drawn("person", 2))
        alone = rehearsal.person(*people_drawn("model", 1))
        for person in (alone, first, last):
            person.says("hi")
        assert (alone.place, first.place, last.place) == ("waiting", "task", "task")
        rehearsal.advance(27)  # 20 seconds, and by the jitter of its pace up to 6 more
        assert alone.place == "task"
        # Whoever sits with whom, it looks the same.
        assert (alone.role, first.role, last.role) == ("Robin", "Robin", "Kim")
        alone.says("hello")
        last.says("hello")
        rehearsal.advance(60)
        by_model, by_person = alone.lines[-1].message, first.lines[-1].message
        assert (by_model.id, by_person.id) == ("Kim", "Kim")
        assert by_model.extra == by_person.extra == {}
        assert alone.heard[0] == first.heard[0] == "Get to know each other. Write BYE once you are through."
        assert by_model.text.endswith("hello")
    with archive.open(store) as kept:
        partners = {row["participant"]: row["data"]["partner"] for row in kept.participants()}
    assert partners == {alone.id: "model", first.id: "person", last.id: "person"}


def test_who_is_drawn_for_a_person_is_never_given_the_model(model):
    with example("hidden_model") as rehearsal:
        (ann,) = rehearsal.people(*people_drawn("person", 1))
        ann.says("hi")
        rehearsal.advance(299)
        assert ann.place == "waiting"
        rehearsal.advance(2)
        assert ann.place == "overworld"
        assert model.requests == [model.requests[0]]  # the check before the doors opened


def test_two_models_discuss_until_it_is_the_turn_of_the_person_who_listens(model):
    with example("debate") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.sees("Listen to Ada, Max.")
        rehearsal.advance(300)
        voices = [line.message.id for line in ann.lines if line.message.id]
        assert voices == ["Ada", "Max"] * 6
        ann.says("And what about jobs?")
        rehearsal.advance(300)
        assert len([line for line in ann.lines if line.message.id]) > 12
        ann.says("bye")
        assert ann.place == "overworld"


def test_the_two_models_talk_among_themselves_too(model, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["selfchat", "--models", str(CONFIGS / "debate.yml"), "-m", "optimist", "--partner", "sceptic",
              "--opening", "Machines?", "--turns", "2"])  # fmt: skip
    assert not ended.value.code
    voices = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert voices == ["sceptic", "optimist"] * 2 + ["sceptic"]
    system = model.requests[-1].messages[0]["content"]
    assert system.startswith("You discuss with optimist whether machines will be a blessing")
