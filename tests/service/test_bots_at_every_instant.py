"""Killed at each commit of visits with bots, and started again: the same is seen, and no answer is there twice."""

import bot_models
import pytest
from resume_lab import Copies, ask, store_on
from test_shared_bots import Interview

from parleyrun.ready import Chat
from parleyrun.testing import rehearse

WAIT = None


class Blocking(Chat):
    """Waits inside one parley for a person and then for the bot, as worlds of ParlAI's kind do."""

    def parley(self):
        person, bot = self.agents
        person.observe({"text": "Go ahead."})
        act = person.act_blocking()
        while act["text"] != "bye":
            bot.observe(act)
            person.observe(bot.act_blocking())
            act = person.act_blocking()
        self.over = True


class Moderated(Chat):
    """A chat whose lines pass the module's hook."""


def before_delivery(message, seat):
    return message["text"].replace("[change]", "…") if "[refuse]" not in message["text"] else False


class Worlds:
    Blocking, Interview, Moderated = Blocking, Interview, Moderated
    before_delivery = staticmethod(before_delivery)


BOT = {"Seller": "seller"}
CONFIG = {
    "world_module": "worlds",
    "models": {"seller": {"model": "bot_models:Echo", "check": False}},
    "tasks": {
        "beside": {"task_world": "Moderated", "agents_required": 2, "bots": BOT},
        "filled": {"task_world": "Moderated", "agents_required": 2, "fill_with": {"model": "seller", "after": 20}},
        "blocking": {"task_world": "Blocking", "bots": BOT},
        "shared": {"task_world": "Interview"},
    },
    "opt": {"chat": {"quit_words": ["bye"], "welcome": "You are {role}."}},
    "overworld": "parleyrun.ready:Menu",
}

VISITS = {
    "beside people": ["ann hi", "ann beside", "bob hi", "bob beside", "ann one", "bob two [change]", "ann bye"],
    "in a place that nobody came to": ["ann hi", "ann filled", WAIT, "ann one", "ann two [refuse]", "ann bye"],
    "waited for": ["ann hi", "ann blocking", "ann one", "ann two", "ann bye", "ann blocking", "ann three"],
    "from a share table": ["ann hi", "ann shared", "ann one", "ann two", "ann bye", "ann shared", "ann three"],
}


def visit(rehearsal, lines):
    """Have everybody say their lines, but for those that are on record already; return all that they were told."""
    people = {name: rehearsal.person(name).arrives() for name in ("ann", "bob")}
    on_record = [line for person in people.values() for line in rehearsal.service.lines_after(person.id, 0)]
    said = sum(line.mine for line in on_record)
    number = -1
    for step in lines:
        if step is WAIT:
            rehearsal.advance(20)
            continue
        number += 1
        if number >= said - 1:
            name, text = step.split(" ", 1)
            people[name].says(text, message_id=f"line {number}")
    return {
        name: [line.message.text for line in rehearsal.service.lines_after(person.id, 0) if not line.mine]
        for name, person in people.items()
    }


def answers_in(path):
    return ask(path, "SELECT text FROM decisions WHERE kind = 'spoke' ORDER BY n")


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("lines", VISITS.values(), ids=VISITS)
def test_a_kill_at_any_commit_changes_nothing_that_people_see(tmp_path, lines, every):
    path = tmp_path / "record.db"
    copies = Copies(path)
    with rehearse(CONFIG, Worlds, store=store_on(copies, path)) as rehearsal:
        undisturbed = visit(rehearsal, lines)
        instants = list(copies.taken)
    answers = answers_in(path)
    assert answers
    assert len(instants) > 2 * len(lines)
    for instant in instants[::every]:
        bot_models.forget()
        with rehearse(CONFIG, Worlds, store=instant) as rehearsal:
            assert visit(rehearsal, lines) == undisturbed, instant.name
        assert answers_in(instant) == answers
