"""`parleyrun store`, and what each command says of a store whose file is damaged."""

from __future__ import annotations

import contextlib
import io
import random
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from serve_process import ServeProcess
from stores import RecordLab, a_pair_talks

from parleyrun.cli import commands, main

ADA = "memory:ada"
PAGE_BYTES = 4096


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A store that is closed, in one file."""
    path = tmp_path / "lab.db"
    with RecordLab(path) as lab:
        a_pair_talks(lab)
        for number in range(40):
            lab.tell(ADA, f"a long line, number {number}: {'x' * 300}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, [*map(str, arguments)])


def ran(*arguments: str | Path) -> tuple[int, str]:
    """Run a command as from a shell: return its exit code and what it said."""
    said = io.StringIO()
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(out), pytest.raises(SystemExit) as ended:
        main([*map(str, arguments)])
    return int(ended.value.code or 0), said.getvalue()


def change(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(sql)


def test_a_store_that_is_whole_is_said_to_be(path: Path) -> None:
    result = run("store", "check", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{path} is whole: 3 participants, 1 conversation, 92 lines\n"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DELETE FROM log WHERE n = 2", "lines are not numbered from 1 without holes: memory:"),
        ("UPDATE log SET text = x'00' WHERE n = 2", "a line has no words, number or time: 2"),
        ("UPDATE log SET text = CAST(x'ff41' AS TEXT) WHERE n = 2", "a text cannot be read: text of log 2"),
        (
            "UPDATE log SET message_id = 'x' WHERE mine = 0 AND n = 1",
            "no id of its channel, or one that was said to",
        ),
        (
            "INSERT INTO log (n, participant, seq, mine, speaker, text, message_id, at) "
            "SELECT 999, participant, 999, 1, '', 'x', message_id, 1.0 FROM log WHERE mine = 1 LIMIT 1",
            "a message of a person is two lines: ",
        ),
        ("UPDATE log SET consumed = 1 WHERE mine = 0 AND n = 1", "was read by nobody, but has not been said by"),
        ("UPDATE participants SET read_to = 999", "has read, or was sent, more lines than they have: memory:"),
        ("UPDATE runs SET outcome = NULL", "a run has ended without an outcome"),
        ("UPDATE runs SET turn = 'x'", "a run has no number of a turn"),
        ("INSERT INTO inside SELECT uid, 1, 0, x'80' FROM runs", "that has ended is in the middle of a parley"),
        ("UPDATE seats SET last_seq = -5", "a seat's lines end before they begin"),
        ("INSERT INTO pool SELECT id, 'chat', 1, 0 FROM participants", "waits in a pool and is somewhere else"),
        ("UPDATE matches SET taken = 'nobody'", "who was matched cannot be read"),
        (
            "UPDATE meta SET value = 'x' WHERE key = 'group'",
            "its own notes (version, transactions) are no numbers",
        ),
        ("DELETE FROM meta WHERE key = 'created'", "its own notes (version, transactions) are missing: created"),
        ("DELETE FROM participants", "a row refers to none: of the table"),
    ],
)
def test_what_is_wrong_is_said_in_words(path: Path, sql: str, words: str) -> None:
    change(path, sql)
    result = run("store", "check", path)
    assert result.exit_code == 1
    assert words in result.stdout
    assert "Keep a copy of it, and go on with a backup" in result.stderr
    assert "is whole" not in result.stdout


def pages_of(path: Path) -> range:
    return range(path.stat().st_size // PAGE_BYTES)


@pytest.mark.parametrize(
    ("kind", "every"),
    [("zeros", 3), *(pytest.param(kind, 1, marks=pytest.mark.thorough) for kind in ("zeros", "noise"))],
)
def test_no_command_shows_a_traceback_or_sql_of_a_store_with_a_damaged_page(
    path: Path, kind: str, every: int
) -> None:
    whole = path.read_bytes()
    noise = random.Random(7).randbytes(PAGE_BYTES)
    told = 0
    for page in list(pages_of(path))[::every]:
        damaged = bytearray(whole)
        damaged[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = bytes(PAGE_BYTES) if kind == "zeros" else noise
        path.write_bytes(damaged)
        for arguments in (
            ["export", path],
            ["export", path, "--format", "csv"],
            ["transcripts", path],
            ["transcripts", path, "chat/t_1", "--times"],
            ["transcripts", path, "--starts"],
            ["participants", path],
            ["store", "check", path],
            ["store", "backup", path, path.with_name("copy.db")],
            ["participants", path, "forget", ADA],
        ):
            code, said = ran(*arguments)
            assert code in (0, 1, 2), (page, arguments)
            if code:
                told += 1
                known = ("damaged", "expected the id of a participant", "there is no conversation")
                assert any(words in said for words in known), (page, arguments, said)
                assert said.count("\n") <= 3, said
        path.with_name("copy.db").unlink(missing_ok=True)
        for beside in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
    assert told > 20 // every


def test_values_that_make_no_sense_are_damage_too(path: Path) -> None:
    change(path, "UPDATE matches SET taken = 'nobody'")
    code, said = ran("export", path)
    assert code == 2
    assert "the file is damaged; keep a copy of it" in said
    change(path, "UPDATE meta SET value = 'x' WHERE key = 'version'")
    code, said = ran("participants", path)
    assert code == 2
    assert "its version is not there" in said


@pytest.mark.process
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE runs (x)' WHERE name = 'runs'",
        "UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'participants'",
        "UPDATE participants SET id = CAST(x'ff41' AS TEXT) WHERE n = 1",
        "UPDATE runs SET grp = CAST(x'ff41' AS TEXT), ended = NULL",
        "DELETE FROM meta WHERE key = 'version'",
    ],
)
def test_serve_says_that_a_store_is_damaged(path: Path, sql: str) -> None:
    change(path, sql)
    with ServeProcess("example:demo", "--port", "0", "--store", str(path), folder=path.parent) as server:
        assert server.exit_code() == 2
    assert "the file is damaged; keep a copy of it and go on with a backup" in server.stderr
    assert "Traceback" not in server.stderr


def test_a_backup_of_a_store_in_use_is_one_file_that_is_a_store(tmp_path: Path) -> None:
    out = tmp_path / "copy.db"
    with RecordLab(tmp_path / "lab.db") as lab:
        a_pair_talks(lab)
        result = run("store", "backup", lab.path, out)
        assert (result.exit_code, result.stdout) == (0, f"copied {lab.path} to {out}\n")
        lab.tell(ADA, "after the backup")
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        assert not [path.name for path in tmp_path.iterdir() if path.name.startswith("copy.db") and path != out]
    assert "1 conversation, 12 lines" in run("store", "check", out).stdout
    assert run("export", out).stderr == "exported 1 conversation, 3 messages\n"


def test_a_backup_takes_nobodys_place(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy.db"
    out.write_text("mine")
    for there in (out, path):
        code, said = ran("store", "backup", path, there)
        assert code == 2
        assert "expected a name that is still free" in said
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    assert ran("store", "backup", path, tmp_path / "dangling")[0] == 2
    assert ran("store", "backup", path, tmp_path / "nowhere" / "copy.db")[0] == 2
    assert out.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert not list(tmp_path.glob("*.part"))
