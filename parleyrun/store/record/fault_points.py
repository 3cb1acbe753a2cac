"""For tests: a connection at each of whose statements something can be made to go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from .database import Cursor, ManyRows, RecordConnection
from .statements import STATEMENTS

FaultPoint = Callable[[str], None]
"""Called with the name of each statement before it is executed."""

_NAMES = {sql: name for name, sql in STATEMENTS.items()}


def with_fault_points(connection: RecordConnection, fault: FaultPoint, many_rows: ManyRows) -> RecordConnection:
    """Return a connection that tells `fault` of each statement of the writer's."""
    return cast(RecordConnection, _Faulty(connection, fault, many_rows))


class _Faulty:
    """What the writer uses of a connection."""

    def __init__(self, connection: RecordConnection, fault: FaultPoint, many_rows: ManyRows) -> None:
        self._connection = connection
        self._fault = fault
        self._many_rows = many_rows

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, values: Iterable[Any] = ()) -> Cursor:
        self._fault(_NAMES.get(sql) or self._many_rows.name_of(sql) or sql)
        return self._connection.execute(sql, tuple(values))

    def executemany(self, sql: str, rows: list[tuple[Any, ...]]) -> Cursor:
        self._fault(_NAMES[sql])
        return self._connection.executemany(sql, rows)

    def copy_in(self, sql: str, *given: Any) -> None:
        self._fault(str(self._many_rows.name_of(sql)))
        self._connection.copy_in(sql, *given)  # type: ignore[attr-defined]  # of a database that can

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def close(self) -> None:
        self._connection.close()
