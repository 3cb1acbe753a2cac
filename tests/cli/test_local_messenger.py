"""`parleyrun local --channel messenger`: Messenger users at a terminal, and a page that is on this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from terminal_process import TerminalProcess, run_local

pytestmark = pytest.mark.process

WORLDS = """
from parleyrun import World

class Overworld(World):
    greeted = False

    def parley(self):
        agent = self.agents[0]
        if not self.greeted:
            self.greeted = True
            agent.observe({"id": "Guide", "text": "welcome", "quick_replies": ["pair", "EXIT"]})
        act = agent.act()
        if act is None:
            return None
        text = act["text"]
        if text in ("pair", "EXIT"):
            return text
        if text == "typing":
            agent.typing_on()
            return None
        if text == "image":
            agent.observe({"id": "Guide", "text": "a tree", "payload": {"type": "image", "url": "https://e.org/a.png"}})
        elif text == "buttons":
            buttons = [{"type": "postback", "title": "Press", "payload": "PRESSED"}]
            template = {"type": "template", "template_type": "button", "text": "what now?", "buttons": buttons}
            agent.observe({"payload": template})
        elif text == "many":
            agent.observe({"text": "x " * 2500})
        else:
            agent.observe({"id": "Guide", "text": f"you said {text} with {act.get('payload')}"})
        return None

class Pair(World):
    MAX_AGENTS = 2
    done = False

    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("Ann", "Bob")):
            agent.disp_id = role

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        for agent in agents:
            agent.observe({"text": f"you are {agent.role}"})

    def parley(self):
        for agent in self.agents:
            act = agent.act()
            if act is not None:
                self.done = self.done or act["text"] == "BYE"
                for partner in agent.message_partners:
                    partner.observe(act)

    def episode_done(self):
        return self.done
"""

CONFIG = """
world_module: local_worlds
overworld: Overworld
tasks:
  pair: {task_world: Pair, agents_required: 2}
"""
OPENS = "parleyrun: A seat's first line only opens its door: it is kept, and no world reads it.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "local_worlds.py").write_text(WORLDS)
    (tmp_path / "c.yml").write_text(CONFIG)
    return tmp_path


def run(folder: Path, said: str, *arguments: str) -> str:
    done = run_local(
        "c.yml", "--channel", "messenger", "--store", ":memory:", *arguments, folder=folder, said=said
    )
    assert (done.returncode, done.stderr) == (0, OPENS)
    return done.stdout


@pytest.mark.parametrize(
    "page",
    ["", "page_id: 1\n", "additional_args: {page_id: '1'}\n", "page_id: 77\nchannels: {messenger: {}}\n"],
    ids=["no page", "the placeholder", "the placeholder below", "a page"],
)
def test_two_people_talk_whatever_page_the_config_has(folder: Path, page: str) -> None:
    (folder / "c.yml").write_text(CONFIG + page)
    said = "hi\n/2 hi\n1\n/2 pair\nhello\n/2\n/who\nhello yourself\nBYE\nEXIT\n"
    assert (
        run(folder, said, "--people", "2")
        == """1 > hi
1 < Guide: welcome
1 |   [1] pair  [2] EXIT
2 > hi
2 < Guide: welcome
2 |   [1] pair  [2] EXIT
1 > pair
2 > pair
1 < you are Ann
2 < you are Bob
1 > hello
2 < Ann: hello
  1  pair as Ann
* 2  pair as Bob
2 > hello yourself
1 < Bob: hello yourself
2 > BYE
1 < Bob: BYE
1 < Guide: welcome
1 |   [1] pair  [2] EXIT
2 < Guide: welcome
2 |   [1] pair  [2] EXIT
2 > EXIT
2 < Goodbye, and thank you for coming!
"""
    )


def test_enter_alone_is_get_started(folder: Path) -> None:
    assert run(folder, "\n").startswith("1 >\n1 < Guide: welcome\n")


def test_what_messenger_shows_is_shown(folder: Path) -> None:
    shown = run(folder, "hi\nimage\nbuttons\nPress\n")
    assert "1 < (image: https://e.org/a.png)\n1 < Guide: a tree\n" in shown
    assert "what now?" in shown
    assert "[Press]" in shown
    assert "you said Press with {'type': 'postback', 'value': 'PRESSED'}" in shown


def test_long_words_come_in_pieces_as_in_messenger(folder: Path) -> None:
    shown = run(folder, "hi\nmany\n")
    pieces = [line for line in shown.splitlines() if line.startswith("1 < x")]
    assert len(pieces) == 3
    assert all(len(line) <= 2004 for line in pieces)


def test_a_script_is_played_over_the_webhook(folder: Path) -> None:
    (folder / "s.yml").write_text(
        "- {seat: 1, says: hi}\n- {seat: 1, expects: welcome}\n- {seat: 1, says: hello}\n"
        "- {seat: 1, expects: you said hello}\n"
    )
    done = run_local("c.yml", "--channel", "messenger", "--script", "s.yml", folder=folder)
    assert (done.returncode, done.stderr) == (0, "parleyrun: s.yml: all 2 expectations were met\n")


def test_at_a_terminal_the_prompt_says_where_one_is_and_who_is_typing(folder: Path) -> None:
    with TerminalProcess("c.yml", "--channel", "messenger", "--store", ":memory:", folder=folder) as terminal:
        terminal.wait_for("Others can join in at http://127.0.0.1:")
        terminal.wait_for("[1 outside] > ")
        terminal.type("hi\r")
        terminal.wait_for("welcome")
        terminal.wait_for("[1 overworld] > ")
        terminal.type("typing\r")
        terminal.wait_for("is typing] > ")
        terminal.type("pair\r")
        terminal.wait_for("[1 waiting pair] > ")
        terminal.type("/quit\r")
        assert terminal.exit_code() == 0
        assert terminal.is_sane()


def test_the_demo_can_be_tried_without_a_config(tmp_path: Path) -> None:
    done = run_local("--channel", "messenger", folder=tmp_path, said="hi\necho\nhello\n[DONE]\n")
    assert done.returncode == 0
    assert "1 < Echo: hello\n" in done.stdout


def test_without_a_server_there_is_no_webhook(folder: Path) -> None:
    done = run_local("c.yml", "--channel", "messenger", "--bypass-server", folder=folder)
    assert done.returncode == 2
    assert "--bypass-server leaves out the server" in done.stderr


def test_people_who_are_none_stay_out_of_the_record_unless_it_is_asked_for(folder: Path) -> None:
    (folder / "c.yml").write_text(CONFIG + "store: {path: study.db}\n")
    done = run_local("c.yml", "--channel", "messenger", folder=folder, said="hi\n")
    assert (done.returncode, done.stderr) == (0, OPENS)
    assert not (folder / "study.db").exists()
    done = run_local("c.yml", "--channel", "messenger", "--store", "trial.db", folder=folder, said="hi\n")
    assert (done.returncode, done.stderr) == (0, OPENS)
    assert (folder / "trial.db").exists()


def test_a_world_module_that_cannot_start_is_told_and_nothing_stays_open(folder: Path) -> None:
    (folder / "local_worlds.py").write_text(
        WORLDS + "\ndef module_initialize(opt, service):\n    raise OSError('no')\n"
    )
    done = run_local("c.yml", "--channel", "messenger", "--store", ":memory:", folder=folder)
    assert done.returncode == 2
    assert "module_initialize(opt, service) raised OSError: no" in done.stderr


def test_without_the_server_packages_it_names_the_extra(folder: Path) -> None:
    arguments = "['local', 'c.yml', '--channel', 'messenger']"
    code = f"import sys; sys.modules['uvicorn'] = None; from parleyrun.cli import main; main({arguments})"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == (
        "parleyrun: 'parleyrun local --channel messenger' needs the 'serve' extra: "
        "pip install '.[serve]' in parleyrun's folder\n"
    )


def test_other_seats_need_no_page_either(folder: Path) -> None:
    (folder / "c.yml").write_text(CONFIG + "page_id: 1\n")
    done = run_local("c.yml", "--bypass-server", "--store", ":memory:", folder=folder, said="hi\n")
    assert (done.returncode, done.stderr) == (0, OPENS)
    assert "welcome" in done.stdout
