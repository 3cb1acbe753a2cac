"""How a store of a version without operators gets what is kept of them."""

from __future__ import annotations

from ..database import RecordConnection
from ..single_statements import statements

ACTS_TABLES = """
-- What operators did, each in the transaction of what it changed.
CREATE TABLE operator_acts (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    by TEXT NOT NULL,
    verb TEXT NOT NULL,
    target TEXT NOT NULL,                   -- a participant, a conversation, a task, a line, or empty
    why TEXT NOT NULL,
    details TEXT NOT NULL                   -- JSON
);
CREATE INDEX acts_on_target ON operator_acts (target);

-- What they have set, and what holds until it is set otherwise.
CREATE TABLE controls (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL                     -- JSON
) WITHOUT ROWID;
"""


def add_operators(connection: RecordConnection) -> None:
    """From version 7, which knew nothing of operators."""
    for statement in statements(ACTS_TABLES):
        connection.execute(statement)
