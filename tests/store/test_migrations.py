"""An older store is brought up to date, a newer one is left alone."""

from __future__ import annotations

import pickle
import re
import sqlite3
from pathlib import Path

import pytest
from keeping import ANN, BOB, Keeper, StandingClock

from parleyrun.archive.archive import Archive
from parleyrun.archive.selection import Selection
from parleyrun.core.message import Message
from parleyrun.core.model_answer import BotDecision, ModelAnswer
from parleyrun.errors import StoreError
from parleyrun.events import Sending
from parleyrun.runner.turn import BotLine, BotSeat, Turn
from parleyrun.store.protocol import ReadLine, Spent, line_reference
from parleyrun.store.record.single_statements import statements
from parleyrun.store.sqlite.connection import Connection, connect
from parleyrun.store.sqlite.migrations import MIGRATIONS, prepare
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.store.sqlite.tables import TABLES, VERSION
from parleyrun.testing import rehearse

OLD_TABLES = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB);
    CREATE TABLE lines (text TEXT);
    INSERT INTO lines VALUES ('hello');
"""


def add_speaker(connection: Connection) -> None:
    connection.execute("ALTER TABLE lines ADD COLUMN speaker TEXT NOT NULL DEFAULT ''")


def name_speaker(connection: Connection) -> None:
    connection.execute("UPDATE lines SET speaker = 'Ann'")


def fail(connection: Connection) -> None:
    connection.execute("DELETE FROM lines")
    raise ValueError("half way")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "demo.db"
    connection = connect(path, "normal", create=True)
    prepare(connection, version=1, migrations=(), tables=OLD_TABLES)
    connection.close()
    return path


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()[0])
    finally:
        connection.close()


VERSION_1 = (Path(__file__).parent / "version_1.sql").read_text(encoding="utf-8")
"""What a store of the first version held when its process died, tables and all."""


def an_old_store(path: Path) -> None:
    """Make a store as an earlier parleyrun left it: Ann was told one line and said another."""
    connection = sqlite3.connect(path)
    connection.executescript(re.sub(r"(?ms)^INSERT INTO .*?\);$", "", VERSION_1))
    connection.executescript(f"""
        INSERT INTO meta VALUES ('version', 1), ('created', 1.0), ('group', 7);
        INSERT INTO participants (id, first_seen, place, since) VALUES ('{ANN}', 1.0, 'gone', 2.0);
        INSERT INTO lines (n, participant_id, seq, mine, consumed, speaker, text, message_id, at)
        VALUES (1, '{ANN}', 1, 0, 0, 'Guide', 'welcome', NULL, 3.0), (2, '{ANN}', 2, 1, 1, '', 'hello', 'm1', 4.0);
        """)
    connection.close()


def columns_of(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """Return the columns of each table, and of each index, however they came there."""
    connection = sqlite3.connect(path)
    try:
        names = connection.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'index')")
        return {
            name: {row[1:] for row in connection.execute(f"PRAGMA {kind}_info({name})")}
            for kind, name in names.fetchall()
        }
    finally:
        connection.close()


def test_a_store_of_an_earlier_parleyrun_goes_on(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    an_old_store(old)
    with Keeper(new):
        pass
    with Keeper(old) as keeper:
        known = keeper.store.session(ANN)
        assert known is not None
        assert known.place == "gone"
        assert keeper.texts(ANN) == ["welcome", "hello"]
        assert keeper.hears(ANN, "again", "m1").duplicate
        assert keeper.hears(ANN, "and on", "m2").seq == 3
        (unsent,) = keeper.store.unsent("test")
        assert [line.seq for line in unsent.lines] == [1]
        keeper.store.record_sending(
            Sending(participant_id=ANN, seq=1, piece=0, pieces=1, state="sent", at=5.0, channel_id="m_1")
        )
    assert version_of(old) == VERSION
    assert columns_of(old) == columns_of(new)
    with Keeper(old) as keeper:
        assert keeper.store.unsent("test") == []
        assert keeper.store.last_heard(ANN) == keeper.clock.now


def test_a_run_of_an_earlier_parleyrun_still_reads_what_was_written_before_it_spoke(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    an_old_store(path)
    connection = sqlite3.connect(path)
    connection.executescript(f"""
        INSERT INTO runs (uid, run_id, grp, world, kind, task, epoch, turn, started)
        VALUES ('u1', 't_1', 'chat', 'Chat', 'task', 'chat', 1, 1, 5.0);
        INSERT INTO seats (run_uid, position, participant_id) VALUES ('u1', 0, '{ANN}');
        INSERT INTO lines (n, participant_id, seq, mine, run_uid, speaker, text, message_id, at)
        VALUES (3, '{ANN}', 3, 1, NULL, '', 'written ahead', 'm2', 5.0),
            (4, '{ANN}', 4, 0, 'u1', 'W', 'hi', NULL, 6.0);
        """)
    connection.close()
    with Keeper(path) as keeper:
        run = keeper.saved.runs[0]
        keeper.commits(Turn(run.record.identity, 2, run.epoch, consumed=(line_reference(ANN, 3),)))
    with Archive(path) as record:
        (conversation,) = record.conversations(Selection())
        assert [entry.text for entry in record.messages(conversation)] == ["written ahead", "hi"]


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_store_of_each_older_version_goes_on_and_can_be_read(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.db"
    version_1(path)
    connection = connect(path, "normal")
    prepare(connection, version=version, migrations=MIGRATIONS[: version - 1])
    connection.close()
    assert version_of(path) == version
    with Keeper(path) as keeper:
        live = {run.record.identity.uid: run.record.identity for run in keeper.saved.runs}
        assert {run.task_id[:2] for run in live.values()} == {"t_"}
        assert {run.run_id for run in live.values()} == {""}
        assert keeper.saved.sessions
        assert keeper.saved.run_counts["chat"] >= 1
    with Archive(path) as archive:
        conversations = list(archive.conversations(Selection(kinds=())))
        assert {conversation.run_id for conversation in conversations} == {None}
        assert live.keys() <= {conversation.uid for conversation in conversations}
        assert any(list(archive.messages(conversation)) for conversation in conversations)
        assert list(archive.starts()) == []


def version_4(path: Path) -> None:
    """Make a store as a parleyrun of version 4 left it, where one column named two things.

    Ben said a line, Ann was told it in two ways, and a world was in the middle of a parley that had heard it.
    """
    an_old_store(path)
    connection = connect(path, "normal")
    prepare(connection, version=4, migrations=MIGRATIONS[:3])
    connection.execute("DELETE FROM log")
    connection.execute("INSERT INTO participants (n, id, first_seen) VALUES (2, ?, 1.0)", (BOB,))
    connection.execute(
        "INSERT INTO runs (n, uid, task_id, grp, world, kind, task, epoch, turn, started, snapshot) "
        "VALUES (1, 'u1', 't_1', 'chat', 'Chat', 'task', 'chat', 1, 1, 2.0, x'80')"
    )
    odd = pickle.dumps({"message_id": "half \ud83d#1", "persona_id": "p"}, 5)
    connection.executemany(
        "INSERT INTO log (n, participant, seq, mine, consumed, run, speaker, text, more, message_id, at) "
        "VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, 3.0)",
        [
            (1, 2, 1, 1, 1, "", "hello", None, "m1"),
            (2, 1, 1, 0, 0, "Ben", "hello", None, f"{BOB}#1"),
            (3, 1, 2, 0, 0, "Ben", "odd", odd, r"half \ud83d#1"),
            (4, 1, 3, 0, 0, "", "welcome", None, None),
        ],
    )
    connection.executemany(
        "INSERT INTO seats (run_uid, position, participant_id, role) VALUES ('u1', ?, ?, ?)",
        [(0, ANN, "Ann"), (1, BOB, "Ben")],
    )
    said = pickle.dumps({"text": "hello", "id": "Ben", "message_id": f"{BOB}#1"}, 5)
    connection.execute("INSERT INTO inside VALUES ('u1', 1, 1, ?)", (said,))
    connection.execute("INSERT INTO said_inside VALUES ('u1', 1, ?, ?)", (ANN, said))
    connection.close()


def test_what_version_4_had_in_one_column_is_in_two(tmp_path: Path) -> None:
    path = tmp_path / "four.db"
    version_4(path)
    with Keeper(path) as keeper:
        (own,) = keeper.store.lines_after(BOB, 0)
        assert (own.message_id, own.message) == ("m1", Message("hello"))
        told = keeper.store.lines_after(ANN, 0)
        assert [line.message_id for line in told] == [None, None, None]
        assert [line.message.carried_line for line in told] == [f"{BOB}#1", "half \ud83d#1", None]
        (run,) = keeper.saved.runs
        hello = Message("hello", id="Ben", carried_line=f"{BOB}#1")
        assert (run.inside, run.said_inside) == (((1, hello),), ((ANN, hello),))
        assert keeper.hears(BOB, "again", "m1").duplicate
        assert keeper.store.read_through(ANN, 1) == [ReadLine(BOB, 1)]
    with Archive(path) as archive:
        (conversation,) = archive.conversations(Selection())
        texts = [(message.speaker, message.text) for message in archive.messages(conversation)]
    assert texts == [("Ben", "hello"), ("Ben", "odd"), ("", "welcome")]


def test_there_is_a_migration_for_each_older_version() -> None:
    assert len(MIGRATIONS) == VERSION - 1


def test_an_older_store_is_migrated_step_by_step(path: Path) -> None:
    connection = connect(path, "normal")
    prepare(connection, version=3, migrations=(add_speaker, name_speaker), tables="")
    assert connection.execute("SELECT text, speaker FROM lines").fetchall() == [("hello", "Ann")]
    connection.close()
    assert version_of(path) == 3


def test_only_the_steps_that_are_missing_are_taken(path: Path) -> None:
    connection = connect(path, "normal")
    prepare(connection, version=2, migrations=(add_speaker,), tables="")
    prepare(connection, version=3, migrations=(fail, name_speaker), tables="")
    prepare(connection, version=3, migrations=(fail, fail), tables="")
    assert connection.execute("SELECT speaker FROM lines").fetchall() == [("Ann",)]
    connection.close()


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    connection = connect(path, "normal")
    with pytest.raises(ValueError, match="half way"):
        prepare(connection, version=3, migrations=(add_speaker, fail), tables="")
    assert connection.execute("SELECT * FROM lines").fetchall() == [("hello",)]
    connection.close()
    assert version_of(path) == 1


def test_a_newer_store_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with Keeper(path) as keeper:
        keeper.hears(ANN, "hello")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'version'", (VERSION + 1,))
    connection.commit()
    connection.close()
    with pytest.raises(
        StoreError, match=rf"version {VERSION} or older, got version {VERSION + 1}.*Upgrade parleyrun"
    ):
        SqliteStore(path, StandingClock()).open()
    assert version_of(path) == VERSION + 1


def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (title TEXT)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's SQLite file"):
        SqliteStore(path, StandingClock()).open()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "contents", [b"not a database at all, just words " * 40, b"SQLite format 3\x00" + b"\xff" * 4000]
)
def test_a_file_that_is_no_database_is_refused_with_one_sentence(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "words.db"
    path.write_bytes(contents)
    with pytest.raises(
        StoreError, match=r"cannot open the store .*words.db: the file is (not a store, or is )?damaged"
    ):
        SqliteStore(path, StandingClock()).open()
    assert path.read_bytes() == contents


def test_a_script_is_split_into_its_statements() -> None:
    assert statements("-- a; b\nCREATE TABLE a (x); -- c\n\nCREATE TABLE b (y);") == (
        "CREATE TABLE a (x)",
        "CREATE TABLE b (y)",
    )
    assert all(statement.startswith("CREATE ") for statement in statements(TABLES))


def version_1(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Make a store as the first version left it when its process died; return what it held."""
    connection = sqlite3.connect(path)
    try:
        connection.executescript(VERSION_1)
        return {query: connection.execute(query).fetchall() for query in WHAT_STAYS}
    finally:
        connection.close()


WHAT_STAYS = (
    "SELECT n, participant_id, seq, mine, consumed, run_uid, speaker, text, more, at FROM lines ORDER BY n",
    "SELECT id, first_seen, place, task, since, run_uid, read_to, data, onboard_data FROM participants ORDER BY 1",
    "SELECT uid, grp, world, kind, task, epoch, turn, started, ended, outcome, answered, asleep, snapshot "
    "FROM runs ORDER BY 1",
    "SELECT run_uid, position, participant_id, role, told_left FROM seats ORDER BY 1, 2",
    "SELECT * FROM marks ORDER BY 1, 2, 3",
    "SELECT * FROM pool",
    "SELECT * FROM matches",
)


def test_a_store_of_version_1_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    before = version_1(path)
    assert all(before.values())
    connection = connect(path, "normal")
    try:
        prepare(connection)
        assert {query: connection.execute(query).fetchall() for query in WHAT_STAYS} == before
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        fresh = sqlite3.connect(":memory:")
        for statement in statements(TABLES):
            fresh.execute(statement)
        assert _shape(connection) == _shape(fresh)
        fresh.close()
    finally:
        connection.close()


def _shape(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return the columns of every table and view, and the definition of every index."""
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").fetchall()
    shape: dict[str, list[tuple[object, ...]]] = {
        # Columns that were added later stand at the end.
        name: sorted(row[1:] for row in connection.execute(f"PRAGMA table_xinfo({name})"))
        for (name,) in names
    }
    shape["indices"] = sorted(
        connection.execute("SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index'").fetchall(),
        key=str,
    )
    return shape


def test_people_of_a_store_of_version_1_go_on_where_they_were(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    version_1(path)
    with rehearse(Path(__file__).parents[2] / "configs" / "demo.yml", store=path) as rehearsal:
        ann, bob, eve, dan = rehearsal.people("ann", "bob", "eve", "dan")
        for person in (ann, bob, eve, dan):
            person.arrives(opens=True)
        assert [person.place for person in (ann, bob, eve, dan)] == ["task", "task", "waiting", "task"]
        ann.says("still here?", message_id="later")
        bob.sees("still here?")
        dan.says("two", message_id="later")
        dan.sees("two")
    with Archive(path) as record:
        texts = [
            entry.text
            for run in record.conversations(Selection(tasks=("chat",)))
            for entry in record.messages(run)
        ]
    assert [text for text in texts if text in ("hello", "hello Ann, how are you?", "still here?")] == [
        "hello",
        "hello Ann, how are you?",
        "still here?",
    ]


def test_values_that_version_5_had_as_pickles_are_json_too(tmp_path: Path) -> None:
    path = tmp_path / "five.db"
    an_old_store(path)
    connection = connect(path, "normal")
    prepare(connection, version=5, migrations=MIGRATIONS[:4])
    kept = {"data": {"mood": "bright"}, "stored_data": {"entry": {"PROLIFIC_PID": "5f1"}, "when": Path("x")}}
    connection.execute("UPDATE participants SET data = ?, onboard_data = ?", (pickle.dumps(kept), pickle.dumps(7)))
    connection.execute(
        "INSERT INTO runs (uid, task_id, grp, world, kind, task, epoch, turn, started, ended, outcome, "
        "outcome_data) "
        "VALUES ('u1', 'o_1', 'overworld', 'Lobby', 'overworld', NULL, 1, 1, 5.0, 6.0, 'finished', ?)",
        (pickle.dumps([1, None]),),
    )
    connection.execute("INSERT INTO seats (run_uid, position, participant_id) VALUES ('u1', 0, ?)", (ANN,))
    prepare(connection)
    query = "SELECT arrival, data, stored_data, onboard_data, visits FROM study_people"
    arrival, data, stored, onboard_data, visits = connection.execute(query).fetchone()
    assert (arrival, data) == ('{"PROLIFIC_PID":"5f1"}', '{"mood":"bright"}')
    assert "Path" in stored
    assert "5f1" not in stored
    assert (onboard_data, visits) == ("7", 1)
    assert connection.execute("SELECT data FROM study_runs").fetchall() == [("[1, null]",)]
    connection.close()


def test_a_store_of_version_6_has_seats_for_bots_and_people_as_before(tmp_path: Path) -> None:
    path = tmp_path / "six.db"
    version_1(path)
    connection = connect(path, "normal")
    prepare(connection, version=6, migrations=MIGRATIONS[:5])
    (run,) = connection.execute("SELECT uid FROM runs WHERE kind = 'task' AND ended IS NULL LIMIT 1").fetchone()
    seats = connection.execute("SELECT participant_id, role FROM seats WHERE run_uid = ?", (run,)).fetchall()
    people = {who for (who,) in connection.execute("SELECT id FROM participants")}
    connection.close()
    log = f"bot:seller@{run}"
    with Keeper(path) as keeper:
        (saved,) = (each for each in keeper.saved.runs if each.record.identity.uid == run)
        assert list(saved.record.seats) == seats
        assert keeper.saved.spent == Spent()
        seat = BotSeat(participant_id=log, position=len(seats), role="Seller", model="seller", disclosed=False)
        line = BotLine(participant_id=log, seq=1, message=Message("hello"), mine=True, at=2.0)
        decision = BotDecision(
            participant_id=log, number=1, kind="spoke", seq=1, answer=ModelAnswer(model="seller", cost=0.5)
        )
        about = {"bots": (seat,), "bot_lines": (line,), "decisions": (decision,)}
        keeper.commits(Turn(saved.record.identity, saved.turn + 1, saved.epoch, **about))
    with Keeper(path) as keeper:
        assert keeper.saved.spent == Spent(cost=0.5)
    connection = connect(path, "normal")
    assert {who for (who,) in connection.execute("SELECT participant_id FROM study_people")} - people <= {
        "test:marker"
    }
    assert connection.execute("SELECT participant_id, role, text FROM study_answers").fetchall() == [
        ("bot:seller", "Seller", "")
    ]
    connection.close()
