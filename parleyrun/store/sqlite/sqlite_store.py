"""The store that outlives the process: one SQLite file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ...errors import StoreError
from ...events import Delivery, Inbound, Receipt, Sending, Unsent
from ...runner.timers import Clock
from ...runner.turn import Turn
from ..protocol import Move, Publish, ReadLine, Saved
from . import outbox as outbox
from .checkpoints import Checkpoints
from .connection import Connection, FileGone, FileWatch, Synchronous, connect, explain, use_write_ahead_log
from .lock import StoreLock
from .migrations import prepare
from .opening import take_over
from .operations import JournalEntry, MarkEntry, Milestone, MoveEntry, NoteEntry, SendingEntry, TurnEntry
from .reader import Reader
from .transaction import Fault, Ledger
from .writer import Writer

REFUSAL = "Sorry, your message could not be recorded just now. Please send it again in a little while."


class SqliteStore:
    """The record in a file of its own, held by one process at a time.

    With `synchronous` 'full' what is on record survives a power loss, with 'normal' the death of the process
    only. Without `snapshots` worlds are not recorded, just what was said. `refusal` is the sentence shown to
    people whose message cannot be recorded. Constructing touches nothing.

    When the disk or the file fails, nothing is acknowledged or published that is not on record: what was
    handed over is kept in memory and recorded once the cause is gone, people's new messages are refused
    meanwhile. `fault` is for tests: called with each statement's name before it is executed.
    """

    durable = True

    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        *,
        synchronous: Synchronous = "full",
        snapshots: bool = True,
        refusal: str = REFUSAL,
        fault: Fault | None = None,
    ) -> None:
        self.path = Path(path)
        self.snapshots = snapshots
        self._clock = clock
        self._synchronous: Synchronous = synchronous
        self._refusal = refusal
        self._fault = fault
        self._lock = StoreLock(self.path)
        self._reader = Reader(self._connect)
        self._checkpoints: Checkpoints | None = None
        self._watch: FileWatch | None = None
        self._ledger: Ledger | None = None
        self._writer: Writer | None = None
        self._newest_n_before = 0  # the newest line when this was opened

    # -- opening and closing ------------------------------------------------------------------------------

    def open(self) -> Saved:
        """Take the file for this process and return what was going on; make the file if there is none.

        Raises `StoreError` when another process holds it, when it is no store or a newer one, or when it
        cannot be written.
        """
        self._lock.acquire()
        try:
            connection = connect(self.path, self._synchronous, create=True)
            try:
                prepare(connection)
                use_write_ahead_log(connection)
                saved = take_over(connection)
                self._newest_n_before = outbox.newest_line(connection)
                watch = FileWatch(self.path)
            except BaseException:
                connection.close()
                raise
        except BaseException as error:
            self._lock.release()
            if isinstance(error, sqlite3.Error | OSError):
                raise StoreError(f"cannot open the store {self.path}: {explain(error)}") from error
            if isinstance(error, StoreError):
                raise StoreError(f"cannot open the store {self.path}: {error}") from error
            raise
        self._watch = watch
        self._ledger = Ledger(connection, self._clock, self._fault)
        self._checkpoints = Checkpoints(self._connect)
        self._writer = Writer(self._ledger, watch, self._connect, self._checkpoints.recorded)
        self._writer.start()
        self._checkpoints.start()
        return saved

    def close(self) -> None:
        """Record all that was handed over, then let go of the file. Calling it twice is harmless."""
        if self._writer is None or self._ledger is None or self._checkpoints is None:
            return
        self._writer.close()
        self._checkpoints.close()
        self._reader.close()
        self._ledger.connection.close()
        self._lock.release()

    # -- what is recorded ---------------------------------------------------------------------------------

    def journal(self, inbound: Inbound, then: Callable[[Receipt], None]) -> None:
        """Record what a person said, and tell `then` on a thread of the store.

        While the store is in trouble, or closed, `then` is told of the refusal at once.
        """
        if self._opened.trouble is not None:
            then(Receipt(refusal=self._refusal))
            return
        try:
            self._opened.put(JournalEntry(inbound, then, self._refusal))
        except StoreError:
            then(Receipt(refusal=self._refusal))

    def commit(self, turn: Turn, publish: Publish) -> None:
        """Record a turn whole, then publish what it says on a thread of the store.

        A turn of a run that has ended, or of an older epoch, is refused whole, which is logged. Raises
        `StoreError` once the store is closed.
        """
        self._opened.put(TurnEntry(turn, publish, snapshots=self.snapshots))

    def move(self, move: Move, publish: Publish) -> None:
        """Record a move whole, then publish what it says on a thread of the store.

        A session's `data` that is None leaves what is on record. Raises `StoreError` once the store is closed.
        """
        self._opened.put(MoveEntry(move, publish))

    def after(self, work: Callable[[], None]) -> None:
        """Call this on a thread of the store, once all that was handed over so far is recorded and published."""
        with contextlib.suppress(StoreError):  # closed: all is recorded that ever will be, and nobody waits
            self._opened.put(Milestone(work))

    def delivered_through(self, participant_id: str, seq: int) -> None:
        """Record that a participant's lines up to that one have reached their screen, if that is news.

        A line that is not there yet counts as the newest one that is. Raises `StoreError`.
        """
        until = self._reader.delivered_through(participant_id, seq)
        if until:
            self._opened.put(MarkEntry(participant_id, until, "delivered"))

    def read_through(self, participant_id: str, seq: int) -> list[ReadLine]:
        """Record that a participant has read up to that line; return whose lines these carried, if news."""
        until, read = self._reader.read_through(participant_id, seq)
        if until:
            self._opened.put(MarkEntry(participant_id, until, "read"))
        return read

    def record_sending(self, sending: Sending) -> None:
        """Record what became of a piece of a line. Raises `StoreError` once the store is closed."""
        self._opened.put(SendingEntry(sending))

    def keep(self, channel: str, key: str, value: str | None) -> None:
        """Keep a note of a channel's, or with None delete it. Raises `StoreError` once the store is closed."""
        self._opened.put(NoteEntry(channel, key, value))

    # -- what may be asked --------------------------------------------------------------------------------

    def lines_after(self, participant_id: str, seq: int) -> list[Delivery]:
        """Return a participant's lines after that one, oldest first. Raises `StoreError`."""
        return self._reader.lines_after(participant_id, seq)

    def unsent(self, channel: str) -> list[Unsent]:
        """Return who of a channel's participants has lines from before `open()` that are not dealt with."""
        return self._reader.ask(partial(outbox.unsent, channel=channel, newest_n=self._newest_n_before))

    def sending_of(self, channel: str, channel_id: str) -> Sending | None:
        """Return the piece that a channel knows by this id. Raises `StoreError`, as all of these do."""
        return self._reader.ask(partial(outbox.sending_of, channel=channel, channel_id=channel_id))

    def sent_until(self, participant_id: str, at: float) -> int:
        """Return the newest `seq` whose pieces were all sent at or before `at`; 0 if there is none."""
        return self._reader.ask(partial(outbox.sent_until, participant_id=participant_id, at=at))

    def last_heard(self, participant_id: str) -> float | None:
        """Return when a person last wrote, as the channel told; None if they never did."""
        return self._reader.ask(partial(outbox.last_heard, participant_id=participant_id))

    def kept(self, channel: str, prefix: str = "") -> dict[str, str]:
        """Return a channel's notes whose keys begin with this."""
        return self._reader.ask(partial(outbox.kept, channel=channel, prefix=prefix))

    def secret(self, name: str) -> bytes:
        """Return a random key of 32 bytes that lasts as long as the store. Raises `StoreError`."""
        return self._reader.secret(name)

    def forget(self, participant_id: str) -> None:
        """Let go of what is kept in memory of a participant; the record keeps everything."""
        self._reader.forget(participant_id)
        if self._ledger is not None:
            self._ledger.forget(participant_id)

    def trouble(self) -> str | None:
        """Say in one sentence what keeps the store from recording, None while all is well."""
        cause = None if self._writer is None else self._writer.trouble
        if cause is None and self._watch is not None:
            try:
                self._watch.check()
            except FileGone as error:
                cause = str(error)
        return None if cause is None else f"the store {self.path} cannot record: {cause}"

    # -- inside -------------------------------------------------------------------------------------------

    @property
    def _opened(self) -> Writer:
        if self._writer is None:
            raise StoreError(f"the store {self.path} is not open; call open() first")
        return self._writer

    def _connect(self) -> Connection:
        return connect(self.path, self._synchronous)
