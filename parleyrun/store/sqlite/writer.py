"""The one thread that writes: takes all that waits into one transaction, then tells who waited for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue

from ...errors import StoreError
from .bulk_statements import NotForAll
from .connection import Connection, FileWatch, explain, is_trouble, needs_new_connection
from .operations import Operation, Refused
from .transaction import Ledger

log = logging.getLogger(__name__)

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0

_CLOSED = "the store is closed: nothing more can be recorded"


class _Unfit(Exception):
    """An operation failed for a reason of its own, and may have written half of it."""

    def __init__(self, operation: Operation, reason: Exception) -> None:
        super().__init__(str(reason))
        self.operation = operation
        self.reason = reason


class Writer:
    """Records operations in the order in which they were put, grouped into transactions.

    What is there when the writer comes back from a transaction makes up the next one; nothing waits for a
    group to fill. When the disk or the file fails, the group is kept and tried again, at once and then with
    growing pauses, until it is recorded or the writer is closed; `trouble` is the cause meanwhile.

    `reconnect()` opens a new connection to the same file, and raises if that cannot be done. `recorded()` is
    told of each transaction.
    """

    def __init__(
        self,
        ledger: Ledger,
        watch: FileWatch,
        reconnect: Callable[[], Connection],
        recorded: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._watch = watch
        self._reconnect = reconnect
        self._recorded = recorded
        # None wakes the writer's thread. A queue and no lock: dozens of threads put at the same moment, and each
        # would stand in line for a lock whose holder waits for the interpreter.
        self._waiting: SimpleQueue[Operation | None] = SimpleQueue()
        self._closed = False  # nothing more is taken
        self._over = False  # nothing more is recorded
        self._closing = threading.Event()
        self._trouble: str | None = None
        self._stale_connection = False
        self._herald = Herald()
        self._thread = threading.Thread(target=self._loop, name="parleyrun-store", daemon=True)

    # -- any thread ---------------------------------------------------------------------------------------

    @property
    def trouble(self) -> str | None:
        return self._trouble

    def start(self) -> None:
        self._herald.start()
        self._thread.start()

    def put(self, operation: Operation) -> None:
        """Have it recorded. Raises `StoreError` once the writer is closed."""
        if self._closed:
            raise StoreError(_CLOSED)
        self._waiting.put(operation)
        if self._over:
            # It closed in between. Whether the writer's last look or this one finds it: somebody does.
            self._refuse_rest()

    def close(self) -> None:
        """Record what was put, then stop. In trouble that is tried once more; what is lost then is logged."""
        self._closed = True
        self._closing.set()
        self._waiting.put(None)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    # -- the writer's thread ------------------------------------------------------------------------------

    def _loop(self) -> None:
        while not self._closed or not self._waiting.empty():
            group = self._take_all()
            if group:
                self._tell(group, self._record_at_last(group))
        self._over = True
        self._herald.close()
        self._refuse_rest()

    def _tell(self, group: list[Operation], refused: dict[int, BaseException]) -> None:
        """Tell those who wait for a group; on another thread while there is more to record."""
        if self._waiting.empty() and self._herald.is_idle:
            _tell_all(group, refused)
        else:
            self._herald.take(partial(_tell_all, group, refused))

    def _take_all(self) -> list[Operation]:
        """Wait until something is there, and take all that is there then."""
        taken = [self._waiting.get()]
        taken += [self._waiting.get() for _ in range(self._waiting.qsize())]
        return [operation for operation in taken if operation is not None]

    def _refuse_rest(self) -> None:
        """Tell those who put something while the writer closed. Any thread."""
        while True:
            try:
                operation = self._waiting.get_nowait()
            except Empty:
                return
            if operation is not None:
                _tell(operation, StoreError(_CLOSED))

    def _record_at_last(self, group: list[Operation]) -> dict[int, BaseException]:
        """Record the group, however long that takes; return by id which of its operations are refused, and why."""
        refused: dict[int, BaseException] = {}
        number: int | None = None
        delay_seconds = 0.0
        wholesale = len(group) > 1
        for attempt in count(1):
            last_try = attempt > 1 and self._closing.is_set()
            try:
                self._mend()
                last_number = self._ledger.begin(wholesale=wholesale)
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
                # Somebody's message came twice, say, or a turn is to be refused: one by one it is seen whose.
                wholesale = False
                self._undo(len(group))
            except Exception as error:
                self._give_way(error, len(group))
                if last_try:
                    log.error("the store closes without %d records: %s", len(group), self._trouble)
                    refused = {id(operation): error for operation in group}
                    break
                self._closing.wait(delay_seconds)
                delay_seconds = min(max(FIRST_DELAY_SECONDS, delay_seconds * 2), LONGEST_DELAY_SECONDS)
            else:
                if self._trouble is not None:
                    self._trouble = None
                    log.warning("the store records again")
                break
        return refused

    def _record(self, group: list[Operation], number: int, refused: dict[int, BaseException]) -> None:
        """Record what is not refused already.

        Raises `_Unfit` at an operation that failed on its way, and `NotForAll` if it is not known which.
        """
        for operation in group:
            if id(operation) in refused:
                continue
            self._ledger.begin_operation()
            try:
                operation.apply(self._ledger)
            except Refused as reason:  # before it wrote anything
                refused[id(operation)] = reason
            except NotForAll:
                raise
            except Exception as error:
                if is_trouble(error):
                    raise
                raise _Unfit(operation, error) from error
        self._ledger.write_wholesale()
        self._ledger.commit(number)
        self._recorded()

    def _undo(self, operations: int) -> None:
        """Leave a transaction that is made again."""
        try:
            self._ledger.roll_back()
        except Exception as error:
            self._give_way(error, operations)

    def _mend(self) -> None:
        """See that the file is still there, and go on with a new connection where the old one failed."""
        self._watch.check()
        if self._stale_connection:
            fresh = self._reconnect()
            stale, self._ledger.connection = self._ledger.connection, fresh
            self._stale_connection = False
            stale.close()

    def _give_way(self, error: Exception, operations: int) -> None:
        """Leave the transaction that failed, and say what keeps the store from recording."""
        cause = explain(error)
        before, self._trouble = self._trouble, cause
        if before is None:
            unexpected = None if is_trouble(error) else error
            log.error("the store cannot record (%d wait): %s", operations, cause, exc_info=unexpected)
        elif before != cause:
            log.error("the store still cannot record: %s", cause)
        if needs_new_connection(error):
            self._stale_connection = True
        try:
            self._ledger.roll_back()
        except Exception as second:
            log.debug("the failed transaction could not be rolled back: %s", second)
            self._stale_connection = True


def _tell_all(group: list[Operation], refused: dict[int, BaseException]) -> None:
    for operation in group:
        _tell(operation, refused.get(id(operation)))


def _tell(operation: Operation, refused: BaseException | None) -> None:
    """Call back. Whatever that raises stays there: the next in line must be told as well."""
    try:
        if refused is None:
            operation.recorded()
        else:
            operation.refused(refused)
    except BaseException:
        log.exception("what waited for the store failed")


Telling = Callable[[], None]


class Herald:
    """Takes tellings in order from one thread, the writer's, and does them one after the other on its own."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Telling | None] = SimpleQueue()
        # Each is written by one thread only, so that neither needs a lock.
        self._taken = 0
        self._told = 0
        self._thread = threading.Thread(target=self._loop, name="parleyrun-herald", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """True once everything is told: whatever the writer tells itself then comes in order."""
        return self._taken == self._told

    def take(self, telling: Telling) -> None:
        """Have this told, after all that was taken before. It must not raise."""
        self._taken += 1
        self._waiting.put(telling)

    def close(self) -> None:
        """Return once everything is told."""
        self._waiting.put(None)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _loop(self) -> None:
        while (telling := self._waiting.get()) is not None:
            telling()
            self._told += 1
