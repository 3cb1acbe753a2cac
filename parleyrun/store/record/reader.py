"""What may be asked of the record at any time, on a connection beside the writer's."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from ...errors import StoreError
from .database import Diagnosis, RecordConnection
from .operations import Operation

T = TypeVar("T")


class Reader:
    """Answers from the last committed state; never waits for the writer. Any thread.

    `connect()` opens a connection, and is called again after one that failed. Everything raises `StoreError`
    when the record cannot be read. `diagnosis` says what the errors mean that the connection raises.
    """

    def __init__(self, connect: Callable[[], RecordConnection], diagnosis: Diagnosis) -> None:
        self._connect = connect
        self._diagnosis = diagnosis
        self._connection: RecordConnection | None = None
        self._closed = False
        self._lock = threading.Lock()  # guards both, and each use of the connection
        self.damage: str | None = None
        """What was found wrong in the record since it was opened, None if nothing was. Written under the lock."""

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop_connection()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all that a query finds."""
        return self.ask(lambda connection: connection.execute(query, values).fetchall())

    def row(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row that a query finds."""
        found: tuple[Any, ...] | None = self.ask(lambda connection: connection.execute(query, values).fetchone())
        return found

    def ask(self, question: Callable[[RecordConnection], T]) -> T:
        """Return the answer to a question, which is put once more on a new connection if the first one fails."""
        with self._lock:
            if self._closed:
                raise StoreError("the store is closed: nothing can be read from it")
            for attempt in (1, 2):
                try:
                    if self._connection is None:
                        self._connection = self._connect()
                    return question(self._connection)
                except self._diagnosis.errors as error:
                    self._drop_connection()
                    if attempt == 2:
                        if self._diagnosis.is_damage(error):
                            self.damage = self._diagnosis.explain(error)
                        raise StoreError(f"the store cannot be read: {self._diagnosis.explain(error)}") from error
            raise AssertionError("unreachable")

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Face(ABC):
    """A part of the store: what it may ask, and how it has something recorded."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @abstractmethod
    def _put(self, operation: Operation) -> None:
        """Have it recorded. Raises `StoreError` unless the store is open."""
