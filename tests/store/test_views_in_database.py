"""The views for those who study the record in a PostgreSQL database with plain SQL, and a role for them."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from bot_turns import they_haggle
from database_place import DatabasePlace
from record_lab import BEGAN, RecordLab, a_pair_talks

from parleyrun.runner.turn import Outcome
from parleyrun.store.protocol import Move, SessionRecord
from tests.postgres_server import PostgresServer

psycopg = pytest.importorskip("psycopg", reason="PostgreSQL's tests need the extra 'postgres'")
from parleyrun.store.postgres import postgres_migrations  # noqa: E402
from parleyrun.store.postgres.study_views import VIEWS  # noqa: E402

pytestmark = pytest.mark.postgres

ADA, BEN = "memory:ada", "memory:ben"
COLUMNS = "SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position) FROM "
COLUMNS += "information_schema.columns WHERE table_name = '{}' AND table_schema = '{}'"


def asked(place: DatabasePlace, query: str) -> list[tuple[Any, ...]]:
    """Ask as any program does that knows PostgreSQL."""
    with psycopg.connect(place.url) as connection:
        return connection.execute(query).fetchall()


def test_people_conversations_lines_and_answers_are_read_with_plain_sql(database: DatabasePlace) -> None:
    with RecordLab(database) as lab:
        uid = a_pair_talks(lab)
        stored = {"entry": {"PROLIFIC_PID": "5f1", "odd": "\0\ud83d"}, "flag": True}
        kept = pickle.dumps({"data": {"mood": "bright"}, "stored_data": stored})
        endless = pickle.dumps({"data": float("inf"), "stored_data": {}})
        sessions = (
            SessionRecord(participant_id=ADA, place="gone", data=kept, onboard_data=pickle.dumps("yes")),
            SessionRecord(participant_id=BEN, place="gone", data=endless),
        )
        lab.move(Move(sessions=sessions))
        scored = lab.begin("quiz/t_1", {BEN: None})
        lab.turn(scored, outcome=Outcome("finished", data={"score": 3}))
        lab.wait_in_pool(BEN, "chat")
        lab.says(ADA, "letmein")
        lab.store.move(Move(consumed=(f"{ADA}#3",)), lambda line: None)
        lab.settle()
        haggled = they_haggle(lab, [BEN])
    part = {"conversation_id": uid, "task": "chat", "role": "Teacher", "outcome": "finished"}
    person = "SELECT arrival ->> 'PROLIFIC_PID', data ->> 'mood', stored_data, onboard_data, partners, "
    person += f"conversations, messages, seconds_talked FROM study_people WHERE participant_id = '{ADA}'"
    assert asked(database, person) == [("5f1", "bright", {"flag": True}, "yes", [BEN], [part], 2, 5.0)]
    assert len(asked(database, "SELECT * FROM study_people")) == 3, "one value that is no JSON spoils no row"
    run = f"SELECT name, started, ended, people, messages FROM study_runs WHERE conversation_id = '{uid}'"
    ((name, started, ended, people, messages),) = asked(database, run)
    assert (name, started, ended, messages) == ("chat/t_1", BEGAN, BEGAN + 6, 2)
    assert [(seat["participant"], seat["role"], seat["is_bot"]) for seat in people] == [
        (ADA, "Teacher", False), (BEN, "Pupil", False),
    ]  # fmt: skip
    assert asked(database, "SELECT data ->> 'score' FROM study_runs WHERE task = 'quiz'") == [("3",)]
    of_ben = "SELECT by_participant, speaker, text FROM study_lines "
    of_ben += f"WHERE conversation_id = '{uid}' AND participant_id = '{BEN}' ORDER BY seq"
    assert asked(database, of_ben) == [
        (False, "Guide", "Welcome to both!"), (False, "Teacher", "What is a sonnet?"),
        (True, "", "Fourteen lines,\nI believe."),
    ]  # fmt: skip
    bots = f"SELECT DISTINCT participant_id FROM study_lines WHERE is_bot AND conversation_id = '{haggled}'"
    assert asked(database, bots) == [("bot:seller",)]
    answers = "SELECT participant_id, role, kind, calls::jsonb, tokens_estimated FROM study_answers "
    answers += "WHERE kind = 'spoke' ORDER BY n LIMIT 1"
    ((who, role, kind, calls, _),) = asked(database, answers)
    assert (who, role, kind, type(calls)) == ("bot:seller", "Seller", "spoke", list)


def test_the_views_have_their_columns_and_neither_pickles_nor_passwords(database: DatabasePlace) -> None:
    with RecordLab(database) as lab:
        lab.says(ADA, "letmein")
        lab.store.move(Move(consumed=(f"{ADA}#1",)), lambda line: None)
        lab.settle()
    described = {view: asked(database, COLUMNS.format(view, database.schema))[0][0] for view in VIEWS}
    assert not any("bytea" in columns or "password" in columns for columns in described.values())
    assert asked(database, "SELECT 1 FROM study_lines WHERE text = 'letmein'") == []
    assert described["study_lines"] == (
        "n bigint, participant_id text, seq bigint, conversation_id text, kind text, task text, "
        "by_participant boolean, speaker text, text text, committed double precision, sent double precision, "
        "carried_line text, is_bot boolean"
    )


def change_a_column(connection: Any) -> None:
    """Change what cannot be changed as long as there is a view on it."""
    connection.execute("DROP VIEW lines")
    connection.execute("ALTER TABLE log ALTER COLUMN speaker TYPE VARCHAR")


def test_a_role_for_analysts_reads_the_views_and_nothing_else_and_keeps_that_when_they_are_made_anew(
    database: DatabasePlace, postgres_server: PostgresServer
) -> None:
    with RecordLab(database) as lab:
        a_pair_talks(lab)
    role = f"analyst_of_{database.schema}"
    for statement in (
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA {database.schema} TO {role}",
        f"GRANT SELECT ON {', '.join(VIEWS)} TO {role}",
        f"ALTER ROLE {role} SET default_transaction_read_only = on",
    ):
        database.change(statement)
    url = database.url.replace("parley@", f"{role}@")
    for _ in ("before", "after"):
        with psycopg.connect(url) as connection:
            (people,) = connection.execute("SELECT count(*) FROM study_people").fetchone()
            assert people == 3
            connection.commit()
            for query in ("SELECT data FROM participants", "SELECT value FROM meta", "SELECT text FROM log"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(query)
                connection.rollback()
        connection = database.connect()
        now, past = postgres_migrations.POSTGRES_VERSION, postgres_migrations.POSTGRES_MIGRATIONS
        migrations = (*past, change_a_column)
        postgres_migrations.prepare_database(connection, version=now + 1, migrations=migrations)
        connection.execute("UPDATE meta SET value = ?::bytea WHERE key = 'version'", (str(now).encode(),))
        connection.execute("CREATE VIEW lines AS SELECT 1")
        connection.close()


def test_a_store_of_the_version_before_the_views_gets_them(database: DatabasePlace) -> None:
    with RecordLab(database) as lab:
        a_pair_talks(lab)
    database.change(f"DROP VIEW {', '.join(VIEWS)}")
    database.change("CREATE UNIQUE INDEX journal ON log (participant, message_id) WHERE mine = 1")
    database.change("UPDATE meta SET value = '2'::bytea WHERE key = 'version'")
    with RecordLab(database):
        assert asked(database, "SELECT count(*) FROM study_runs") == [(1,)]
