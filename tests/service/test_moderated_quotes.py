"""What is quoted of a line that was looked at before it was shown: only what this person saw."""

from types import SimpleNamespace

import pytest

from parleyrun import HOLD, World
from parleyrun.channels.quotes import with_quote
from parleyrun.testing import rehearse

NAMES = ("Ann", "Bob", "Cat")
SECRET = "ann@home"


class Relay(World):
    """Hands on what people say, as it was given, and keeps it."""

    MAX_AGENTS = 3

    @staticmethod
    def assign_roles(agents):
        for agent, name in zip(agents, NAMES, strict=True):
            agent.role = name

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                ACTS.append(act)
                for other in self.agents:
                    if other is not agent:
                        other.observe(act)

    def episode_done(self):
        return False


ACTS = []


def before_delivery(message, seat):
    """Bob is shown no address, Cat is shown nothing of it yet."""
    if SECRET not in message["text"]:
        return None
    return message["text"].replace(SECRET, "[address]") if seat.role == "Bob" else HOLD


@pytest.fixture(params=["memory", "file"])
def lab(request, tmp_path):
    ACTS.clear()
    task = {"task_world": "Relay", "agents_required": 3, "replies": True, "reactions": ["no"]}
    worlds = SimpleNamespace(Relay=Relay, before_delivery=before_delivery)
    path = None if request.param == "memory" else tmp_path / "study.db"
    with rehearse({"world_module": "worlds", "tasks": {"talk": task}}, worlds=worlds, store=path) as rehearsal:
        yield rehearsal


def come_in(lab):
    people = lab.people("ann", "bob", "cat")
    for person in people:
        person.says("hi")
    return people


def number(lab, person, text):
    return next(line.seq for line in lab.service.lines_after(person.id, 0) if text in line.message.text)


def quoted(lab, person, text):
    """The line with these words as a screen without quotes of its own shows it to that person."""
    (line,) = (line for line in lab.service.lines_after(person.id, 0) if line.message.text == text)
    return with_quote(line, lab.service._store).message.text


def test_a_quote_is_what_each_person_was_shown_and_no_more(lab):
    ann, bob, cat = come_in(lab)
    ann.says(f"write to {SECRET}")
    bob.says("I shall", reply_to=number(lab, bob, "write to [address]"))
    assert ACTS[-1]["reply_to"]["text"] == "write to [address]"
    assert quoted(lab, ann, "I shall") == f"> write to {SECRET}\nI shall"
    # Who has not been shown the line sees the words alone, and reacts to none of it.
    assert quoted(lab, cat, "I shall") == "I shall"
    bob.reacts(number(lab, bob, "write to"), "no")
    assert (len(ann.reactions), len(bob.reactions), cat.reactions) == (1, 1, {})
    ann.says("mine was", reply_to=number(lab, ann, "write to"))
    assert quoted(lab, bob, "mine was") == "> write to [address]\nmine was"
    assert quoted(lab, cat, "mine was") == "mine was"
    assert all(SECRET not in line.message.text for person in (bob, cat) for line in person.lines)


def test_a_line_that_is_let_go_in_other_words_is_quoted_in_those(lab):
    ann, bob, cat = come_in(lab)
    ann.says(f"write to {SECRET}")
    (held,) = lab.service.operators.ask("held", {}, by="ada", why="").held
    lab.service.operators.ask("release", {"line": held.line, "text": "write to me"}, by="ada", why="")
    lab.settle()
    cat.says("gladly", reply_to=number(lab, cat, "write to me"))
    assert ACTS[-1]["reply_to"]["text"] == "write to me"
    assert quoted(lab, ann, "gladly") == f"> write to {SECRET}\ngladly"
    assert quoted(lab, bob, "gladly") == "> write to [address]\ngladly"
    cat.reacts(number(lab, cat, "write to me"), "no")
    assert list(ann.reactions.values()) == list(bob.reactions.values()) == [{"no": 1}]


def test_a_reply_whose_own_words_are_changed_is_still_a_reply(lab):
    ann, bob, _ = come_in(lab)
    bob.says("where?")
    ann.says(f"to {SECRET}", reply_to=number(lab, ann, "where?"))
    assert quoted(lab, bob, "to [address]") == "> where?\nto [address]"
