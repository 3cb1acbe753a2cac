"""Which conversation is this: seats, worlds, exports and the record agree on it."""

import io
import json
import sys

from parleyrun import BotAgent, World
from parleyrun.archive.archive import Archive
from parleyrun.archive.json_lines import JsonLines
from parleyrun.archive.selection import Selection
from parleyrun.archive.writing import export
from parleyrun.testing import rehearse

IDS = ("task_id", "conversation_id", "run_id")


def ids_of(thing):
    return [getattr(thing, name) for name in IDS]


class Menu(World):
    def parley(self):
        act = self.agents[0].act()
        return act and act["text"]

    def return_overworld(self):
        pass


class Parrot:
    def observe(self, act):
        pass

    def act(self):
        return None


class Asked(World):
    """Tells its ids, those of its seats, and those that it knew when it was built."""

    done = False

    def __init__(self, opt, agents):
        super().__init__(opt, [*agents, BotAgent(Parrot(), "Parrot")])
        self.at_first = ids_of(self)

    def parley(self):
        for agent in self.agents[:-1]:
            act = agent.act()
            if act is not None:
                told = [self.at_first, ids_of(self), *map(ids_of, self.agents)]
                agent.observe({"text": json.dumps(told)})
                self.done = act["text"] == "bye"

    def episode_done(self):
        return self.done


class Named(World):
    """A world of an author who has a `task_id` of their own."""

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.task_id = "mine"

    def parley(self):
        if self.agents[0].act() is not None:
            self.agents[0].observe({"text": self.task_id})


CONFIG = {
    "overworld": "Menu",
    "tasks": {"asked": {"task_world": "Asked", "agents_required": 2}, "named": {"task_world": "Named"}},
}


def opened(path=None, **config):
    return rehearse({**CONFIG, **config}, sys.modules[__name__], store=path)


def paired(rehearsal, *names):
    ann, bob = rehearsal.people(*(names or ("ann", "bob")))
    for person in (ann, bob):
        person.says("hi", "asked")
    return ann, bob


def exported(path, **chosen):
    out = io.StringIO()
    with Archive(path) as archive:
        export(archive, Selection(**chosen), JsonLines(out))
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_worlds_and_all_their_seats_know_the_same_conversation():
    with opened() as rehearsal:
        ann, _ = paired(rehearsal)
        ann.says("?")
        told = json.loads(ann.heard[-1])
    task_id, conversation_id, run_id = told[0]
    assert task_id == "t_1"
    assert len(conversation_id) == 32
    assert run_id.startswith("r_")
    assert told == [told[0]] * 5


def test_outside_of_a_service_there_is_none():
    assert ids_of(World({}, [BotAgent(Parrot(), "Parrot")])) == [None, None, None]


def test_an_authors_own_task_id_stays_theirs():
    with opened() as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hi", "named", "?")
        ann.sees("mine")


def test_exports_name_conversations_as_their_seats_do(path):
    with opened(path) as rehearsal:
        ann, _ = paired(rehearsal)
        ann.says("bye")
        told = json.loads(ann.heard[-1])[0]
    (conversation,) = exported(path)
    assert [conversation[name] for name in IDS] == told


def test_a_conversation_stays_one_of_the_start_in_which_it_began(path, again):
    with opened(path) as rehearsal:
        ann, bob = paired(rehearsal)
        ann.says("?")
        before = json.loads(ann.heard[-1])
        again(rehearsal)
        bob.says("?")
        assert json.loads(bob.heard[-1]) == before
        bob.says("bye")
        for person in (ann, bob):
            person.says("asked")
        ann.says("?")
        after = json.loads(ann.heard[-1])
    assert after[0][0] == "t_2"
    assert after[0][2] != before[0][2]
    with Archive(path) as archive:
        starts = list(archive.starts())
    assert [start.number for start in starts] == [1, 2]
    assert [start.start.run_id for start in starts] == [before[0][2], after[0][2]]
    assert [start.conversations for start in starts] == [1, 1]


def test_a_pilot_and_a_study_on_one_store_can_be_told_apart(path):
    for names, disconnect_grace in (("ab", 60), ("cd", 60), ("ef", 61)):
        with opened(path, disconnect_grace=disconnect_grace) as rehearsal:
            one, _ = paired(rehearsal, *names)
            one.says("bye")
    with Archive(path) as archive:
        pilot, again, study = (each.start for each in archive.starts())
    assert pilot.config_hash == again.config_hash != study.config_hash
    assert pilot.version == study.version
    assert [one["run_id"] for one in exported(path, starts=("3",))] == [study.run_id]
    assert [one["run_id"] for one in exported(path, starts=("1", again.run_id[:-2]))] == [
        pilot.run_id,
        again.run_id,
    ]
    assert exported(path, starts=("4",)) == []


def words_of(person, conversation):
    return [message["text"] for message in conversation["messages"] if message.get("participant") == person.id]


class TestTheFirstMessage:
    def test_it_is_a_line_of_the_overworld_that_it_opens(self, path):
        with opened(path) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("my participant code is 42", "named", "x")
        overworld, task = exported(path, kinds=())
        assert words_of(ann, overworld) == ["my participant code is 42", "named"]
        assert words_of(ann, task) == ["x"]
        assert "mine" in [message["text"] for message in task["messages"]]

    def test_so_is_that_of_every_later_visit(self, path):
        with opened(path) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("first", "EXIT")
            ann.says("second", "EXIT")
        texts = [[message["text"] for message in one["messages"]] for one in exported(path, kinds=("overworld",))]
        assert texts == [["first", "EXIT"], ["second", "EXIT"]]

    def test_passwords_are_of_no_conversation(self, path):
        with opened(path, password="sesame") as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("my participant code is 42")
            ann.says("open")
            ann.says("sesame")
            ann.says("EXIT")
        (overworld,) = exported(path, kinds=())
        assert words_of(ann, overworld) == ["my participant code is 42", "EXIT"]
        assert "sesame" not in str(overworld)

    def test_what_is_said_in_the_middle_of_a_visit_opens_nothing(self, path):
        with opened(path) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi", "asked", "EXIT")
            assert ann.place == "overworld"
            ann.says("named", "x")
        overworlds = exported(path, kinds=("overworld",))
        texts = [message["text"] for one in overworlds for message in one["messages"]]
        assert texts == ["hi", "asked", "named"]
