from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from terminal_process import DEADLINE_SECONDS, TerminalProcess, command, run_local

from parleyrun.archive.archive import Archive
from parleyrun.archive.selection import Selection

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
OPENS = "parleyrun: A seat's first line only opens its door: it is kept, and no world reads it.\n"

WORLDS = """
import logging
import sys
import threading
from parleyrun import World

GUIDE = None

def module_initialize(opt, service):
    global GUIDE
    GUIDE = service.create_persona("Guide", "https://example.org/guide.png")

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
        if text == "raise":
            raise ValueError("a mistake of the author's")
        if text == "print":
            print("printed by the author")
        if text == "warn":
            logging.getLogger("author").warning("a warning of the author's")
            logging.getLogger("author").info("a remark of the author's")
        if text == "image":
            payload = {"type": "image", "url": "https://e.org/a.png", "alt": "a tree"}
            agent.observe({"id": "Guide", "payload": payload})
        if text == "many":
            for number in range(1500):
                agent.observe({"id": "Guide", "text": f"line {number}"})
        if text == "later":
            agent.observe({"id": "Guide", "text": "in a moment"})
            agent.act(timeout=0.2)
            agent.observe({"id": "Guide", "text": "it is later now"})
        if text == "typing":
            agent.typing_on(GUIDE)
            return None
        agent.observe({"id": "Guide", "text": f"you said {text}"})
        return None

class Pair(World):
    MAX_AGENTS = 2

    @staticmethod
    def assign_roles(agents):
        for agent, role in zip(agents, ("Ann", "Bob")):
            agent.disp_id = role

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        self.done = False
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

WAYS = pytest.mark.parametrize("way", [["--bypass-server"], []], ids=["straight", "over the websocket"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "local_worlds.py").write_text(WORLDS)
    (tmp_path / "c.yml").write_text(CONFIG)
    return tmp_path


def test_the_bundled_demo_echoes_and_returns_to_its_menu(tmp_path: Path) -> None:
    done = run_local("--bypass-server", folder=tmp_path, said="hi\necho\nhello\n[DONE]\n")
    assert done.returncode == 0
    assert "the demo that comes along" in done.stderr
    assert done.stdout.count("[1] echo  [2] interview") == 2
    assert "1 > hello\n1 < Echo: hello\n" in done.stdout
    assert done.stdout.startswith("1 > hi\n1 < Guide: Welcome to the demo!\n")


PAIRING = """hi
/2 hi
1
/2 pair
hello
/2
/who
hello yourself
//BYE is not a command
BYE
EXIT
back again
"""

PAIRED = """1 > hi
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
2 > /BYE is not a command
1 < Bob: /BYE is not a command
2 > BYE
1 < Bob: BYE
1 < Guide: welcome
1 |   [1] pair  [2] EXIT
2 < Guide: welcome
2 |   [1] pair  [2] EXIT
2 > EXIT
2 < Goodbye, and thank you for coming!
2 > back again
2 < Guide: welcome
2 |   [1] pair  [2] EXIT
"""


@WAYS
def test_two_people_talk_through_a_pipe_and_it_reads_the_same_every_time(folder: Path, way: list[str]) -> None:
    done = run_local("c.yml", "--people", "2", *way, folder=folder, said=PAIRING)
    assert done.stdout == PAIRED
    assert (done.returncode, done.stderr) == (0, OPENS)


@WAYS
def test_what_a_pipe_was_shown_is_on_record_as_delivered_and_not_as_read(folder: Path, way: list[str]) -> None:
    talk = "hi\n/2 hi\npair\n/2 pair\nhello\n/2 hello yourself\nBYE\n"
    done = run_local("c.yml", "--people", "2", "--store", "c.db", *way, folder=folder, said=talk)
    assert done.returncode == 0
    with Archive(folder / "c.db") as record:
        (conversation,) = record.conversations(Selection())
        entries = {entry.text: entry for entry in record.messages(conversation)}
    for text in ("you are Ann", "hello", "hello yourself"):
        (shown,) = entries[text].shown_to
        assert shown.delivered is not None, text
        assert shown.read is None, text


@WAYS
def test_nothing_is_lost_of_very_much_at_once(folder: Path, way: list[str]) -> None:
    said = "hi\nmany\n" + "".join(f"{number} times\n" for number in range(100))
    done = run_local("c.yml", *way, folder=folder, said=said)
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if "Guide: line" in line] == [
        f"1 < Guide: line {number}" for number in range(1500)
    ]
    assert done.stdout.endswith("1 > 99 times\n1 < Guide: you said 99 times\n")


@WAYS
def test_a_text_that_is_too_long_is_refused_in_its_place(folder: Path, way: list[str]) -> None:
    (folder / "c.yml").write_text(CONFIG + "limits: {text_bytes: 10}\n")
    done = run_local("c.yml", *way, folder=folder, said=f"hi\n{'x' * 11}\nshort\n")
    assert (
        f"1 > {'x' * 11}\n1 ! That message is too long. Please keep it under 10 bytes.\n1 > short\n" in done.stdout
    )


@WAYS
def test_the_password_is_asked_for_here_too(folder: Path, way: list[str]) -> None:
    (folder / "c.yml").write_text(CONFIG + "password: sesame\n")
    done = run_local("c.yml", *way, folder=folder, said="hi\nwrong\nsesame\n")
    assert done.stdout.count("1 < ") == 3
    assert "1 > sesame\n1 < Guide: welcome\n" in done.stdout


@WAYS
def test_nobody_needs_a_signed_link_here(folder: Path, way: list[str]) -> None:
    (folder / "c.yml").write_text(CONFIG + "arrival: {links: signed}\n")
    done = run_local("c.yml", *way, folder=folder, said="hi\n")
    assert "1 < Guide: welcome\n" in done.stdout


def test_what_comes_of_itself_is_shown_while_input_pauses(folder: Path) -> None:
    with subprocess.Popen(
        command(["c.yml", "--bypass-server"]), cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("hi\nlater\n")
        process.stdin.flush()
        lines = iter(process.stdout.readline, "")
        assert "1 < Guide: it is later now\n" in lines
        process.stdin.close()
        assert process.wait(DEADLINE_SECONDS) == 0


def test_standard_output_is_for_what_is_said(folder: Path) -> None:
    done = run_local("c.yml", "--bypass-server", folder=folder, said="hi\nprint\nwarn\nimage\n/nonsense\n/7\n")
    assert done.stdout.splitlines()[3:] == [
        *("1 > print", "1 < Guide: you said print", "1 > warn", "1 < Guide: you said warn", "1 > image"),
        *("1 < Guide: (image: a tree, https://e.org/a.png)", "1 < Guide: you said image"),
    ]
    assert done.stderr.splitlines() == [
        OPENS.rstrip("\n"),
        "printed by the author",
        "WARNING author: a warning of the author's",
        "parleyrun: there is no command /nonsense: known: who, help, quit (//nonsense says /nonsense)",
        "parleyrun: there is no seat 7: there is only seat 1, and --people gives more",
    ]


def test_a_mistake_in_a_world_is_told_in_a_sentence_and_shown_to_the_author(folder: Path) -> None:
    done = run_local("c.yml", "--bypass-server", folder=folder, said="hi\nraise\n")
    assert done.returncode == 0
    assert done.stdout.endswith(
        "1 > raise\n1 < Sorry, something went wrong on our side, and this conversation had to end.\n"
    )
    assert "Overworld.parley() raised ValueError: a mistake of the author's" in done.stderr


def test_no_input_at_all_is_a_clean_end(folder: Path) -> None:
    done = run_local("c.yml", "--bypass-server", folder=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", OPENS)


def test_the_log_is_shown_from_the_level_that_is_asked_for(folder: Path) -> None:
    arguments = ("c.yml", "--bypass-server", "--log-level")

    more = run_local(*arguments, "info", folder=folder, said="hi\nwarn\n").stderr
    less = run_local(*arguments, "error", folder=folder, said="hi\nwarn\n").stderr

    assert "WARNING author: a warning" in more
    assert "INFO author: a remark" in more
    assert less == OPENS


def test_at_a_terminal_people_are_told_what_the_first_line_does(folder: Path) -> None:
    with TerminalProcess("c.yml", "--bypass-server", folder=folder) as terminal:
        terminal.wait_for("A seat's first line only opens its door")


def test_quit_ends_a_pipe_early(folder: Path) -> None:
    done = run_local("c.yml", "--bypass-server", folder=folder, said="hi\n/quit\nhello\n")
    assert "hello" not in done.stdout
    assert done.returncode == 0


@WAYS
def test_a_reader_who_has_seen_enough_ends_it_quietly(folder: Path, way: list[str]) -> None:
    ours, theirs = os.pipe()
    with subprocess.Popen(
        command(["c.yml", *way]),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(theirs)
        os.close(ours)
        _, complaints = process.communicate("hi\nhello\n", DEADLINE_SECONDS)
    assert (process.returncode, complaints) == (0, OPENS)


@pytest.mark.parametrize("closed", ["0<&-", ">&-"])
def test_a_closed_stream_is_no_reason_to_fail(folder: Path, closed: str) -> None:
    shell = f"echo hi | {sys.executable} -m parleyrun local c.yml --bypass-server {closed}"
    done = subprocess.run(shell, shell=True, cwd=folder, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert (done.returncode, done.stderr) == (0, OPENS)


def test_an_interrupted_pipe_says_so_in_its_exit_code(folder: Path) -> None:
    with subprocess.Popen(
        command(["c.yml", "--bypass-server"]),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write("hi\n")
        process.stdin.flush()
        assert process.stdout.readline() == "1 > hi\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_SECONDS) == 130
        assert "Traceback" not in process.stderr.read()


def test_a_broken_config_is_refused_with_what_validate_says(folder: Path) -> None:
    (folder / "c.yml").write_text(CONFIG.replace("Overworld", "Overwold"))
    done = run_local("c.yml", folder=folder, said="hi\n")
    assert done.returncode == 2
    assert "class-not-found" in done.stderr
    assert "did you mean 'Overworld'?" in done.stderr


def test_too_many_people_are_refused(folder: Path) -> None:
    done = run_local("c.yml", "--people", "21", folder=folder)
    assert done.returncode == 2
    assert "1<=x<=20" in done.stderr


def test_without_the_server_packages_it_names_the_extra_and_the_other_way(folder: Path) -> None:
    code = "import sys; sys.modules['uvicorn'] = None; from parleyrun.cli import main; main(['local', 'c.yml'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=DEADLINE_SECONDS
    )
    assert done.returncode == 2
    assert done.stderr == (
        "parleyrun: 'parleyrun local' without --bypass-server needs the 'serve' extra: "
        "pip install '.[serve]' in parleyrun's folder\n"
    )


# -- at a terminal ------------------------------------------------------------------------------------------

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")


@posix_only
@WAYS
def test_at_a_terminal_the_prompt_shows_the_selected_seat_and_its_place(folder: Path, way: list[str]) -> None:
    with TerminalProcess("c.yml", "--people", "2", *way, folder=folder) as terminal:
        terminal.wait_for("[1 outside] > ")
        terminal.type("hi\n")
        terminal.wait_for("[2] EXIT")
        terminal.type("1\n/2 hi\n/2\n")
        terminal.wait_for("[2] EXIT")
        terminal.type("1\n")
        terminal.wait_for("2 < you are Bob")
        terminal.wait_for("[2 pair as Bob] > ")
        terminal.type("hello\n")
        terminal.wait_for("1 < Bob: hello")
        terminal.type("/1\n")
        terminal.wait_for("2 · Ann has read it")
        terminal.type("\x04")
        terminal.wait_for("1 < We have to pause soon.")
        assert terminal.exit_code() == 0
        assert terminal.is_sane()


@posix_only
def test_what_comes_while_somebody_types_appears_above_their_line(folder: Path) -> None:
    with TerminalProcess("c.yml", "--bypass-server", folder=folder) as terminal:
        terminal.type("hi\nlater\nhalf ty")
        terminal.wait_for("[1 overworld] > half ty")
        before = terminal.wait_for("1 < Guide: it is later now")
        assert before.rpartition("\r\x1b[K")[2].count("half") == 0
        terminal.wait_for("[1 overworld] > half ty")
        terminal.type("ped\n")
        terminal.wait_for("1 > half typed")


@posix_only
def test_typing_is_shown_in_the_prompt_until_the_next_line(folder: Path) -> None:
    with TerminalProcess("c.yml", "--bypass-server", folder=folder) as terminal:
        terminal.type("hi\ntyping\n")
        terminal.wait_for("[1 overworld · Guide is typing] > ")
        terminal.type("hello\n")
        terminal.wait_for("1 < Guide: you said hello")
        terminal.wait_for("[1 overworld] > ")


@posix_only
def test_logs_and_prints_of_worlds_appear_above_the_line_too(folder: Path) -> None:
    with TerminalProcess("c.yml", "--bypass-server", folder=folder) as terminal:
        terminal.type("hi\nprint\n")
        terminal.wait_for("printed by the author\r\n")
        terminal.type("warn\n")
        terminal.wait_for("WARNING author: a warning of the author's\r\n")
        terminal.type("\x04")
        assert terminal.exit_code() == 0


@posix_only
@pytest.mark.parametrize("end", ["/quit\n", "\x04", "\x03", signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_tells_people_and_leaves_the_terminal_sane(
    folder: Path, end: str | signal.Signals
) -> None:
    with TerminalProcess("c.yml", "--bypass-server", folder=folder) as terminal:
        terminal.type("hi\n")
        terminal.wait_for("[1 overworld] > ")
        assert not terminal.is_sane()
        if end == "\x03":
            terminal.send(signal.SIGINT)  # this terminal controls no process, so its Ctrl-C reaches nobody
        elif isinstance(end, str):
            terminal.type(end)
        else:
            terminal.send(end)
        terminal.wait_for("1 < We are about to close.")
        assert terminal.exit_code() == 0
        assert "Traceback" not in terminal.rest()
        assert terminal.is_sane()


@posix_only
def test_no_color_is_respected(folder: Path) -> None:
    for no_color in (True, False):
        with TerminalProcess("c.yml", "--bypass-server", folder=folder, no_color=no_color) as terminal:
            terminal.type("hi\n")
            shown = terminal.wait_for("1 < Guide: welcome")
            assert ("\x1b[36m" in shown) is not no_color
