"""Bots that a config seats: they talk with people, on record, and go on after a crash."""

import bot_models
import pytest

from parleyrun import World, archive
from parleyrun.ready import Chat
from parleyrun.signals import Growing, ReadMark, Typing
from parleyrun.testing import rehearse

CHAT = "parleyrun.ready:Chat"
ECHO = {"model": "bot_models:Echo", "check": False}


@pytest.fixture(autouse=True)
def nothing_asked():
    bot_models.forget()


class Roles(Chat):
    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("Buyer", "Friend"), strict=False):
            agent.disp_id = role


class Background(World):
    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.data = None

    def parley(self):
        act = self.agents[0].act()
        if act is not None:
            self.data = {"name": act["text"]}

    def episode_done(self):
        return self.data is not None


def config(*, models=None, **task):
    return {
        "models": models or {"seller": ECHO},
        "tasks": {"haggle": {"task_world": CHAT, "bots": {"Seller": "seller"}, **task}},
    }


def test_a_person_talks_with_the_bot_that_the_config_names():
    with rehearse(config()) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("how much?")
        ann.says("too much")
        (first, second) = (line.message for line in ann.lines)
        assert [(first.id, first.text), (second.id, second.text)] == [
            ("Seller", "1: how much?"),
            ("Seller", "2: too much"),
        ]
        assert first.extra == {"bot": True}


def test_people_wait_for_people_only_and_bots_sit_down_with_them():
    with rehearse(config(agents_required=2)) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        ann.says("hi")
        assert ann.place == "waiting"
        bob.says("hi")
        ann.says("all here?")
        assert [line.message.id for line in bob.lines] == ["Person 1", "Seller"]


def test_a_model_is_told_of_its_seat():
    task = {
        "task_world": f"{__name__}:Roles",
        "onboard_world": f"{__name__}:Background",
        "bots": {"Seller": "seller", "Host": {"model": "seller", "reply": "when_addressed"}},
    }
    with rehearse({"models": {"seller": ECHO}, "tasks": {"haggle": {**task, "agents_required": 2}}}) as rehearsal:
        for name in ("ann", "bob"):
            rehearsal.person(name).says("hi")
            rehearsal.person(name).says(name.title())
    assert bot_models.introduced == [
        {
            "role": "Seller",
            "task": "haggle",
            "people": ["Buyer", "Friend", "Host"],
            "condition": {},
            "round": 1,
            "onboard_data": {"Buyer": {"name": "Ann"}, "Friend": {"name": "Bob"}},
        },
        {
            "role": "Host",
            "task": "haggle",
            "people": ["Buyer", "Friend", "Seller"],
            "condition": {},
            "round": 1,
            "onboard_data": {"Buyer": {"name": "Ann"}, "Friend": {"name": "Bob"}},
        },
    ]


def test_what_a_single_person_said_before_has_its_own_names():
    with rehearse(config(onboard_world=f"{__name__}:Background")) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("Ann")
    (about,) = bot_models.introduced
    assert about["onboard_data"] == {"name": "Ann"}


def test_a_bot_and_a_person_of_one_role_is_a_mistake_that_the_log_names(caplog):
    with rehearse(config(task_world=f"{__name__}:Roles", bots={"Buyer": "seller"})) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.sees("something went wrong on our side")
    assert "expected each role of task 'haggle' once, got 'Buyer' for two" in caplog.text


def test_after_a_crash_the_bot_goes_on_and_is_not_asked_again(tmp_path):
    with rehearse(config(), store=tmp_path / "haggle.db") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("how much?")
        rehearsal.crash()
        ann.says("too much")
        assert ann.heard == ["1: how much?", "2: too much"]
        assert bot_models.asked == ["how much?", "too much"]
        assert len(bot_models.introduced) == 1
    with archive.open(tmp_path / "haggle.db") as kept:
        answers = [(row["participant"], row["model"], row["text"]) for row in kept.answers()]
    assert answers == [("bot:seller", "seller", "1: how much?"), ("bot:seller", "seller", "2: too much")]


def shown_of(rehearsal):
    """Return a list of all that is shown from now on besides lines, with whom it is shown to."""
    shown, signal = [], rehearsal.channel.signal

    def note(participant_id, what):
        shown.append((participant_id.partition(":")[2], what))
        signal(participant_id, what)

    rehearsal.channel.signal = note
    return shown


def test_words_grow_and_signs_of_reading_and_typing_come_in_the_order_of_the_lines():
    with rehearse(config(agents_required=2)) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        ann.says("hi")
        bob.says("hi")
        shown = shown_of(rehearsal)
        ann.says("how much?")
        assert ("ann", Growing("Seller", "1:")) in shown
        assert ("bob", Growing("Seller", "1:")) in shown
        assert [what for who, what in shown if who == "ann" and not isinstance(what, Growing)] == [
            ReadMark("Seller", 2),
            Typing("Seller", True),
            Typing("Seller", False),
        ]
        assert [what for who, what in shown if who == "bob" and isinstance(what, ReadMark)] == []


def test_a_bot_that_nobody_is_told_of_shows_no_words_before_they_are_said():
    hidden = {"Seller": {"model": "seller", "disclose": False, "pace": None}}
    with rehearse(config(bots=hidden)) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        shown = shown_of(rehearsal)
        ann.says("how much?")
        assert ann.heard == ["1: how much?"]
        assert ann.lines[0].message.extra == {}
        assert [what for _, what in shown] == [
            ReadMark("Seller", 2),
            Typing("Seller", True),
            Typing("Seller", False),
        ]


def test_who_talks_with_a_bot_that_passes_for_a_person_has_a_name_as_with_a_person(tmp_path):
    hidden = {"Person 2": {"model": "seller", "disclose": False, "pace": None}}
    with rehearse(config(bots=hidden), store=tmp_path / "x.db") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        assert ann.role == "Person 1"
        rehearsal.crash()
        assert ann.role == "Person 1"
    with rehearse(config()) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        assert ann.role is None


def test_people_are_not_named_like_a_bot_of_the_config():
    with rehearse(config(agents_required=2, bots={"Person 1": "seller"})) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        ann.says("hi")
        bob.says("hi")
        ann.says("who is who?")
        assert (ann.role, bob.role) == ("Person 2", "Person 3")
        assert [line.message.id for line in bob.lines] == ["Person 2", "Person 1"]


def test_the_limit_of_a_study_counts_what_was_spent_before_a_restart(tmp_path):
    limited = {**config(on_bot_error={"say": "No more."}), "limits": {"max_tokens_total": 20}}
    with rehearse(limited, store=tmp_path / "haggle.db") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("one")
        ann.says("two")
        rehearsal.crash()
        ann.says("three")
        assert ann.heard == ["1: one", "2: two", "No more."]
        assert bot_models.asked == ["one", "two"]


def test_a_bot_that_fails_ends_its_own_conversation_only():
    models = {"seller": ECHO, "broken": {"model": "bot_models:Broken", "check": False}}
    values = config(models=models)
    values["tasks"]["other"] = {"task_world": CHAT, "bots": {"Seller": "broken"}}
    with rehearse(values) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        for person, task in ((ann, "haggle"), (bob, "other")):
            person.says("hi")
            person.says(task)
            person.says("how much?")
        bob.sees("something went wrong on our side")
        assert bob.place == "overworld"
        ann.sees("1: how much?")
        assert ann.place == "task"


def test_a_config_of_bots_has_the_worlds_of_the_others_as_they_were():
    values = config()
    values["tasks"]["alone"] = {"task_world": CHAT}
    with rehearse(values) as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi")
        ann.says("alone")
        ann.says("anybody here?")
        assert bot_models.asked == []
