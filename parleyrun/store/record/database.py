"""What the record asks of a database, whichever it is: to execute, to say what failed, to write many rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Row = tuple[Any, ...]


class Cursor(Protocol):
    """What a statement has found or done."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement has changed."""

    def fetchone(self) -> Any:
        """Return the next row, None if there is none."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class RecordConnection(Protocol):
    """A connection whose transactions are begun and ended by statements. One thread at a time.

    Statements are written as SQLite reads them, with `?` for values; where a database says something otherwise,
    its connection puts that in its own words.
    """

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun that has not ended."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor:
        """Execute a statement."""

    def executemany(self, sql: str, rows: list[Row], /) -> Cursor:
        """Execute a statement once for each row."""

    def close(self) -> None:
        """Let go of the database. Calling it twice is harmless."""


class NotForAll(Exception):
    """What was written for many operations at once does not fit all of them.

    Which of them, is seen when they are written one by one.
    """


class ManyRows(Protocol):
    """How a database writes many rows with few statements."""

    least: int
    """How many operations a transaction has at least for this to be worth its while."""

    def begin(self, connection: RecordConnection) -> None:
        """A transaction begins whose operations all succeed, or none."""

    def write(self, connection: RecordConnection, name: str, rows: list[Row]) -> None:
        """Execute the statement of that name for all rows.

        Raises:
            NotForAll: It does not fit all of them, or a row that it should have changed is not there. Raised here
                or at the end of the transaction, before it is on record.
        """

    def name_of(self, sql: str) -> str | None:
        """Return what a statement over many rows is called, None if it is none."""


class RecordWatch(Protocol):
    """Notices what a connection does not: that what it is connected to is no longer there."""

    def check(self) -> None:
        """Raise what is wrong, as one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What a database's errors mean.

    Attributes:
        errors: The classes of them.
        is_trouble: Whether it is the database that fails, rather than the one value that was to be written.
        needs_new_connection: Whether to go on with a fresh connection after it.
        is_damage: Whether what is kept is not what a store's tables are.
        explain: The cause as one sentence without its full stop, and how to mend it.
    """

    errors: tuple[type[BaseException], ...]
    is_trouble: Callable[[BaseException], bool]
    needs_new_connection: Callable[[BaseException], bool]
    is_damage: Callable[[BaseException], bool]
    explain: Callable[[BaseException], str]
