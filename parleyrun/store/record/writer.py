"""The one thread that writes: group commit, then telling those who waited for it."""

from __future__ import annotations

import logging
import operator
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Protocol

from ...errors import StoreError
from ...runner.queue_thread import QueueThread
from .database import Diagnosis, NotForAll, RecordConnection, RecordWatch
from .ledger import Ledger
from .operations import NotRecorded, Operation

log = logging.getLogger(__name__)

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0

_WRITES = operator.attrgetter("writes")
_CLOSED = "the store is closed: nothing more can be recorded"


class Upkeep(Protocol):
    """What is done for a record now and then, once something was recorded."""

    is_due: bool
    """Whether it is on its way: then it need not be told."""

    def recorded(self) -> None:
        """Something was recorded. Returns at once."""
        ...


class _Unfit(Exception):
    """An operation failed for a reason of its own, and may have written half of it."""

    def __init__(self, operation: Operation, reason: Exception) -> None:
        super().__init__(str(reason))
        self.operation = operation
        self.reason = reason


class Writer:
    """Records operations in the order in which they were put, grouped into transactions.

    What is there when the writer comes back from a transaction makes up the next one; nothing waits for a
    group to fill. Those who wait are told on the same thread, before the next transaction: what is put meanwhile
    makes that one larger, where a second thread would only take the interpreter from this one.

    When the database fails, the group is kept and tried again, at once and then with growing pauses,
    until it is recorded or the writer is closed; `trouble` is the cause meanwhile.

    Args:
        ledger: What the transactions are made with.
        watch: Asked before each transaction.
        reconnect: Opens a new connection to the same record, and raises if that cannot be done.
        diagnosis: What the errors mean that the connection raises.
        upkeep: Told after a transaction, unless that is due already.
        tell_group: Called after each transaction, with how many records it has and how many seconds it took.
    """

    def __init__(
        self,
        ledger: Ledger,
        watch: RecordWatch,
        reconnect: Callable[[], RecordConnection],
        diagnosis: Diagnosis,
        upkeep: Upkeep | None = None,
        tell_group: Callable[[int, float], None] | None = None,
    ) -> None:
        self.trouble: str | None = None
        """What keeps the writer from recording, None while all is well. Written by its thread only."""
        self._ledger = ledger
        self._watch = watch
        self._reconnect = reconnect
        self._diagnosis = diagnosis
        self._upkeep = upkeep
        self._record_group = (
            self._record_at_last if tell_group is None else _timed(self._record_at_last, tell_group)
        )
        self._closing = threading.Event()
        self._stale_connection = False
        self._queue = QueueThread("parleyrun-store", self._take, refuse=_refuse)

    def start(self) -> None:
        """Start the writer's thread."""
        self._queue.start()

    def put(self, operation: Operation) -> None:
        """Have it recorded. Any thread; returns at once. Raises `StoreError` once the writer is closed."""
        if not self._queue.put(operation):
            raise StoreError(_CLOSED)

    @property
    def waiting(self) -> int:
        """About how many operations wait to be recorded."""
        return self._queue.waiting

    def close(self) -> None:
        """Record what was put, then stop. In trouble that is tried once more; what is lost then is logged."""
        self._closing.set()
        self._queue.close()

    def _take(self, group: list[Operation]) -> None:
        """Record a group, however long that takes, then tell those who wait for it."""
        writing = list(filter(_WRITES, group))
        refused = self._record_group(writing) if writing else {}
        for operation in group:
            try:
                if refused and id(operation) in refused:
                    operation.refused(refused[id(operation)])
                else:
                    operation.recorded()
            except BaseException:  # whatever it is: the next in line must be told as well
                log.exception("what waited for the store failed")

    def _record_at_last(self, group: list[Operation]) -> dict[int, BaseException]:
        """Record the group; return by id which of its operations are refused, and why."""
        refused: dict[int, BaseException] = {}
        number: int | None = None
        delay_seconds = 0.0
        in_bulk = len(group) >= self._ledger.least_in_bulk
        for attempt in count(1):
            last_try = attempt > 1 and self._closing.is_set()
            try:
                self._watch.check()
                if self._stale_connection:
                    self._change_connection()
                last_number = self._ledger.begin(in_bulk=in_bulk)
                if number is not None and last_number >= number:
                    # A commit that seemed to fail is on record after all, as the last attempt left it.
                    self._ledger.roll_back()
                else:
                    number = last_number + 1
                    self._record(group, number, refused)
            except _Unfit as unfit:
                # What it wrote is undone together with all else, which is recorded again without it.
                refused[id(unfit.operation)] = unfit.reason
                self._undo(len(group))
            except NotForAll:
                # A turn is to be refused, say: one by one it is seen whose.
                in_bulk = False
                self._undo(len(group))
            except Exception as error:
                self._give_way(error, len(group))
                if last_try:
                    log.error("the store closes without %d records: %s", len(group), self.trouble)
                    return {id(operation): error for operation in group}
                self._closing.wait(delay_seconds)
                delay_seconds = min(max(FIRST_DELAY_SECONDS, delay_seconds * 2), LONGEST_DELAY_SECONDS)
            else:
                break
        if self.trouble is not None:
            self.trouble = None
            log.warning("the store records again")
        return refused

    def _record(self, group: list[Operation], number: int, refused: dict[int, BaseException]) -> None:
        """Record what is not refused already.

        Raises `_Unfit` at an operation that failed on its way, and `NotForAll` if it is not known which.
        """
        ledger = self._ledger
        for operation in group:
            if refused and id(operation) in refused:
                continue
            try:
                operation.apply(ledger)
            except NotRecorded as reason:  # before it wrote anything
                refused[id(operation)] = reason
            except NotForAll:
                raise
            except Exception as error:
                if self._diagnosis.is_trouble(error):
                    raise
                raise _Unfit(operation, error) from error
        ledger.commit(number)
        if self._upkeep is not None and not self._upkeep.is_due:
            self._upkeep.recorded()

    def _undo(self, operations: int) -> None:
        """Leave a transaction that is made again."""
        try:
            self._ledger.roll_back()
        except Exception as error:
            self._give_way(error, operations)

    def _change_connection(self) -> None:
        """Go on with a new connection, as the old one has failed."""
        fresh = self._reconnect()
        stale, self._ledger.connection = self._ledger.connection, fresh
        self._stale_connection = False
        stale.close()

    def _give_way(self, error: Exception, operations: int) -> None:
        """Leave the transaction that failed, and say what keeps the store from recording."""
        cause = self._diagnosis.explain(error)
        before, self.trouble = self.trouble, cause
        if before is None:
            unexpected = None if self._diagnosis.is_trouble(error) else error
            log.error("the store cannot record (%d wait): %s", operations, cause, exc_info=unexpected)
        elif before != cause:
            log.error("the store still cannot record: %s", cause)
        if self._diagnosis.needs_new_connection(error):
            self._stale_connection = True
        try:
            self._ledger.roll_back()
        except Exception as second:
            log.debug("the failed transaction could not be rolled back: %s", second)
            self._stale_connection = True


def _timed(
    record: Callable[[list[Operation]], dict[int, BaseException]], tell: Callable[[int, float], None]
) -> Callable[[list[Operation]], dict[int, BaseException]]:
    """Return what records a group and tells how long that took."""

    def record_timed(group: list[Operation]) -> dict[int, BaseException]:
        began = time.perf_counter()
        refused = record(group)
        tell(len(group), time.perf_counter() - began)
        return refused

    return record_timed


def _refuse(operation: Operation) -> None:
    """Tell somebody who put something at the very moment at which the writer closed."""
    try:
        operation.refused(StoreError(_CLOSED))
    except BaseException:
        log.exception("what waited for the store failed")
