"""What authors change while people are served is taken for new conversations; those that go on lose nothing."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from threading import Event

import pytest
from cases import case

from parleyrun.app import reloading
from parleyrun.app.planning import plan_of
from parleyrun.app.reloading import LOOK_SECONDS, Reloading
from parleyrun.app.watched_files import WatchedFiles
from parleyrun.cli.common.findings import read_plan_again
from parleyrun.core.message import FrozenDict
from parleyrun.errors import ConfigError
from parleyrun.events import Inbound
from parleyrun.testing import FakeModel, Rehearsal

CONFIG = """
task_name: talk
world_module: ./talks.py
tasks:
  talk: {task_world: Talk, agents_required: 2, max_time_in_pool: 600}
opt: {topic: tea}
"""
WORLDS = """
from parleyrun import World

GREETING = "first"

class Talk(World):
    done = False
    begun = False

    def parley(self):
        if not self.begun:
            self.begun = True
            for agent in self.agents:
                agent.observe({"text": f"{GREETING} {self.opt['topic']}"})
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.done = act["text"] == "bye"
                for other in self.agents:
                    if other is not agent:
                        other.observe({"id": agent.role, "text": f"{GREETING}: {act['text']}"})

    def episode_done(self):
        return self.done
"""


class Study:
    """A study in a folder, that is rehearsed while its author goes on writing."""

    def __init__(self, folder: Path, store: Path | None = None) -> None:
        self.folder, self.ticks = folder, 0
        self.path = folder / "study.yml"
        self.write("study.yml", CONFIG)
        self.write("talks.py", WORLDS)
        self.rehearsal = Rehearsal(plan_of(self.path), store=store)

    def write(self, name: str, text: str) -> None:
        """Write a file at a moment of its own, as the clocks of file systems are coarse."""
        path = self.folder / name
        path.write_text(text)
        self.ticks += 1
        os.utime(path, (1_000_000 + self.ticks, 1_000_000 + self.ticks))

    def change(self, name: str, before: str, after: str) -> None:
        text = (self.folder / name).read_text()
        assert before in text
        self.write(name, text.replace(before, after))

    def __enter__(self) -> Study:
        self.rehearsal.__enter__()
        self.reloading = Reloading(self.rehearsal.app, self.path, lambda: read_plan_again(self.path))
        self.reloading.__enter__()
        return self

    def __exit__(self, *error) -> None:
        self.reloading.__exit__(*error)
        self.rehearsal.__exit__(*error)

    def look(self, times: int = 2) -> None:
        """Let so much time pass that the files are looked at, as often as it takes for a change to be taken."""
        for _ in range(times):
            self.rehearsal.advance(LOOK_SECONDS)
            self.reloading.wait_idle()
            self.rehearsal.settle()

    def pair(self, *names: str):
        return [self.rehearsal.person(name).arrives(opens=True) for name in names]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a name of its own, as modules are known by it."""
    folder = tmp_path / f"study_{tmp_path.name}"
    folder.mkdir()
    return folder


@pytest.fixture
def study(folder: Path):
    with Study(folder) as study:
        yield study


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "parleyrun.app.reloading"]


def test_a_conversation_goes_on_with_the_old_world_while_a_new_one_has_the_new(study, caplog):
    caplog.set_level(logging.INFO)
    ann, bob = study.pair("ann", "bob")
    ann.sees("first tea")
    study.change("talks.py", '"first"', '"the second"')
    study.change("study.yml", "topic: tea", "topic: cake")
    study.look()
    assert told(caplog) == ["changed (study.yml, talks.py): whatever begins from now on is as it is there"]
    cyd, dan = study.pair("cyd", "dan")
    cyd.sees("the second cake")
    ann.says("hello")
    bob.sees("first: hello")
    cyd.says("hello")
    dan.sees("the second: hello")
    ann.says("bye")
    for person in (ann, bob):
        assert person.place == "overworld"


def test_a_change_is_taken_once_it_is_the_same_at_two_looks(study, caplog):
    caplog.set_level(logging.INFO)
    study.change("study.yml", "tea", "cake")
    study.look(times=1)
    assert told(caplog) == []
    study.change("study.yml", "cake", "coffee")
    study.look(times=1)
    assert told(caplog) == []
    study.look(times=1)
    assert len(told(caplog)) == 1
    ann, _ = study.pair("ann", "bob")
    ann.sees("first coffee")


def test_what_was_written_while_the_service_was_starting_is_taken_too(folder):
    study = Study(folder)
    began = 1_000_000.5 + study.ticks
    study.change("talks.py", '"first"', '"the second"')
    with (
        study.rehearsal,
        Reloading(
            study.rehearsal.app, study.path, lambda: read_plan_again(study.path), since=began
        ) as study.reloading,
    ):
        study.look()
        study.pair("ann", "bob")[0].sees("the second tea")


def test_the_end_waits_for_no_module_that_is_imported_for_ever(folder, monkeypatch):
    monkeypatch.setattr(reloading, "CLOSING_SECONDS", 0.0)
    study, begun, go_on, over = Study(folder), Event(), Event(), Event()

    def read():
        begun.set()
        assert go_on.wait(60)
        over.set()
        return read_plan_again(study.path)

    with study.rehearsal:
        before = study.rehearsal.app.plan
        with Reloading(study.rehearsal.app, study.path, read) as study.reloading:
            study.change("study.yml", "topic: tea", "topic: cake")
            study.look(1)
            study.rehearsal.advance(LOOK_SECONDS)
            assert begun.wait(60)
        assert not over.is_set()
        go_on.set()
        study.reloading.wait_idle()
        assert over.is_set()
        assert study.rehearsal.app.plan is before


BROKEN = [
    ("talks.py", "class Talk(World)", "class Talk(World", "SyntaxError"),
    ("talks.py", "from parleyrun import World", "from parleyrun import Wrld", "cannot import name 'Wrld'"),
    ("talks.py", "class Talk", "class Talking", "did you mean 'Talking'?"),
    ("talks.py", 'GREETING = "first"', "raise SystemExit", "called sys.exit"),
    ("study.yml", "agents_required: 2", "agents_required: two", "expected"),
    ("study.yml", "topic: tea", "topic: [tea", "study.yml"),
    ("study.yml", "task_world: Talk", "task_wrld: Talk", "did you mean 'task_world'?"),
]
"""Where a file is changed for the worse, and what is said of it."""


def test_a_broken_change_is_told_and_the_old_plan_goes_on(study, caplog):
    ann, bob = study.pair("ann", "bob")
    for name, before, after, why in BROKEN:
        caplog.clear()
        plan = study.rehearsal.app.plan
        study.change(name, before, after)
        study.look()
        with case(name, after):
            [line] = told(caplog)
            assert line.startswith(f"not changed ({name}), all is as it was before: it cannot be used\n")
            assert why in line
            study.look(times=4)
            assert len(told(caplog)) == 1
            assert study.rehearsal.app.plan is plan
        study.change(name, after, before)
        study.look()
    study.change(*BROKEN[0][:3])
    study.look()
    cyd, _ = study.pair("cyd", "dan")
    cyd.sees("first tea")
    ann.says("hello")
    bob.sees("first: hello")
    study.change(BROKEN[0][0], BROKEN[0][2], BROKEN[0][1])
    study.change("talks.py", '"first"', '"mended"')
    study.look()
    eve, _ = study.pair("eve", "fay")
    eve.sees("mended tea")


FOR_A_RESTART = [
    ("task_name: talk", "task_name: talk\nchannels: {browser: {port: 9999}}", "channels"),
    ("task_name: talk", "task_name: talk\nstore: {path: other.db}", "store"),
    ("task_name: talk", "task_name: talk\ntexts: {waiting: Wait}", "texts"),
    ("task_name: talk", "task_name: talks", "task_name"),
    ("task_name: talk", "task_name: talk\npage_id: 1234", "page_id and channels"),
    ("opt: {topic: tea}", "opt: {topic: tea, password: abc}", "password"),
    ("  talk: {", "  walk: {", "the task that is gone (talk)"),
    ("max_time_in_pool: 600", "max_time_in_pool: 600, allow_uploads: true", "allow_uploads"),
    ("task_name: talk", "task_name: talk\nconditions: {size: {values: [small, big]}}", "conditions"),
]
"""What is changed in the config, and what of it cannot be taken while people are served."""


def test_what_needs_a_restart_is_said_in_one_sentence_and_nothing_of_the_change_is_taken(study, caplog):
    sentence = (
        "cannot be changed while people are served: stop parleyrun and start it again to have the new config"
    )
    study.change("study.yml", "tea", "cake")
    plan = study.rehearsal.app.plan
    for before, after, what in FOR_A_RESTART:
        caplog.clear()
        before, after = before.replace("tea", "cake"), after.replace("tea", "cake")
        study.change("study.yml", before, after)
        study.look()
        assert told(caplog) == [f"not changed (study.yml), all is as it was before: {what} {sentence}"]
        assert study.rehearsal.app.plan is plan, what
        study.change("study.yml", after, before)
    study.change("study.yml", "task_name: talk", "task_name: talks")
    study.look()
    ann, _ = study.pair("ann", "bob")
    ann.sees("first tea")


def test_a_file_that_says_nothing_new_is_no_change(study, caplog):
    caplog.set_level(logging.INFO)
    study.write("notes.md", "Ask Ann about the tea.")
    study.change("study.yml", "task_name: talk", "# Tea.\ntask_name: talk")
    study.look()
    assert told(caplog) == []


def test_who_waits_is_matched_for_what_their_task_is_now_and_has_waited_for_as_long(study):
    [ann] = study.pair("ann")
    study.rehearsal.advance(400)
    study.change(
        "study.yml", "agents_required: 2, max_time_in_pool: 600", "agents_required: 3, max_time_in_pool: 500"
    )
    study.look()
    study.pair("bob")
    assert ann.place == "waiting"
    study.rehearsal.advance(100)
    assert ann.place == "overworld"
    ann.sees("nobody was free")


def test_who_waits_is_matched_at_once_where_fewer_people_are_needed_now(study):
    study.change("study.yml", "agents_required: 2", "agents_required: 3")
    study.look()
    ann, _ = study.pair("ann", "bob")
    assert ann.place == "waiting"
    study.change("study.yml", "agents_required: 3", "agents_required: 2")
    study.look()
    ann.sees("first tea")
    ann.says("EXIT")
    assert ann.place == "task"


def test_a_task_that_is_new_is_offered_to_those_who_come_after_it(study):
    study.change("study.yml", "tasks:\n", "tasks:\n  alone: {task_world: Talk}\n")
    study.look()
    ann, _ = study.pair("ann", "bob")
    assert ann.quick_replies == ("alone", "talk", "EXIT")
    ann.says("alone")
    ann.sees("first tea")


def test_what_is_taken_of_peoples_lines_is_as_their_conversation_was_begun(folder, tmp_path):
    with Study(folder, store=tmp_path / "study.db") as study:
        old = study.pair("ann", "bob")
        study.change("study.yml", "agents_required: 2,", "agents_required: 2, end_button: all, paste: record,")
        study.look()
        new = study.pair("cyd", "dan")
        study.change("study.yml", "end_button: all, paste: record,", "")
        study.look()
        for one, other in (old, new):
            one.says("/finish")
            study.rehearsal.service.deliver(Inbound(one.id, "m-1", "read", claimed=FrozenDict(pasted=4)))
            study.rehearsal.settle()
            other.sees("first: read")
        assert ["first: /finish" in people[1].heard for people in (old, new)] == [True, False]
        said = [study.rehearsal.service.lines_after(people[0].id, 0) for people in (old, new)]
        claims = [[dict(line.message.extra) for line in lines if line.message.text == "read"] for lines in said]
        assert claims == [[{}], [{"claimed": {"pasted": 4}}]]
        new[1].says("/finish")
        assert [person.place for person in (*old, *new)] == ["task", "task", "overworld", "overworld"]


def test_who_comes_back_from_an_old_conversation_finds_the_overworld_that_they_came_from(study):
    ann, bob = study.pair("ann", "bob")
    study.write("talks.py", WORLDS + "\n\nclass Hall(World):\n    def parley(self):\n        return 'talk'\n")
    study.change("study.yml", "tasks:\n", "overworld: Hall\ntasks:\n")
    study.look()
    ann.says("bye")
    for person in (ann, bob):
        assert person.place == "overworld"
        person.sees("Welcome back!")


def test_module_initialize_of_a_new_module_runs_and_one_that_fails_keeps_the_old_one(study, caplog):
    study.change("talks.py", "GREETING =", "def module_initialize(opt, service): 1 / 0\n\nGREETING =")
    study.look()
    assert "module_initialize(opt, service) raised ZeroDivisionError" in told(caplog)[0]
    ann, _ = study.pair("ann", "bob")
    ann.sees("first tea")
    study.change("talks.py", "1 / 0", "globals().update(GREETING=f'set up for {opt[\"topic\"]},')")
    study.change("study.yml", "tea", "cake")
    study.look()
    cyd, _ = study.pair("cyd", "dan")
    cyd.sees("set up for cake, cake")


def test_a_module_that_the_worlds_import_is_taken_too(study):
    study.write("words.py", 'HELLO = "hello"\n')
    study.change("talks.py", 'GREETING = "first"', "from words import HELLO as GREETING")
    study.look()
    study.change("words.py", '"hello"', '"good day"')
    study.look()
    ann, _ = study.pair("ann", "bob")
    ann.sees("good day tea")


def test_conversations_of_an_old_world_are_on_record_and_go_on_after_a_crash(folder, tmp_path):
    with Study(folder, store=tmp_path / "talk.db") as study:
        ann, bob = study.pair("ann", "bob")
        study.change("talks.py", '"first"', '"the second"')
        study.look()
        ann.says("hello")
        bob.sees("first: hello")
        study.reloading.__exit__(None, None, None)
        study.rehearsal.crash()
        study.reloading.__enter__()
        assert ann.place == "task"
        bob.says("still here")
        ann.sees("the second: still here")


def test_what_a_model_is_told_is_taken_for_those_who_come_after(folder, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    with FakeModel("Hm.") as model:
        study = Study(folder)
        study.write("guide.md", "You are friendly.")
        study.write(
            "study.yml",
            f"""
task_name: talk
models: {{guide: {{model: chat_completions, base_url: "{model.base_url}", name: fake, system: guide.md}}}}
tasks: {{talk: {{task_world: "parleyrun.ready:Chat", bots: {{Guide: guide}}}}}}
""",
        )
        study.rehearsal = Rehearsal(plan_of(study.path))
        with study:
            [ann] = study.pair("ann")
            study.write("guide.md", "You are grumpy.")
            study.look()
            assert told(caplog) == ["changed (guide.md): whatever begins from now on is as it is there"]
            [bob] = study.pair("bob")
            ann.says("one")
            assert model.requests[-1].messages[0]["content"] == "You are friendly."
            bob.says("two")
            assert model.requests[-1].messages[0]["content"] == "You are grumpy."


def test_what_lies_in_folders_of_packages_or_is_hidden_is_not_looked_at(tmp_path):
    for name in (
        "a.yml",
        "texts/b.md",
        "x/y/c.py",
        "x/y/z/d.py",
        ".venv/e.py",
        "node_modules/f.py",
        "g.db",
        ".h.md",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    elsewhere = tmp_path / "x" / "y" / "z" / "d.py"
    seen = WatchedFiles(tmp_path, lambda: [elsewhere, tmp_path / "gone.py"]).stamps()
    assert sorted(path.relative_to(tmp_path).as_posix() for path in seen) == [
        "a.yml", "texts/b.md", "x/y/c.py", "x/y/z/d.py"
    ]  # fmt: skip


def test_an_app_that_is_not_open_takes_no_change(folder):
    study = Study(folder)
    with pytest.raises(RuntimeError, match="expected an app that is open"):
        study.rehearsal.app.change(plan_of(study.path))


def test_an_app_takes_a_plan_by_hand(study):
    plan = study.rehearsal.app.plan
    values = {"world_module": "./talks.py", "tasks": {"talk": {"task_world": "Talk"}}, "opt": {"topic": "plums"}}
    with pytest.raises(ConfigError, match=r"^max_workers cannot be changed while people are served"):
        study.rehearsal.app.change(plan_of({"task_name": "talk", **values, "max_workers": 3}, plan.module))
    study.rehearsal.app.change(plan_of({"task_name": "talk", **values}, plan.module))
    ann = study.rehearsal.person("ann").arrives(opens=True)
    ann.sees("first plums")


def test_who_waited_apart_from_others_waits_with_them_in_the_order_in_which_they_came(folder):
    of_three = "agents_required: 3, same: [arrival.lang]"
    with Study(folder) as study:
        study.change("study.yml", "agents_required: 2", of_three)
        study.look()
        people = []
        for name, lang in (("ann", "en"), ("bob", "de"), ("cyd", "de"), ("dan", "en")):
            people.append(study.rehearsal.person(name).arrives({"lang": lang}, opens=True))
            study.rehearsal.advance(1)
        assert [person.place for person in people] == ["waiting"] * 4
        study.change("study.yml", of_three, "agents_required: 3")
        study.look()
        assert [person.place for person in people] == ["task", "task", "task", "waiting"]
