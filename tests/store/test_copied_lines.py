"""Lines that come into a database by COPY: what holds of those that come as arrays holds of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import test_faults
from database_place import DatabasePlace
from keeping import ANN, Keeper, disk_error, queued_together

from parleyrun.events import Inbound

pytest.importorskip("psycopg", reason="PostgreSQL's tests need the extra 'postgres'")
from parleyrun.store.postgres import rows_of_arrays
from parleyrun.store.postgres.postgres_connection import PostgresConnection

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("impatient")]


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied."""
    copied: list[str] = []
    copy_in = PostgresConnection.copy_in

    def noted(connection: PostgresConnection, sql: str, *given: Any) -> None:
        copied.append(sql)
        copy_in(connection, sql, *given)

    monkeypatch.setattr(PostgresConnection, "copy_in", noted)
    return copied


@pytest.mark.parametrize("lines", [rows_of_arrays.COPY_FROM - 10, rows_of_arrays.COPY_FROM])
def test_very_many_lines_of_one_group_are_copied_and_fewer_are_not(
    database: DatabasePlace, copies: list[str], lines: int
) -> None:
    test_faults.a_conversation(database)
    copies.clear()
    texts = [f"\t{number}\\N\n" for number in range(lines)]
    with Keeper(database) as keeper:

        def hand_over() -> None:
            for number, text in enumerate(texts):
                keeper.store.journal(Inbound(ANN, f"n{number}", text), keeper.receipts.append)

        queued_together(keeper, hand_over)
        keeper.settle()
        assert keeper.texts(ANN, 2) == texts
        assert [receipt.seq for receipt in keeper.receipts] == list(range(3, lines + 3))
    assert len(copies) == (lines >= rows_of_arrays.COPY_FROM)


def test_a_line_that_cannot_be_copied_costs_the_others_of_its_group_nothing(
    database: DatabasePlace, copies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_of_arrays, "COPY_FROM", 1)
    test_faults.test_a_message_that_comes_twice_costs_the_others_of_its_group_nothing(database)
    assert copies


@pytest.mark.parametrize(
    "holds",
    [
        lambda place: test_faults.test_a_group_that_fails_once_at_any_statement_is_recorded_once_and_whole(
            place, of_disk=True
        ),
        test_faults.test_a_group_that_cannot_be_recorded_leaves_nothing_behind,
        test_faults.test_a_turn_that_is_too_late_costs_the_others_of_its_group_nothing,
    ],
    ids=["fails once", "cannot be recorded", "too late"],
)
def test_a_group_with_copied_lines_is_recorded_once_and_whole_or_not_at_all(
    database: DatabasePlace,
    copies: list[str],
    monkeypatch: pytest.MonkeyPatch,
    holds: Callable[[Any], None],
) -> None:
    monkeypatch.setattr(rows_of_arrays, "COPY_FROM", 1)
    holds(database)
    assert copies


def test_the_disk_may_fail_while_lines_are_copied(
    database: DatabasePlace, copies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_of_arrays, "COPY_FROM", 1)
    test_faults.a_conversation(database)
    contents = database.read_bytes()
    steps = test_faults.number_of_steps(database, contents)
    fault = test_faults.Fails(disk_error(database), for_good=False)
    fault.at = steps.index("add_lines")
    keeper = test_faults.record_many_things(database, contents, fault)
    assert fault.failed
    assert len({(line.participant_id, line.seq) for line in keeper.published}) == len(keeper.published) > 0
