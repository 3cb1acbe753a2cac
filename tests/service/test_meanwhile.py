"""Meanwhile: what people see and do while they wait, and how they leave it when a partner is found."""

import sqlite3
from contextlib import closing

import pytest
from resume_lab import Copies, store_on
from test_every_instant import visit

from parleyrun import ConfigError, World
from parleyrun.testing import rehearse

CHAT = {"task_world": "parleyrun.ready:Chat"}
TRIVIA = {
    "fields": {
        "river": {"ask": "Which river is longer?", "kind": "choice", "options": ["Nile", "Rhine"]},
        "town": {"ask": "Which town is older?", "kind": "choice", "options": ["Rome", "Oslo"]},
    }
}


class Puzzle(World):
    """Repeats what it hears, and counts it."""

    begun = False
    heard = 0

    def parley(self):
        if not self.begun:
            self.begun = True
            self.agents[0].observe({"id": "", "text": "Count with me."})
        act = self.agents[0].act()
        if act is not None:
            self.heard += 1
            self.agents[0].data["counted"] = self.heard
            self.agents[0].observe({"id": "", "text": f"{self.heard}: {act['text']}"})

    def episode_done(self):
        return self.heard == 3


class Broken(World):
    def parley(self):
        raise RuntimeError("broken")

    def episode_done(self):
        return False


def study(waiting, **task):
    return {
        "forms": {"trivia": TRIVIA},
        "disconnect_grace": 5,
        "opt": {"chat": {"quit_words": "bye"}},
        "tasks": {"talk": {**CHAT, "agents_required": 2, "waiting": waiting, **task}},
    }


def world(name):
    return {"steps": [{"world": f"{__name__}:{name}"}]}


def come(rehearsal, *names):
    people = rehearsal.people(*names)
    for person in people:
        person.says("hi")
    return people


def test_who_waits_is_shown_a_text_once_and_who_is_matched_at_once_is_not(tmp_path):
    with rehearse(study("Read **this** {meanwhile}."), store=tmp_path / "a.db") as rehearsal:
        (ann,) = come(rehearsal, "ann")
        assert ann.heard == ["Read **this** {meanwhile}."]
        rehearsal.crash()
        rehearsal.advance(20)
        assert ann.heard == ["Read **this** {meanwhile}."]
        (bob,) = come(rehearsal, "bob")
        assert [ann.place, bob.place] == ["task"] * 2
        assert bob.heard == []


def test_the_text_may_stand_in_a_file_beside_the_config(tmp_path):
    (tmp_path / "wait.md").write_text("# While you wait\n\nSit down.")
    config = tmp_path / "study.yml"
    config.write_text(
        "tasks: {talk: {task_world: 'parleyrun.ready:Chat', agents_required: 2, waiting: {text: wait.md}}}"
    )
    with rehearse(config) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        assert ann.heard == ["# While you wait\n\nSit down."]
    (tmp_path / "wait.md").unlink()
    with pytest.raises(ConfigError, match=r"wait\.md"):
        rehearse(config)


def test_a_world_is_gone_through_until_a_partner_is_found():
    with rehearse(study(world("Puzzle"))) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        assert ann.place == "waiting"
        assert ann.heard == ["Count with me."]
        ann.says("one")
        assert ann.heard[-1] == "1: one"
        (bob,) = come(rehearsal, "bob")
        assert [ann.place, bob.place] == ["task"] * 2
        ann.says("hello bob")
        assert bob.heard == ["hello bob"]
        assert "2: hello bob" not in ann.heard
        assert rehearsal.service._sessions.get(ann.id).data["counted"] == 1


def test_a_world_that_is_over_leaves_its_person_waiting():
    with rehearse(study(world("Puzzle"))) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        ann.says("a", "b", "c")
        assert ann.heard[-1] == "3: c"
        ann.says("d")
        assert ann.heard[-1] == "You are still waiting for a partner. Write EXIT if you would rather stop waiting."
        come(rehearsal, "bob")
        assert ann.place == "task"


@pytest.mark.parametrize("told_early", [False, True])
def test_exit_leaves_the_pool_whatever_they_are_doing(told_early):
    with rehearse(study(world("Puzzle"))) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        ann.says(*(["one"] if told_early else []), "EXIT")
        assert ann.place == "overworld"
        ann.says("talk")
        assert ann.place == "waiting"
        assert ann.heard[-1] == "Count with me."


def test_it_goes_on_after_a_crash_with_nothing_lost(tmp_path):
    with rehearse(study(world("Puzzle")), store=tmp_path / "a.db") as rehearsal:
        (ann,) = come(rehearsal, "ann")
        ann.says("one")
        rehearsal.crash()
        ann.says("two")
        assert ann.heard[-1] == "2: two"
        assert ann.heard.count("Count with me.") == 1
        rehearsal.restart()
        (bob,) = come(rehearsal, "bob")
        ann.says("hello")
        assert bob.heard == ["hello"]
        rehearsal.crash()
        ann.says("still here?")
        assert bob.heard[-1] == "still here?"


def test_it_is_on_record_by_itself(tmp_path):
    with rehearse(study(world("Puzzle")), store=tmp_path / "a.db") as rehearsal:
        (ann,) = come(rehearsal, "ann")
        ann.says("one")
        come(rehearsal, "bob")
        ann.says("bye")
    with closing(sqlite3.connect(tmp_path / "a.db")) as record, record:
        kinds = [kind for (kind,) in record.execute("SELECT kind FROM runs WHERE task = 'talk' ORDER BY started")]
    assert kinds == ["waiting", "task"]


def test_a_form_is_asked_while_they_wait_and_its_answers_are_kept_though_it_was_left_half_way(tmp_path):
    with rehearse(study({"steps": ["trivia"]}), store=tmp_path / "a.db") as rehearsal:
        (ann,) = come(rehearsal, "ann")
        assert "Which river is longer?" in ann.heard[-1]
        ann.says("Nile")
        assert "Which town is older?" in ann.heard[-1]
        rehearsal.crash()
        (bob,) = come(rehearsal, "bob")
        assert [ann.place, bob.place] == ["task"] * 2
        ann.says("hello")
        assert bob.heard[-1] == "hello"


def test_when_they_wait_no_more_for_another_reason_it_ends_too():
    with rehearse(study(world("Puzzle"), max_time_in_pool=60)) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        rehearsal.advance(61)
        assert ann.place == "overworld"
        ann.says("talk")
        ann.goes_away()
        rehearsal.advance(10)
        assert ann.place == "gone"
        assert not rehearsal.service._journey.tasks.waiting._meanwhile._going_on
        assert len(rehearsal.service._runner) <= 1


def test_a_world_that_fails_leaves_its_person_waiting():
    with rehearse(study(world("Broken"))) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        assert ann.place == "waiting"
        assert ann.heard == []
        come(rehearsal, "bob")
        assert ann.place == "task"


def test_it_begins_anew_with_each_wait():
    with rehearse(study(world("Puzzle"), rounds=2)) as rehearsal:
        ann, bob = come(rehearsal, "ann", "bob")
        ann.says("bye")
        assert [ann.place, bob.place] == ["waiting"] * 2
        assert ann.heard[-1] == bob.heard[-1] == "Count with me."


@pytest.mark.parametrize(
    ("waiting", "said"),
    [
        ({"steps": ["trivai"]}, "trivai"),
        ({}, "'text' or the key 'steps'"),
        ({"txet": "a"}, "txet"),
        (3, "expected a mapping"),
        ("nowhere.md", r"nowhere\.md"),
    ],
)
def test_what_is_wrong_with_it_is_found(waiting, said):
    with pytest.raises(ConfigError, match=said):
        rehearse(study(waiting))


WAITING = {"text": "Sit down.", "steps": [{"world": f"{__name__}:Puzzle"}]}
VISITS = {
    "left for a partner": ["ann hi", "ann one", "bob hi", "ann hello", "bob hello you", "bob bye"],
    "done before": ["ann hi", "ann one", "ann two", "ann three", "ann four", "bob hi", "ann hello", "bob bye"],
    "left for good": ["ann hi", "ann one", "ann EXIT", "ann talk", "ann two", "bob hi", "bob hello", "ann bye"],
}


def seen(rehearsal, lines):
    """Return what was seen; of bob, who has to wait where he comes back first, without what he saw then."""
    told = visit(rehearsal, lines)
    return {**told, "bob": [text for text in told["bob"] if text not in ("Sit down.", "Count with me.")]}


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("lines", VISITS.values(), ids=VISITS)
def test_a_kill_at_any_commit_changes_nothing_that_people_see(tmp_path, lines, every):
    path = tmp_path / "record.db"
    copies = Copies(path)
    with rehearse(study(WAITING), store=store_on(copies, path)) as rehearsal:
        undisturbed = seen(rehearsal, lines)
        instants = list(copies.taken)
    assert "1: one" in undisturbed["ann"]
    assert len(instants) > len(lines)
    for instant in instants[::every]:
        with rehearse(study(WAITING), store=instant) as rehearsal:
            assert seen(rehearsal, lines) == undisturbed, instant.name


def test_it_goes_on_where_an_operator_sets_another_longest_wait():
    with rehearse(study({"text": "Read this.", **world("Puzzle")})) as rehearsal:
        (ann,) = come(rehearsal, "ann")
        ann.says("one")
        rehearsal.service.operators.ask("wait", {"task": "talk", "seconds": 500}, by="ada")
        rehearsal.settle()
        ann.says("two")
        assert ann.heard == ["Read this.", "Count with me.", "1: one", "2: two"]
