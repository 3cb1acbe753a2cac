"""A study moves from a file to a PostgreSQL database and back, and commands read it there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bot_turns import bot_seat
from click.testing import CliRunner
from database_place import DatabasePlace
from keeping import ANN, BOB, Keeper, ask, change, said, tables, turn
from record_lab import RecordLab, a_pair_talks

from parleyrun import archive
from parleyrun.cli import commands, main
from parleyrun.errors import StoreError
from parleyrun.runner.turn import Turn
from parleyrun.store.protocol import Move, PoolRecord, SessionRecord
from parleyrun.store.record.copying import tables_in
from parleyrun.store.sqlite.tables import RECORD_TABLES

pytest.importorskip("psycopg", reason="PostgreSQL's tests need the extra 'postgres'")
from parleyrun.archive.places.database_file import copied_to_database, copied_to_file
from parleyrun.store.postgres.postgres_connection import PostgresConnection

pytestmark = pytest.mark.postgres


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a study in which a conversation is over, and another goes on, with somebody waiting."""
    path = tmp_path / "study.db"
    with RecordLab(path) as lab:
        a_pair_talks(lab)
        uid = lab.begin("chat/t_2", {"memory:cid": "Teacher", "memory:dee": "Pupil"})
        identity, _ = lab._runs[uid]
        lab.store.commit(Turn(identity, 1, bots=(bot_seat(uid),), snapshot=b"the world"), lambda line: None)
        lab.says("memory:cid", "unread")
        eve = SessionRecord(participant_id="memory:eve", place="waiting", task="chat")
        lab.move(Move(sessions=(eve,), entered_pool=(PoolRecord("memory:eve", "chat", lab.clock.now),)))
        lab.store.secret("export")
        lab.settle()
    return path


def runs(*arguments: Any) -> Any:
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def without_own_notes(held: dict[str, Any]) -> dict[str, Any]:
    return {name: rows for name, rows in held.items() if name not in ("meta", "sqlite_sequence")}


def test_what_went_there_comes_back_as_it_was(file: Path, database: DatabasePlace, tmp_path: Path) -> None:
    copied = copied_to_database(file, database.url)
    back = tmp_path / "back.db"
    assert copied_to_file(database.url, back) == copied
    assert without_own_notes(tables(back)) == without_own_notes(tables(file))
    secrets = "SELECT key, value FROM meta WHERE key LIKE 'secret:%' ORDER BY key"
    assert ask(back, secrets) == ask(file, secrets)


def test_rows_are_copied_as_a_stream_and_not_one_by_one(
    file: Path, database: DatabasePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one: list[str] = []
    executemany = PostgresConnection.executemany

    def noted(connection: PostgresConnection, sql: str, rows: Any) -> Any:
        one_by_one.append(sql.split()[2])
        return executemany(connection, sql, rows)

    monkeypatch.setattr(PostgresConnection, "executemany", noted)
    assert copied_to_database(file, database.url) > 10
    assert set(one_by_one) == {"meta"}


def test_a_study_goes_on_where_it_was_after_the_move(file: Path, database: DatabasePlace) -> None:
    copied_to_database(file, database.url)
    with Keeper(database) as keeper:
        saved = keeper.saved
        assert [(run.record.identity.uid, run.snapshot, run.epoch) for run in saved.runs] == [
            ("chatt20000000000", b"the world", 2)
        ]
        assert [waiting.participant_id for waiting in saved.pool] == ["memory:eve"]
        assert [message.text for message in saved.mail["memory:cid"]] == ["unread"]
        # Whoever and whatever comes now has numbers of its own.
        keeper.starts_chat()
        assert keeper.hears(ANN, "hello").seq == 1
        lines = keeper.commits(turn(1, consumed=(f"{ANN}#1",), said=(said(BOB, "hello"),)))
        assert [line.seq for line in lines] == [1]


@pytest.mark.parametrize("form", ["jsonl", "csv", "participants", "lines", "runs"])
def test_an_export_of_a_database_is_that_of_the_file(file: Path, database: DatabasePlace, form: str) -> None:
    copied_to_database(file, database.url)
    of_file = runs("export", file, "--format", form, "--pseudonymise")
    of_database = runs("export", database.url, "--format", form, "--pseudonymise")
    assert of_file.exit_code == of_database.exit_code == 0, of_database.output
    assert of_database.stdout == of_file.stdout
    assert of_file.stdout


def test_a_database_in_use_can_be_read_and_checked(file: Path, database: DatabasePlace) -> None:
    copied_to_database(file, database.url)
    with Keeper(database):
        listed = runs("transcripts", database.url)
        assert "chat/t_1" in listed.stdout
        shown = runs("transcripts", database.url, "chat/t_1")
        assert "What is a sonnet?" in shown.stdout
        checked = runs("store", "check", database.url)
        assert checked.exit_code == 0, checked.output
        assert "/postgres is whole: " in checked.stdout
        database.change("UPDATE log SET seq = seq + 1000 WHERE seq = 2")
        checked = runs("store", "check", database.url)
        assert checked.exit_code == 1
        assert "not numbered from 1 without holes" in checked.output


def test_the_command_copies_either_way_and_never_over_something(
    file: Path, database: DatabasePlace, tmp_path: Path
) -> None:
    there = runs("store", "copy", file, database.url)
    assert there.exit_code == 0, there.output
    again = runs("store", "copy", file, database.url)
    assert "expected an empty store to copy to" in str(again.exception)
    assert again.exit_code != 0
    back = tmp_path / "back.db"
    assert runs("store", "copy", database.url, back).exit_code == 0
    assert "there is" in str(runs("store", "copy", database.url, back).exception)
    assert "expected a file and the URL of a database" in runs("store", "copy", file, back).output


def test_a_file_in_use_is_not_copied(file: Path, database: DatabasePlace) -> None:
    with Keeper(file), pytest.raises(StoreError, match="is in use by process"):
        copied_to_database(file, database.url)
    assert database.ask(
        "SELECT count(*) FROM pg_class WHERE relname = 'participants' AND relnamespace = "
        f"'{database.schema}'::regnamespace"
    ) == [(0,)]


def test_a_nul_of_an_older_file_is_kept_beside_its_line(file: Path, database: DatabasePlace) -> None:
    change(file, "UPDATE log SET text = 'a' || char(0) || 'b' WHERE text = 'unread'")
    copied_to_database(file, database.url)
    with Keeper(database) as keeper:
        (line,) = [line for line in keeper.store.lines_after("memory:cid", 0) if line.mine]
        assert line.message.text == "a\0b"


def test_every_table_and_column_is_copied(file: Path) -> None:
    known = {table.name: table.columns for table in tables_in(RECORD_TABLES)}
    names = ask(file, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert {name for (name,) in names} == {*known, "meta"}
    for name, columns in known.items():
        assert [column for _, column, *_ in ask(file, f"PRAGMA table_info({name})")] == list(columns)


STUDY = """
world_module: parleyrun.ready
tasks: {chat: {task_world: Chat, agents_required: 1}}
"""
SAID_THERE = "SELECT text FROM log WHERE mine = 1 AND text <> '' ORDER BY n"


def test_a_database_is_named_on_the_command_line_or_in_the_environment(
    database: DatabasePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yml").write_text(STUDY)
    (tmp_path / "script.yml").write_text("- {seat: 1, says: hello}\n")
    url = database.url.replace("parley@", "parley:hunter2@")
    spoken = runs("local", "study.yml", "--bypass-server", "--script", "script.yml", "--store", url)
    assert spoken.exit_code == 0, spoken.output
    assert database.ask(SAID_THERE) == [("hello",)]
    monkeypatch.setenv("PARLEYRUN_STORE", url)
    again = runs("local", "study.yml", "--bypass-server", "--script", "script.yml")
    assert again.exit_code == 0, again.output
    assert database.ask(SAID_THERE) == [("hello",)] * 2
    assert not list(tmp_path.glob("*.db"))
    assert "hunter2" not in spoken.output + again.output
    with archive.open(url) as tables:
        assert [row["place"] for row in tables.participants()] == ["task"] * 2


def test_a_database_that_cannot_be_had_ends_serve_before_its_door_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yml").write_text(STUDY)
    with pytest.raises(SystemExit) as ended:
        main(["serve", "study.yml", "--store", "postgresql://ann:hunter2@127.0.0.1:1/study"])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "cannot open the store postgresql://127.0.0.1:1/study" in told
    assert "ready:" not in told
    assert "hunter2" not in told
