"""`parleyrun validate CONFIG --store PATH`: what would not go on, said beforehand."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parleyrun.cli import commands
from parleyrun.errors import StoreError
from parleyrun.testing import rehearse

WORLDS = """
import threading

from parleyrun import World

class Menu(World):
    def parley(self):
        act = self.agents[0].act()
        return None if act is None else act["text"]

class Echo(World):
    def parley(self):
        act = self.agents[0].act()
        if act is not None:
            self.agents[0].observe(act)

    def episode_done(self):
        return False

class Locked(Echo):
    def parley(self):
        self.lock = threading.Lock()
        super().parley()
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with worlds in it, and a store in which three people talk and one waits."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "stored_worlds.py").write_text(WORLDS)
    sys.modules.pop("stored_worlds", None)
    tasks = {
        "echo": {"task_world": "Echo"},
        "locked": {"task_world": "Locked"},
        "pair": {"task_world": "Echo", "agents_required": 2},
    }
    config = write(tmp_path, tasks)
    with rehearse(config, store=tmp_path / "study.db") as rehearsal:
        for name, task in (("ann", "echo"), ("bob", "echo"), ("cleo", "locked"), ("dan", "pair")):
            person = rehearsal.person(name)
            person.says("hi", task, "one")
    yield tmp_path
    sys.modules.pop("stored_worlds", None)


def write(folder: Path, tasks: object) -> Path:
    path = folder / "study.yml"
    path.write_text(json.dumps({"world_module": "stored_worlds", "overworld": "Menu", "tasks": tasks}))
    return path


def validate(folder: Path, *more: str) -> Result:
    arguments = ["validate", str(folder / "study.yml"), "--store", str(folder / "study.db"), *more]
    return CliRunner().invoke(commands, arguments)


def told(folder: Path) -> list[str]:
    found = json.loads(validate(folder, "--format", "json").stdout)
    return [finding["message"] for finding in found if finding["code"] == "would-not-go-on"]


def test_with_the_same_config_only_what_was_never_put_on_record_would_not_go_on(study):
    (message,) = told(study)
    assert "(locked/t_1): the world could not be pickled" in message


def test_tasks_that_are_gone_are_named_with_their_conversations_and_with_those_who_wait(study):
    write(study, {"locked": {"task_world": "Locked"}})
    gone, waiting = sorted(message for message in told(study) if "locked/" not in message)
    assert "1 of those who wait" in gone
    assert waiting.startswith("2 on record in")
    assert "(echo/t_1, echo/t_2): there is no task 'echo' in the config" in waiting
    assert validate(study).exit_code == 0
    assert validate(study, "--strict").exit_code == 1


def test_a_class_that_is_gone_is_found_by_trying(study):
    (study / "stored_worlds.py").write_text(
        WORLDS.replace("class Echo(", "class Echo2(").replace("(Echo)", "(Echo2)")
    )
    sys.modules.pop("stored_worlds", None)
    write(
        study,
        {"echo": {"task_world": "Echo2"}, "locked": {"task_world": "Locked"}, "pair": {"task_world": "Echo2"}},
    )
    assert any("its world cannot be made again: AttributeError" in message for message in told(study))


def test_a_store_that_is_not_there_is_said_to_be_missing(study):
    (study / "study.db").unlink()
    assert isinstance(validate(study).exception, StoreError)


def test_a_model_that_is_gone_is_named_and_one_that_is_there_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "modelled_worlds", raising=False)
    (tmp_path / "modelled_worlds.py").write_text(
        WORLDS + "\nfrom parleyrun import create_agent_from_shared\n"
        "class Asks(Echo):\n    def __init__(self, opt, agents):\n        super().__init__(opt, agents)\n"
        "        self.model = create_agent_from_shared(opt['shared_bot_params']['seller'])\n"
    )
    server = "model: chat_completions, base_url: 'http://127.0.0.1:9/v1', check: false"
    config = tmp_path / "study.yml"
    text = "world_module: modelled_worlds\noverworld: Menu\ntasks: {ask: {task_world: Asks}}\n"
    text += f"models: {{seller: {{{server}}}}}\n"
    config.write_text(text)
    with rehearse(config, store=tmp_path / "study.db") as rehearsal:
        rehearsal.person("ann").says("hi", "ask", "one")

    assert told(tmp_path) == []

    config.write_text(text.replace("seller:", "buyer:"))
    found = told(tmp_path)
    assert len(found) == 1
    assert "the model 'seller' is not under models: any more (there are: buyer)" in found[0]
