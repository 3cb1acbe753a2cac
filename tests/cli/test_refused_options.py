"""What a command cannot use is refused by its name: options that would do nothing, and databases for files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from stores import RecordLab, a_pair_talks

from parleyrun.archive.places import database_file
from parleyrun.cli import commands
from parleyrun.store.postgres.database_url import shown_url

STUDY = """
tasks: {talk: {task_world: "parleyrun.ready:Chat", agents_required: 2}}
arrival: {panel: prolific}
completion: {finished: {code: C1}}
"""
SCRIPT = "- {seat: 1, says: hello}\n- {seat: 2, says: hello}\n"

DEAD = [
    *((f"export lab.db --codebook {option}", "does not go with --codebook") for option in (
        "--shape wide", "--form rating", "--times", "--pseudonymise", "--key-file key", "--task chat",
        "--outcome left", "--kind all", "--since 2026-01-01", "--start 1",
    )),
    ("export lab.db --format participants --kind all", "--format participants has everybody"),
    *((f"transcripts lab.db --starts {option}", "does not go with --starts") for option in (
        "--task chat", "--outcome left", "--kind all", "--since 2026-01-01", "--start 1", "--times",
    )),
    *((f"validate study.yml {option}", "expected --arrivals N beside it") for option in (
        "--every 5", "--talk 60", "--drop-out 0.1", "--seed 3", "--arrivals 0 --seed 3", "--format json --seed 3",
    )),
    *((f"serve study.yml {option}", "is for Messenger, which this config does not open") for option in (
        "--bypass-server", "--no-subscribe", "--insecure-webhook", "--force-page-token",
    )),
    ("serve study.yml --store :memory: --end-unrestorable", "is for what is on record"),
    ("local study.yml --script script.yml --people 1", "expected at least 2, got 1"),
    *((f"new {option}", "does not go with --list") for option in (
        "--list mine", "--list --template group", "--list --from parlai task",
    )),
    ("new mine --template group --from parlai task", "does not go with --from"),
    ("prolific bonus study.yml --label game", "goes with --amounts only"),
    *((f"prolific bonus study.yml --settle b1=paid {option}", "does not go with --settle") for option in (
        "--yes", "--dry-run", "--amounts study.yml", "--label game", "--outcome left", "--study s",
    )),
]  # fmt: skip


WITH_A_STORE = [
    "store backup URL copy.db", "ctl --store URL people",
    "validate study.yml --store URL",
    "links study.yml --base http://study/ --store URL a", "prolific check study.yml --store URL",
    "selfchat study.yml -m fixed --store URL",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dead")
    (folder / "study.yml").write_text(STUDY)
    (folder / "script.yml").write_text(SCRIPT)
    with RecordLab(folder / "lab.db") as lab:
        a_pair_talks(lab)
    return folder


@pytest.mark.parametrize(("line", "why"), DEAD)
def test_what_would_do_nothing_is_refused_by_its_name(
    folder: Path, line: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(commands, line.split())
    assert result.exit_code == 2
    assert why in result.stderr
    *_, error = result.stderr.strip().splitlines()
    assert error.split()[1].removesuffix(":") in [*line.split(), "NAME"]


@pytest.mark.parametrize("line", WITH_A_STORE)
def test_a_database_is_refused_where_a_file_is_needed_and_its_password_is_not_shown(
    folder: Path, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(commands, line.replace("URL", "postgresql://ann:secret@127.0.0.1:1/study").split())
    assert result.exit_code == 2
    assert "expected the path of a file, got postgresql://127.0.0.1:1/study" in result.stderr
    assert "secret" not in result.output


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgres://ann:pw@h:1/d?sslmode=require", "postgres://h:1/d"),
        ("postgresql://h/d", "postgresql://h/d"),
        ("postgresql://ann:p?w@h/d", "postgresql://…"),
        ("postgresql://ann:p@w@h/d", "postgresql://h/d"),
        ("postgresql://h/d?password=p@w", "postgresql://…"),
    ],
)
def test_a_url_is_shown_without_user_and_password_however_it_is_written(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_a_report_on_a_database_is_named_after_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)

    @contextmanager
    def copy(_url: str) -> Iterator[Path]:
        yield folder / "lab.db"

    monkeypatch.setattr(database_file, "file_of_database", copy)
    result = CliRunner().invoke(commands, ["report", "postgresql://ann:secret@db.example.org/study?user=eve"])
    assert result.exit_code == 0, result.output
    page = (folder / "report.html").read_text("utf-8")
    assert "<title>Report on postgresql://db.example.org/study</title>" in page
    assert "secret" not in page
