"""`parleyrun export`: what goes where, and what is refused."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from installed_package import install_package
from stores import RecordLab, a_pair_talks

from parleyrun.cli import commands

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    with RecordLab(tmp_path / "lab.db") as lab:
        a_pair_talks(lab)
        yield lab


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["export", "lab.db", *arguments])


def test_json_lines_of_a_store_in_use_go_to_standard_output(lab: RecordLab) -> None:
    result = run()
    assert result.exit_code == 0
    assert json.loads(result.stdout)["name"] == "chat/t_1"
    assert result.stderr == "exported 1 conversation, 3 messages\n"


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(lab: RecordLab, tmp_path: Path) -> None:
    (tmp_path / "talk.csv").write_text("an older one")
    result = run("--format", "csv", "--out", "talk.csv")
    assert result.stdout == ""
    assert result.stderr == "exported 1 conversation, 3 messages to talk.csv\n"
    with (tmp_path / "talk.csv").open(newline="", encoding="utf-8") as file:
        assert [row["speaker"] for row in csv.DictReader(file)] == ["Guide", "Teacher", "Pupil"]
    assert not list(tmp_path.glob("*.part"))


def test_only_what_began_in_a_start_of_the_service_is_exported(lab: RecordLab) -> None:
    assert json.loads(run("--start", "1").stdout)["run_id"] == "r_1ab0"
    none = run("--start", "2")
    assert (none.stdout, none.stderr) == ("", "nothing to export: there is no start '2' on record; there are: 1\n")


def test_conversations_are_two_files(lab: RecordLab, tmp_path: Path) -> None:
    result = run("--format", "conversations", "--out", "talk.jsonl")
    assert result.exit_code == 0
    assert json.loads((tmp_path / "talk.jsonl").read_text())["metadata_path"] == "talk.metadata"
    assert json.loads((tmp_path / "talk.metadata").read_text())["speakers"] == ["Guide", "Teacher", "Pupil"]


def test_chat_knows_the_assistant(lab: RecordLab) -> None:
    result = run("--format", "chat", "--as", "Teacher")
    roles = [message["role"] for message in json.loads(result.stdout)["messages"]]
    assert roles == ["user", "assistant", "user"]


def test_selecting_options_are_taken(lab: RecordLab) -> None:
    lab.begin("quiz/t_1", {"memory:ada": "A"})
    assert json.loads(run("--task", "quiz").stdout)["name"] == "quiz/t_1"
    assert json.loads(run("--outcome", "live").stdout)["name"] == "quiz/t_1"
    assert json.loads(run("--outcome", "finished").stdout)["name"] == "chat/t_1"
    assert len(run("--kind", "all").stdout.splitlines()) == 2
    assert len(run("--since", "2023-11-14T22:00Z").stdout.splitlines()) == 2
    assert run("--since", "1h").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--task", "nope"],
            "nothing to export: there is no conversation of task 'nope'; there are some of: chat",
        ),
        (["--outcome", "failed"], "nothing to export: no conversation is like that"),
        (
            ["--format", "chat", "--as", "Nobody"],
            "nothing to export: nobody spoke as 'Nobody'; those who spoke: Guide, Pupil, Teacher",
        ),
    ],
)
def test_it_says_why_there_is_nothing(lab: RecordLab, arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{sentence}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--format", "chat"], "--format chat needs --as ROLE"),
        (["--as", "Teacher"], "--as goes with --format chat only"),
        (["--exact"], "--exact goes with --format csv only"),
        (["--key-file", "key"], "--key-file goes with --pseudonymise only"),
        (["--format", "conversations"], "two files"),
        (["--format", "conversations", "--out", "x.metadata"], "expected a name such as x.jsonl"),
        (["--out", "lab.db"], "belongs to the store"),
        (["--out", "lab.db-wal"], "belongs to the store"),
        (["--since", "yesterday"], "expected a date (2026-11-21)"),
        (["--outcome", "good"], "'finished', 'left', 'timed out', 'stopped', 'failed', 'live'"),
    ],
)
def test_what_makes_no_sense_is_refused(lab: RecordLab, arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())
    assert lab.says("memory:ada", "the store is well")


def test_pseudonyms_stay_the_same_from_export_to_export(lab: RecordLab, tmp_path: Path) -> None:
    first, second = run("--pseudonymise").stdout, run("--pseudonymise").stdout
    assert first == second
    assert "memory:" not in first
    (tmp_path / "key").write_bytes(b"k" * 32)
    other = run("--pseudonymise", "--key-file", "key").stdout
    assert other != first
    assert "memory:" not in other


def test_a_file_that_cannot_be_written_is_told_of(lab: RecordLab) -> None:
    result = run("--out", "no/such/folder/x.jsonl")
    assert result.exit_code == 1
    assert "cannot write to" in result.stderr
    assert "No such file or directory" in result.stderr


def test_a_device_is_written_to_and_not_replaced(lab: RecordLab) -> None:
    assert run("--out", os.devnull).exit_code == 0
    assert Path(os.devnull).is_char_device()


def parleyrun(folder: Path, *arguments: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "parleyrun", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **how.pop("env", {})},
        check=False,
        timeout=60,
        **how,
    )


@pytest.mark.process
def test_the_command_itself_says_what_is_no_store(tmp_path: Path) -> None:
    done = parleyrun(tmp_path, "export", "none.db", capture_output=True)
    assert done.returncode == 2
    assert done.stderr.decode() == "parleyrun: expected a store at none.db, got nothing there\n"


@pytest.mark.process
def test_whoever_stops_reading_gets_no_traceback(lab: RecordLab, tmp_path: Path) -> None:
    uid = lab.begin("chat/t_2", {"memory:ada": "A"})
    for _ in range(20):
        lab.turn(uid, ("memory:ada", {"id": "Bot", "text": "long " * 10_000}))
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = parleyrun(tmp_path, "export", "lab.db", stdout=writing, stderr=subprocess.PIPE)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("out", [["--out", "x.jsonl"], []], ids=["to a file", "to the same terminal"])
def test_a_terminal_shows_how_far_it_is_unless_it_shows_the_export(
    lab: RecordLab, tmp_path: Path, out: list[str]
) -> None:
    import pty

    terminal, theirs = pty.openpty()
    env = {"TERM": "xterm", "COLUMNS": "100"}
    done = parleyrun(tmp_path, "export", "lab.db", *out, stdin=theirs, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    shown = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert done.returncode == 0
    assert ("1/1" in shown and "3 messages" in shown) == bool(out)
    assert ('"messages": [' in shown) == (not out)
    assert "exported 1 conversation, 3 messages" in shown


@pytest.mark.process
def test_output_is_utf_8_whatever_the_locale_says(lab: RecordLab, tmp_path: Path) -> None:
    lab.relay(lab.begin("snow/t_1", {"memory:ada": "A"}), "memory:ada", "A", "\N{SNOWMAN}", [])
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = parleyrun(tmp_path, "export", "lab.db", "--task", "snow", capture_output=True, env=env)
    assert json.loads(done.stdout)["messages"][0]["text"] == "\N{SNOWMAN}"


WORD_COUNT = """
class WordCount:
    def __init__(self, out, options):
        self.out, self.names, self.words = out, options.assistant, 0

    def begin(self, conversation):
        self.words = 0

    def message(self, message):
        self.words += len(message.text.split()) if message.speaker == self.names else 0

    def end(self):
        self.out.write(f"{self.words}\\n")


class NoEnd:
    def __init__(self, out, options): ...
    def begin(self, conversation): ...
    def message(self, message): ...
"""


@pytest.mark.process
def test_an_installed_package_adds_a_format(lab: RecordLab, tmp_path: Path) -> None:
    formats = {"words": "tiny_formats:WordCount", "broken": "tiny_formats:NoEnd"}
    install_package(tmp_path, {"tiny_formats.py": WORD_COUNT}, {"parleyrun.export_formats": formats})
    env = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}

    def export(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return parleyrun(tmp_path, "export", "lab.db", *arguments, capture_output=True, env=env)

    assert export("--format", "words", "--as", "Teacher").stdout == b"4\n"
    refused = export("--format", "broken")
    assert refused.returncode == 2
    assert b"expected an export format at 'broken', but tiny_formats.NoEnd" in refused.stderr
    assert b"has no method end()" in refused.stderr
