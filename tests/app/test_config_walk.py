"""The walk of a configuration: one way, through few files, and once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from parleyrun import config as room
from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.memory_channel import MemoryChannel

ROOM = str(Path(room.__file__).parent)
MOST_FILES = 12

WORLDS = """
from parleyrun import World

class Hall(World):
    def parley(self):
        act = self.agents[0].act()
        return None if act is None else act["text"]

class Talk(World):
    done = False
    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.done = act["text"] == "bye"
                for partner in agent.message_partners:
                    partner.observe(act)
    def episode_done(self):
        return self.done
"""
CONFIG = """
world_module: walked_worlds
overworld: Hall
tasks:
  talk: {task_world: Talk, agents_required: 2, max_time_in_pool: 120, backup_task: alone}
  alone: {task_world: Talk}
texts: {waiting: "Please wait a little."}
channels: {browser: {port: 0}}
store: {path: ":memory:"}
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "walked_worlds.py").write_text(WORLDS)
    (tmp_path / "walked.yml").write_text(CONFIG)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "walked.yml"
    sys.modules.pop("walked_worlds", None)


@contextmanager
def calls_into_the_room() -> Iterator[list[tuple[str, str]]]:
    """Collect `(file, function)` of every call into `config/`, on this thread and on those that begin now."""
    calls: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(ROOM) and code.co_name != "<module>":
            calls.append((Path(code.co_filename).name, code.co_qualname))

    before = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type]  # typeshed has it too narrow


def test_a_config_goes_through_at_most_twelve_files(path: Path) -> None:
    with calls_into_the_room() as calls:
        plan_of(path)
    files = {file for file, _ in calls}
    assert {"loading.py", "building.py", "plan.py", "world_classes.py"} <= files
    assert len(files) <= MOST_FILES, sorted(files)


def test_it_is_read_once_made_once_and_resolved_once(path: Path) -> None:
    with calls_into_the_room() as calls:
        plan_of(path)
    functions = [function for _, function in calls]
    for once in ("read_text", "parse", "draft_config", "import_world_module", "_resolve"):
        assert functions.count(once) == 1, once


def test_once_there_is_a_plan_nobody_asks_the_config_for_anything(path: Path) -> None:
    plan = plan_of(path)
    with calls_into_the_room() as calls:
        with App(plan):
            pass
        channel = MemoryChannel()
        with App(plan, channels=[channel]) as app:
            for name in ("ann", "bob"):
                channel.say(name, "hi")
                channel.say(name, "talk")
            assert app.service.wait_quiet()
            channel.say("ann", "hello")
            channel.say("bob", "bye")
            assert app.service.wait_quiet()
            assert "hello" in [line.message.text for line in channel.lines("bob")]
            assert app.service.counts().runs_ended
    # Once a start, the record is told which config it was, and the page which way its language runs; whether there
    # is a password is the plan's to say, how many people a task needs its own plan's, whether anything is said of
    # a talk its settings', how much may come from one address the limits', and what people without a name are
    # called the texts'.
    asked = set(calls)
    assert asked <= {
        ("plan.py", "Plan.password"),
        ("plan.py", "TaskPlan.fewest"),
        ("talk_settings.py", "TalkSettings.is_plain"),
        ("schema.py", "Limits.sessions_from"),
        ("schema.py", "Limits.burst_bytes"),
        ("shipped_sentences.py", "primary"),
        ("shipped_sentences.py", "direction"),
        ("person_names.py", "default_name"),
    }


def test_the_way_of_looking_sees_calls_on_other_threads(path: Path) -> None:
    with calls_into_the_room() as calls:
        thread = threading.Thread(target=plan_of, args=(path,))
        thread.start()
        thread.join()
    assert ("plan.py", "load_config") in calls
