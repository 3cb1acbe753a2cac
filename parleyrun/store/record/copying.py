"""A record copied from one database to another, whichever they are: all that there was at one moment."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterator
from typing import Any

from ...errors import StoreError
from ..columns import readable
from ..safe_unpickling import loads
from .database import RecordConnection, Row
from .single_statements import statements

_BATCH = 2_000
_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*)\)", re.DOTALL)
_COLUMN = re.compile(r"^\s*([a-z_]+) (?:INTEGER|REAL|TEXT|BLOB)\b", re.MULTILINE)
_NUMBERED = re.compile(r"^\s*(\w+) INTEGER PRIMARY KEY", re.MULTILINE)
_OF_STORE = "substr(key, 1, 7) = 'secret:'"
_GROUP = "SELECT value FROM meta WHERE key = 'group'"


class CopiedTable:
    """A table of a record, as its statement says: its columns, and the one that numbers its rows, if one does."""

    def __init__(self, name: str, body: str) -> None:
        self.name = name
        self.columns = tuple(_COLUMN.findall(body))
        numbered = _NUMBERED.search(body)
        self.number = None if numbered is None else numbered.group(1)

    def rows(self, source: RecordConnection) -> Iterator[list[Row]]:
        """Yield the rows in parts, in their order where they have one."""
        columns = ", ".join(self.columns)
        if self.number is None:
            order = " ORDER BY since, rowid" if self.name == "pool" else ""
            found = source.execute(f"SELECT {columns} FROM {self.name}{order}").fetchall()  # noqa: S608
            yield from (found[start : start + _BATCH] for start in range(0, len(found), _BATCH))
            return
        place = 0
        of_number = self.columns.index(self.number)
        batch = (
            f"SELECT {columns} FROM {self.name} WHERE {self.number} > ? "  # noqa: S608  # names of ours
            f"ORDER BY {self.number} LIMIT {_BATCH}"
        )
        while found := source.execute(batch, (place,)).fetchall():
            place = found[-1][of_number]
            yield found

    def insert(self, target: RecordConnection, rows: list[Row]) -> None:
        """Add rows, by a statement for each."""
        marks = ", ".join("?" * len(self.columns))
        statement = f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({marks})"  # noqa: S608
        target.executemany(statement, rows)


Insert = Callable[[CopiedTable, Any, list[Row]], object]
"""Adds rows to a table of a database that is copied to."""


def tables_in(script: str) -> list[CopiedTable]:
    """Return the tables that a script makes, but for `meta`, each after those that it refers to."""
    found = (_TABLE.match(statement) for statement in statements(script))
    return [CopiedTable(*match.groups()) for match in found if match is not None and match.group(1) != "meta"]


def copy_record(
    source: RecordConnection, target: RecordConnection, script: str, insert: Insert = CopiedTable.insert
) -> int:
    """Copy all that is on record into a store that is still empty; return how many rows that were.

    Args:
        source: In a transaction that sees one moment of the record.
        target: In a transaction; the tables are there.
        script: Makes the tables.
        insert: Adds rows to a table of the target, as that does it fastest.

    Raises:
        StoreError: The target is not empty.
    """
    if target.execute("SELECT 1 FROM participants LIMIT 1").fetchone() is not None:
        raise StoreError("expected an empty store to copy to, got one with people in it; choose another place")
    copied = 0
    for table in tables_in(script):
        for rows in table.rows(source):
            copied += len(rows)
            insert(table, target, [_without_nul(table, row) for row in rows])
    secrets = source.execute(f"SELECT key, value FROM meta WHERE {_OF_STORE}").fetchall()  # noqa: S608
    if secrets:
        target.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", secrets)
    group = int(source.execute(_GROUP).fetchone()[0])
    target.execute("UPDATE meta SET value = ? WHERE key = 'group'", (group,))
    return copied


def _without_nul(table: CopiedTable, row: Row) -> Row:
    """Return a row with each NUL spelled out, as not every database keeps it; a line has its exact self beside."""
    if not any(isinstance(value, str) and "\0" in value for value in row):
        return row
    values = dict(zip(table.columns, row, strict=True))
    if "more" in values:
        exact = loads(values["more"]) if values["more"] is not None else {}
        for column, name in (("text", "text"), ("speaker", "id"), ("message_id", "message_id")):
            if isinstance(values.get(column), str) and "\0" in values[column] and isinstance(exact, dict):
                values["more"] = pickle.dumps(exact := {**exact, name: values[column]}, 5)
    return tuple(readable(value) if isinstance(value, str) else value for value in values.values())
