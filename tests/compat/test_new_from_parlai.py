"""`parleyrun new NAME --from parlai PATH`: a task of ParlAI's becomes a project of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parleyrun.cli import commands
from parleyrun.config.plan import check
from parleyrun.testing import rehearse

WORLDS = """
    from parlai.chat_service.services.messenger.worlds import OnboardWorld, SimpleMessengerOverworld
    from parlai.chat_service.tasks.greet.words import GREETING

    class Over(SimpleMessengerOverworld):
        pass

    class Talk(OnboardWorld):
        def parley(self):
            self.agent.observe({"id": "", "text": GREETING})
            self.episodeDone = self.agent.act_blocking() is not None
"""

CONFIG = """
    # Mine, with a comment.
    world_module: parlai.chat_service.tasks.greet.worlds
    overworld: Over
    max_workers: 1
    task_name: greet
    tasks: {default: {task_world: Talk}}
    additional_args: {page_id: 1}
"""


@pytest.fixture
def task(checkout, tmp_path, monkeypatch) -> Path:
    checkout("parlai/chat_service/tasks/greet/worlds.py", WORLDS)
    checkout("parlai/chat_service/tasks/greet/words.py", "GREETING = 'hello there'\n")
    checkout("parlai/chat_service/tasks/greet/__pycache__/words.pyc", "")
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    return checkout("parlai/chat_service/tasks/greet/config.yml", CONFIG).parent


def new(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, ["new", *map(str, arguments)])


@pytest.mark.parametrize("which", ["the folder", "its config"])
def test_a_task_is_copied_as_it_is_and_runs(task, which):
    ran = new("mine", "--from", "parlai", task if which == "the folder" else task / "config.yml")
    assert ran.exit_code == 0, ran.output
    project = Path("mine")
    assert "cd mine && parleyrun serve study.yml" in ran.stdout
    assert ran.stdout.splitlines()[0].endswith("study.yml")
    assert (project / "study.yml").read_text("utf-8") == (task / "config.yml").read_text("utf-8")
    copied = project / "parlai/chat_service/tasks/greet"
    assert sorted(file.name for file in copied.iterdir()) == ["config.yml", "words.py", "worlds.py"]
    assert (copied / "worlds.py").read_bytes() == (task / "worlds.py").read_bytes()

    plan, findings = check(project / "study.yml")
    assert plan is not None
    assert [found.severity for found in findings] == ["warning"]
    assert (
        Path(sys.modules[plan.overworld.__module__].__file__ or "").resolve() == (copied / "worlds.py").resolve()
    )
    with rehearse(project / "study.yml") as rehearsal:
        ann = rehearsal.person("ann").arrives()
        ann.says("hi")
        ann.sees("hello there")


def test_what_is_no_task_is_refused_and_nothing_is_made(task, tmp_path):
    for arguments, said in (
        (("mine", "--from", "parlai", tmp_path / "nowhere"), "expected the folder of a task of ParlAI's"),
        (("mine", "--from", "parlai", task.parent), "with config.yml in it"),
        (("mine", "--from", "convokit", task), "expected 'parlai PATH', got 'convokit'"),
        (("1st", "--from", "parlai", task), "that begins with a letter"),
    ):
        ran = new(*arguments)
        assert ran.exit_code != 0
        assert said in f"{ran.output}{ran.exception}"
    (task / "config.yml").write_text("tasks: {}\n")
    assert "expected world_module" in str(new("mine", "--from", "parlai", task).exception)
    assert list(Path().iterdir()) == []


def test_a_folder_that_holds_more_than_a_task_is_refused(task, monkeypatch):
    monkeypatch.setattr("parleyrun.app.examples.parlai_project.MOST_BYTES", 10)
    assert "move data and models out of it" in str(new("mine", "--from", "parlai", task).exception)
    assert list(Path().iterdir()) == []
