"""What the archive asks of a record, wherever it is: a file, or a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from ...store.record.database import RecordConnection

T = TypeVar("T")


class AskedRecord(Protocol):
    """A record that is open to be read. For one thread. Everything raises `StoreError`."""

    @property
    def place(self) -> str:
        """What it is called: its file, or its database without user and password."""

    def close(self) -> None:
        """Let go of it. Calling it twice is harmless."""

    def one(self, query: str, *values: Any) -> Any:
        """Return the first row that a query finds, None if it finds none."""

    def all(self, query: str, *values: Any) -> list[Any]:
        """Return all rows that a query finds."""

    def each(self, query: str, *values: Any) -> Iterator[Any]:
        """Yield the rows that a query finds, however many there are."""

    def ask(self, read: Callable[[RecordConnection], T]) -> T:
        """Return what somebody reads who knows the tables."""

    def standing_still(self) -> AbstractContextManager[None]:
        """Read one moment of the record until the end of the block, whatever is written meanwhile."""

    def damage_told(self) -> AbstractContextManager[None]:
        """Say of what fails in the block whether that is because the record is damaged."""

    def changes(self) -> int:
        """Return a number that is another one once a process has written to the record."""

    def wait_for_news(self) -> None:
        """Return after a moment in which something may have been recorded."""
