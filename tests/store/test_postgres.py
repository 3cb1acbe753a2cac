"""A store in PostgreSQL: what becomes of it when the server, or the way there, fails."""

from __future__ import annotations

import os
import signal
import socket
import threading
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from database_place import DatabasePlace
from keeping import ANN, BOB, Keeper, LogWatch, StandingClock, durable_store, said, turn

from parleyrun.errors import StoreError
from parleyrun.events import Inbound, Receipt
from parleyrun.store.protocol import Move
from tests.postgres_server import WITH_PASSWORD, PostgresServer

psycopg = pytest.importorskip("psycopg", reason="PostgreSQL's tests need the extra 'postgres'")
from parleyrun.store.postgres import postgres_migrations, rows_of_arrays, server_watch  # noqa: E402
from parleyrun.store.postgres.postgres_connection import PostgresConnection, look_up_by_index  # noqa: E402
from parleyrun.store.postgres.postgres_errors import explain, is_trouble  # noqa: E402

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("impatient")]


def writing_backend(keeper: Keeper) -> int:
    return int(keeper.store._writing.raw.info.backend_pid)


def end_backend(database: DatabasePlace, pid: int) -> None:
    database.ask(f"SELECT pg_terminate_backend({pid}, 5000)")


def hands_over(keeper: Keeper) -> None:
    keeper.store.journal(Inbound(ANN, "new", "hello"), keeper.receipts.append)
    keeper.store.commit(turn(1, said=(said(ANN, "one"), said(BOB, "one"))), keeper.published.append)


def test_a_backend_that_is_ended_costs_nothing(database: DatabasePlace) -> None:
    with Keeper(database) as keeper:
        keeper.starts_chat()
        assert keeper.hears(ANN, "before").seq == 1
        end_backend(database, writing_backend(keeper))
        hands_over(keeper)
        keeper.settle()
        assert keeper.texts(ANN) == ["before", "hello", "one"]
        assert [(line.participant_id, line.seq) for line in keeper.published] == [(ANN, 3), (BOB, 1)]
        assert keeper.store.trouble() is None


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_while_the_server_is_down_nothing_is_said_and_then_it_goes_on(
    own_server: PostgresServer, how: str
) -> None:
    place = DatabasePlace(own_server.url, "down")
    with Keeper(place) as keeper, LogWatch() as log:
        keeper.starts_chat()
        keeper.hears(ANN, "before")
        own_server.stop(how)
        hands_over(keeper)
        log.wait_for("the store cannot record")
        trouble = keeper.store.trouble()
        assert trouble is not None
        assert str(place) in trouble
        assert "the server" in trouble
        assert keeper.hears("test:eve", "is anybody there?").refused
        assert keeper.published == []
        own_server.start()
        log.wait_for("the store records again")
        assert keeper.hears(ANN, "after").seq == 4
        assert keeper.texts(ANN) == ["before", "hello", "one", "after"]
        assert [line.seq for line in keeper.published] == [3, 1]
        assert keeper.store.trouble() is None


def test_a_server_that_is_killed_under_load_loses_no_line_that_was_acknowledged_and_repeats_none(
    own_server: PostgresServer,
) -> None:
    place = DatabasePlace(own_server.url, "killed")
    got: dict[int, Receipt] = {}
    with Keeper(place) as keeper, LogWatch() as log:
        keeper.starts_chat()
        for number in range(400):
            if number == 200:
                own_server.signal(signal.SIGKILL)
            inbound = Inbound(ANN, f"m{number}", str(number))
            keeper.store.journal(inbound, partial(got.__setitem__, number))
        keeper.store.commit(turn(1, said=(said(BOB, "once"),)), keeper.published.append)
        # What is still connected may go on for a moment without its server.
        log.wait_for("the store cannot record")
        said_by_then = [*keeper.published]
        own_server.start_after_kill()
        log.wait_for("the store records again")
        keeper.settle()
        taken = [number for number in range(400) if not got[number].refused]
        assert taken[:200] == list(range(200)), "those before are on record, and are told so late"
        assert [got[number].seq for number in taken] == list(range(1, len(taken) + 1))
        assert keeper.texts(ANN) == list(map(str, taken))
        assert keeper.texts(BOB) == ["once"]
        assert [(line.participant_id, line.seq) for line in keeper.published] == [(BOB, 1)]
        assert said_by_then in ([], keeper.published), "and what was said by then is what is on record"


def test_a_disk_of_the_server_that_is_full_is_waited_for(database: DatabasePlace) -> None:
    with Keeper(database) as keeper, LogWatch() as log:
        keeper.starts_chat()
        keeper.hears(ANN, "before")
        before = writing_backend(keeper)
        database.change(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
        )
        database.change("CREATE TRIGGER no_room BEFORE INSERT ON log EXECUTE FUNCTION no_room()")
        hands_over(keeper)
        log.wait_for("the server's disk is full; make room on it")
        assert "the server's disk is full" in (keeper.store.trouble() or "")
        assert keeper.hears(BOB, "is anybody there?").refused
        assert keeper.published == []
        database.change("DROP TRIGGER no_room ON log")
        log.wait_for("the store records again")
        keeper.settle()
        assert keeper.texts(ANN) == ["before", "hello", "one"]
        assert writing_backend(keeper) == before, "the connection is as good as it was"


def test_a_server_that_only_takes_questions_any_more_is_left_until_one_can_be_written_to(
    own_server: PostgresServer,
) -> None:
    place = DatabasePlace(own_server.url, "standby")

    def read_only(is_so: str) -> None:
        place.change(f"ALTER SYSTEM SET default_transaction_read_only = {is_so}")
        place.change("SELECT pg_reload_conf()")

    writable = DatabasePlace(own_server.url, "other")
    writable.url = f"{own_server.url}?options=-cdefault_transaction_read_only%3Doff"
    with Keeper(place) as keeper, LogWatch() as log:
        keeper.starts_chat()
        read_only("on")
        writable.ask(f"SELECT pg_terminate_backend({writing_backend(keeper)}, 5000)")
        hands_over(keeper)
        log.wait_for("the store cannot record")
        log.wait_for("read-only")
        assert keeper.published == []
        writable.change("ALTER SYSTEM RESET default_transaction_read_only")
        writable.change("SELECT pg_reload_conf()")
        log.wait_for("the store records again")
        keeper.settle()
        assert keeper.texts(ANN) == ["hello", "one"]


def test_a_server_that_crashes_right_after_the_start_is_gone_on_with_whatever_waits_for_its_disk(
    own_server: PostgresServer,
) -> None:
    place = DatabasePlace(own_server.url, "crashed")
    place.change("ALTER SYSTEM SET wal_writer_delay = '10s'")
    place.change("SELECT pg_reload_conf()")
    with Keeper(place):
        pass
    with Keeper(place, synchronous="normal") as keeper:
        own_server.restart("immediate")
        assert keeper.store.trouble() is not None
        keeper.store._watch.look()
        keeper.settle()
        assert keeper.store.trouble() is None
        assert keeper.hears(ANN, "hello").seq == 1


def test_a_connection_that_ends_while_nothing_happens_is_noticed_and_made_anew(database: DatabasePlace) -> None:
    with Keeper(database) as keeper:
        keeper.hears(ANN, "hello")
        before = writing_backend(keeper)
        end_backend(database, before)
        assert "the connection to the server is lost" in (keeper.store.trouble() or "")
        keeper.store._watch.look()
        keeper.settle()
        assert keeper.store.trouble() is None
        assert writing_backend(keeper) != before


def test_a_server_that_stands_still_is_told_of_and_given_up(
    database: DatabasePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_watch, "LOOK_SECONDS", -1.0)
    monkeypatch.setattr(server_watch, "NO_ANSWER_SECONDS", 0.0)
    with Keeper(database) as keeper, LogWatch() as log:
        keeper.store._watch.close()  # the test looks by itself
        keeper.hears(ANN, "before")
        stopped = writing_backend(keeper)
        os.kill(stopped, signal.SIGSTOP)
        try:
            keeper.store.journal(Inbound(ANN, "new", "hello"), keeper.receipts.append)
            connection = keeper.store._writing
            while connection.waits_since is None:
                threading.Event().wait(0.01)
            assert "has not answered for" in (keeper.store.trouble() or "")
            connection.cut()
            log.wait_for("the store cannot record")
            assert [receipt.seq for receipt in keeper.receipts] == [1]
        finally:
            os.kill(stopped, signal.SIGCONT)
        log.wait_for("the store records again")
        keeper.settle()
        assert keeper.texts(ANN) == ["before", "hello"]


def test_whoever_lost_the_store_to_another_process_says_nothing_more(database: DatabasePlace) -> None:
    first = Keeper(database)
    first.store.open()
    first.starts_chat()
    with LogWatch() as log:
        # Its own way back is shut until another has come.
        first.store._connect, way_back = fails_to_connect, first.store._connect
        end_backend(database, writing_backend(first))
        hands_over(first)
        log.wait_for("the store cannot record")
        with Keeper(database) as second:
            first.store._connect = way_back
            log.wait_for("the store is held by parleyrun, process")
            assert second.hears(ANN, "to the second one").seq == 1
        log.wait_for("another process has opened the store since")
        assert "another process has opened the store since" in (first.store.trouble() or "")
    first.store.close()
    assert first.published == []
    assert all(receipt.refused for receipt in first.receipts)
    assert [text for (text,) in database.ask("SELECT text FROM lines WHERE text <> ''")] == ["to the second one"]


def fails_to_connect() -> Any:
    raise psycopg.OperationalError("no way")


def test_a_second_process_is_told_who_holds_the_store(database: DatabasePlace) -> None:
    with Keeper(database):
        other = durable_store(database, StandingClock())
        with pytest.raises(StoreError, match=rf"in use by parleyrun, process {os.getpid()} on .* \(from 127"):
            other.open()
        other.close()


def test_who_comes_while_another_process_is_about_to_let_go_has_the_store(database: DatabasePlace) -> None:
    first = Keeper(database)
    database.url += "%20-cstatement_timeout%3D100"  # which is for statements that work
    second = durable_store(database, StandingClock())
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    coming = threading.Thread(target=second.open, daemon=True)
    with first:
        coming.start()
        while coming.is_alive() and database.ask(waiting) == [(0,)]:
            pass
    coming.join(10)
    assert second.trouble() is None
    assert second.lines_after(ANN, 0) == []
    second.close()


def test_what_the_server_answers_to_a_transaction_that_is_given_up_is_not_taken_for_its_end() -> None:
    ours, theirs = socket.socketpair()
    seen: list[bool] = []

    class Pipeline:
        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None:
            theirs.send(b"no room")  # what is still to be read then
            seen.append(connection.is_readable())
            ours.recv(100)

    raw: Any = Mock(fileno=ours.fileno, pipeline=Pipeline, closed=False)
    connection = PostgresConnection(raw)
    with ours, theirs:
        connection.queue_up()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        assert seen == [False]
        assert not connection.is_readable()
        theirs.send(b"goodbye")
        assert connection.is_readable()


def test_statements_that_take_too_long_are_waited_for(database: DatabasePlace) -> None:
    database.url += "%20-cstatement_timeout%3D100"
    with Keeper(database) as keeper, LogWatch() as log:
        keeper.starts_chat()
        blocker = database.connect()
        blocker.execute("SET statement_timeout = 0")
        blocker.execute("BEGIN")
        blocker.execute("LOCK TABLE log")
        hands_over(keeper)
        log.wait_for("the server has cut the statement short (statement_timeout)")
        assert keeper.published == []
        blocker.execute("COMMIT")
        blocker.close()
        log.wait_for("the store records again")
        keeper.settle()
        assert keeper.texts(ANN) == ["hello", "one"]


def refusal(place: Any) -> str:
    with pytest.raises(StoreError) as refused:
        durable_store(place, StandingClock()).open()
    message = str(refused.value)
    assert "\n" not in message
    assert "hunter2" not in message
    return message


class Elsewhere:
    def __init__(self, url: str) -> None:
        self.url = url


def test_a_server_that_cannot_be_reached_is_one_sentence() -> None:
    message = refusal(Elsewhere("postgresql://parley:hunter2@127.0.0.1:1/study"))
    assert message.startswith("cannot open the store postgresql://127.0.0.1:1/study: ")
    assert "can be reached" in message


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://parley:hunter2 x@h/d",
        "postgresql://parley:hunter2@[bad/postgres",
        "mysql://parley:hunter2@h/d",
        7,
    ],
)
def test_what_is_no_url_is_refused_without_showing_its_password(url: Any) -> None:
    assert "expected a URL such as postgresql://" in refusal(Elsewhere(url))


def test_a_wrong_password_is_one_sentence(database: DatabasePlace) -> None:
    database.change(f"DROP ROLE IF EXISTS {WITH_PASSWORD}")
    database.change(f"CREATE ROLE {WITH_PASSWORD} LOGIN PASSWORD 'correct'")
    url = database.url.replace("parley@", f"{WITH_PASSWORD}:hunter2@")
    assert "password authentication failed" in refusal(Elsewhere(url))
    # With the right one there is still no right to make tables.
    message = refusal(Elsewhere(url.replace("hunter2", "correct")))
    assert "none of the search_path" in message or "grant it the right" in message


def test_a_database_of_something_else_is_refused_and_left_as_it_is(database: DatabasePlace) -> None:
    database.change("CREATE TABLE invoices (number INTEGER)")
    assert "got tables of something else (invoices)" in refusal(database)
    assert database.ask(
        f"SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = '{database.schema}'::regnamespace"
    ) == [("invoices",)]


def test_a_newer_store_is_refused(database: DatabasePlace) -> None:
    with Keeper(database):
        pass
    database.change("UPDATE meta SET value = '99'::bytea WHERE key = 'version'")
    assert "got version 99: it was written by a newer parleyrun" in refusal(database)


def test_an_older_server_is_refused(database: DatabasePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_migrations, "OLDEST_SERVER", 99)
    assert "expected PostgreSQL 99 or newer, got" in refusal(database)


def test_a_migration_is_made_whole_or_not_at_all(database: DatabasePlace) -> None:
    with Keeper(database):
        pass
    connection = database.connect()
    now, past = postgres_migrations.POSTGRES_VERSION, postgres_migrations.POSTGRES_MIGRATIONS

    def add(where: Any) -> None:
        where.execute("ALTER TABLE notes ADD COLUMN more TEXT")

    def fail(where: Any) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        postgres_migrations.prepare_database(connection, version=now + 2, migrations=(*past, add, fail))
    assert postgres_migrations.version_of(connection) == now
    postgres_migrations.prepare_database(connection, version=now + 1, migrations=(*past, add))
    assert postgres_migrations.version_of(connection) == now + 1
    assert connection.execute("SELECT more FROM notes").fetchall() == []
    connection.close()


def test_a_database_of_the_first_version_gets_what_is_kept_of_replies_and_reactions(
    database: DatabasePlace,
) -> None:
    with Keeper(database) as keeper:
        keeper.starts_chat()
        keeper.settle()
    connection = database.connect()
    for statement in (
        "DROP VIEW lines",
        "DROP TABLE reactions",
        "ALTER TABLE log DROP COLUMN reply_to",
        "ALTER TABLE moderated DROP COLUMN reply_to",
        "CREATE VIEW lines AS SELECT log.*, participants.id AS participant_id FROM log "
        "JOIN participants ON participants.n = log.participant",
        "CREATE UNIQUE INDEX journal ON log (participant, message_id) WHERE mine = 1",
        "UPDATE meta SET value = '1'::bytea WHERE key = 'version'",
    ):
        connection.execute(statement)
    connection.close()
    with Keeper(database) as keeper:
        assert keeper.texts(ANN) == []
        assert keeper.store.reactions_to(ANN) == []
        assert keeper.store.shown_line(ANN, f"{ANN}#9") is None


def test_a_value_that_does_not_fit_is_refused_and_the_others_of_its_group_are_not(database: DatabasePlace) -> None:
    with Keeper(database) as keeper:
        keeper.starts_chat()
        keeper.store.move(Move(said=(said("test:\ud83d", "nobody can be called so"),)), keeper.published.append)
        hands_over(keeper)
        keeper.settle()
        assert keeper.texts(ANN) == ["hello", "one"]


@pytest.mark.parametrize(
    ("code", "trouble"),
    [("53100", True), ("57P01", True), ("25006", True), ("42501", True), ("22003", False), ("23505", False)],
)
def test_what_is_the_servers_fault_is_told_by_its_code(code: str, trouble: bool) -> None:
    error = psycopg.errors.lookup(code)("as the server says")
    assert is_trouble(error) is trouble
    assert "as the server says" in explain(error)


@pytest.mark.parametrize(
    ("name", "index", "row"),
    [("consume_lines", "log_lines", (1, 1, 1)), ("turns_between", "runs_pkey", (1, 0, b"", 1, 1))],
)
def test_what_many_rows_change_is_found_by_its_index_although_the_server_takes_the_tables_for_empty(
    database: DatabasePlace, name: str, index: str, row: tuple[Any, ...]
) -> None:
    with Keeper(database) as keeper:
        keeper.starts_chat()
        keeper.settle()
        database.change("ANALYZE")
        sql, _ = rows_of_arrays._BULK[name]
        values = [[cell] for cell in row] + ([1] if name == "turns_between" else [])
        connection = database.connect()
        look_up_by_index(connection)
        plan = "\n".join(line for (line,) in connection.execute("EXPLAIN " + sql, values))
        connection.close()
    assert f"Index Scan using {index}" in plan
    assert "Tid Scan" in plan
    assert "Join Filter" not in plan


def test_files_of_people_lie_where_the_service_runs(database: DatabasePlace, tmp_path: Path) -> None:
    from parleyrun.app.store_choice import attachments_beside

    store = durable_store(database, StandingClock(), beside=tmp_path / "study.db")
    assert attachments_beside(store) == tmp_path / "study.db.attachments"
