"""Files with people's words in them are their owner's only, from the moment at which they are there."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from stores import RecordLab, a_pair_talks

from parleyrun.cli import commands
from parleyrun.cli.common.output import output
from parleyrun.private_files import write_private

PACKAGE = Path(__file__).parents[2] / "parleyrun"

WRITES = re.compile(r"""open\([^()]*["'][wax]b?\+?["']|write_text\(|write_bytes\(|mkstemp|NamedTemporaryFile""")

OTHER_FILES = {
    "app/examples/project_templates.py": "a new project, in which nobody has said anything yet",
    "compat/library/data_files.py": "when a task's data were built, which are public",
    "cli/common/output.py": "a device or a pipe, which is there already",
    "engines/host/host_setup.py": "in a temporary folder, which is its owner's only",
    "evaluate/dialogue_world.py": "in a temporary folder, which is its owner's only",
    "tasks/download.py": "a task's data, which is public",
    "tasks/unpack.py": "a task's data, which is public",
}


@pytest.fixture(autouse=True)
def everybody_may_read() -> Iterator[None]:
    """The most careless umask there is."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("form", ["jsonl", "csv", "conversations", "chat"])
def test_an_export_is_its_owners_only(tmp_path: Path, form: str) -> None:
    (tmp_path / "out.jsonl").write_text("an older one, which everybody may read")
    with RecordLab(tmp_path / "lab.db") as lab:
        a_pair_talks(lab)
        options = ["--as", "Teacher"] if form == "chat" else []
        arguments = ["export", str(lab.path), "--format", form, "--out", str(tmp_path / "out.jsonl"), *options]
        assert CliRunner().invoke(commands, arguments).exit_code == 0
    written = [path for path in tmp_path.iterdir() if path.name.startswith("out.")]
    assert len(written) == (2 if form == "conversations" else 1)
    assert {mode(path) for path in written} == {0o600}


def test_a_file_is_its_owners_only_while_it_is_written(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    (tmp_path / "talk.part").symlink_to(elsewhere)
    with output(tmp_path / "talk") as out:
        out.write("words")
        out.flush()
        assert mode(tmp_path / "talk.part") == 0o600
    assert (mode(tmp_path / "talk"), (tmp_path / "talk").read_text()) == (0o600, "words")
    assert elsewhere.read_text() == "", "nothing is written through a link that somebody laid"


def test_a_store_and_what_lies_beside_it_is_its_owners_only(tmp_path: Path) -> None:
    with RecordLab(tmp_path / "lab.db") as lab:
        a_pair_talks(lab)
        assert {path.name: oct(mode(path)) for path in tmp_path.iterdir() if mode(path) != 0o600} == {}


def test_nothing_writes_a_file_in_a_way_of_its_own() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): WRITES.findall(text)
        for path in PACKAGE.rglob("*.py")
        for text in [path.read_text("utf-8").replace("open(create_private", "")]
        if WRITES.search(text)
    }
    assert {name: calls for name, calls in found.items() if name not in OTHER_FILES} == {}


def test_a_file_that_cannot_be_written_stays_as_it_was_and_nothing_is_left_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept"
    write_private(path, "old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(path, b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]
    assert (path.read_text(), mode(path)) == ("old", 0o600)


def test_two_who_write_a_file_at_once_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept"
    others = iter(["the other's"])

    def meanwhile(_handle: int) -> None:
        for text in others:
            write_private(path, text)

    monkeypatch.setattr(os, "fsync", meanwhile)
    write_private(path, "mine")
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]
