"""What the tests of the durable store share: a store that is waited for, and the parts of a conversation."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import Delivery, Inbound, Receipt
from parleyrun.runner.turn import RunIdentity, Said, Turn
from parleyrun.store.protocol import Move, RunRecord, Saved, SessionRecord, Store
from parleyrun.store.sqlite.sqlite_store import SqliteStore

DEADLINE_SECONDS = 60.0
ANN, BOB = "test:ann", "test:bob"
CHAT = RunIdentity("t_1", "uid-1", "chat", "ChatTaskWorld")


class StandingClock:
    """A clock that a test sets."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


def durable_store(path: Any, clock: StandingClock, **options: Any) -> Any:
    """Return the store at a place, still closed: a file's, or a database's."""
    if isinstance(path, Path):
        return SqliteStore(path, clock, **options)
    from parleyrun.store.postgres.postgres_store import PostgresStore

    durable = options.pop("synchronous", "full") != "normal"
    return PostgresStore(path.url, clock, durable=durable, **options)


class Keeper:
    """A store, and what it has called back. Each call here returns once it has taken effect."""

    def __init__(self, path: Any, clock: StandingClock | None = None, **options: Any) -> None:
        self.clock = clock or StandingClock()
        self.store = durable_store(path, self.clock, **options)
        self.path = path
        self.published: list[Delivery] = []
        self.receipts: list[Receipt] = []
        self._marks = 0

    def __enter__(self) -> Keeper:
        self.saved: Saved = self.store.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def settle(self) -> None:
        """Wait until all that was handed over so far is dealt with."""
        self._marks += 1
        done = threading.Event()
        inbound = Inbound("test:marker", f"{id(self)}-{self._marks}", "")
        self.store.journal(inbound, lambda receipt: done.set())
        assert done.wait(DEADLINE_SECONDS)

    def hears(
        self, who: str, text: str, message_id: str | None = None, payload: FrozenDict | None = None
    ) -> Receipt:
        """Journal what a person says; return the receipt."""
        got: list[Receipt] = []
        done = threading.Event()

        def then(receipt: Receipt) -> None:
            got.append(receipt)
            done.set()

        self.store.journal(Inbound(who, message_id or f"id of {text}", text, payload), then)
        assert done.wait(DEADLINE_SECONDS)
        self.receipts.append(got[0])
        return got[0]

    def commits(self, *turns: Turn) -> list[Delivery]:
        """Commit turns; return what was published by then and not returned before."""
        for turn in turns:
            self.store.commit(turn, self.published.append)
        return self._news()

    def moves(self, *moves: Move) -> list[Delivery]:
        for move in moves:
            self.store.move(move, self.published.append)
        return self._news()

    def starts_chat(self, identity: RunIdentity = CHAT, *people: str) -> None:
        """Seat Ann and Bob (or others) in a task run."""
        people = people or (ANN, BOB)
        seats = tuple((who, f"Agent_{position}") for position, who in enumerate(people))
        self.moves(
            Move(
                sessions=tuple(
                    SessionRecord(
                        participant_id=who, place="task", task=identity.group, since=5.0, run_uid=identity.uid
                    )
                    for who in people
                ),
                started=(RunRecord(identity, "task", identity.group, seats, 5.0),),
            )
        )

    def texts(self, who: str, after: int = 0) -> list[str]:
        return [line.message.text for line in self.store.lines_after(who, after)]

    def _news(self) -> list[Delivery]:
        before = len(self.published)
        self.settle()
        return self.published[before:] if before else list(self.published)


def settle(store: Store) -> None:
    """Wait until all that was handed to a store so far is dealt with."""
    done = threading.Event()
    store.after(done.set)
    assert done.wait(DEADLINE_SECONDS)


def said(who: str, text: str, **more: Any) -> Said:
    return Said(who, Message(text, **more))


def turn(number: int, **what: Any) -> Turn:
    return Turn(CHAT, number, **what)


def ask(path: Any, query: str) -> list[tuple[Any, ...]]:
    if not isinstance(path, Path):
        found: list[tuple[Any, ...]] = path.ask(query)
        return found
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def tables(path: Any) -> dict[str, Any]:
    """Return all that a store holds, but for the number of its transactions."""
    if not isinstance(path, Path):
        of_database: dict[str, Any] = path.tables()
        return of_database
    connection = sqlite3.connect(path)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held = {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in names}
    finally:
        connection.close()
    held["meta"] = [row for row in held["meta"] if "'group'" not in row]
    return held


@contextmanager
def as_file(path: Any) -> Iterator[Path]:
    """Return the file that a record can be read from."""
    if isinstance(path, Path):
        yield path
        return
    from parleyrun.archive.places.database_file import file_of_database

    with file_of_database(path.url) as file:
        yield file


def change(path: Any, statement: str) -> None:
    """Have another program change the record."""
    if not isinstance(path, Path):
        path.change(statement)
        return
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def disk_error(path: Any, *, full: bool = False) -> Exception:
    """Return the error of a disk on which a store lies."""
    if not isinstance(path, Path):
        import psycopg

        return psycopg.errors.DiskFull("no space") if full else psycopg.errors.IoError("I/O error")
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_IOERR
    return error


def keep_epochs(path: Any) -> None:
    """Have runs keep their epoch, although the store is opened again."""
    if isinstance(path, Path):
        change(
            path,
            "CREATE TRIGGER same_epoch AFTER UPDATE OF epoch ON runs "
            "BEGIN UPDATE runs SET epoch = old.epoch WHERE uid = old.uid; END",
        )
        return
    change(
        path,
        "CREATE FUNCTION same_epoch() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN NEW.epoch := OLD.epoch; RETURN NEW; END'",
    )
    change(
        path,
        "CREATE TRIGGER same_epoch BEFORE UPDATE OF epoch ON runs FOR EACH ROW EXECUTE FUNCTION same_epoch()",
    )


class LogWatch(logging.Handler):
    """Waits for what the store says in the log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._came = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        with self._came:
            self.lines.append(record.getMessage())
            self._came.notify_all()

    def wait_for(self, part: str) -> None:
        with self._came:
            assert self._came.wait_for(lambda: any(part in line for line in self.lines), DEADLINE_SECONDS), part

    def __enter__(self) -> LogWatch:
        logging.getLogger("parleyrun.store").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("parleyrun.store").removeHandler(self)


def queued_together(keeper: Keeper, hand_over: Callable[[], None]) -> None:
    """Hand several things over while the writer is held up, so that they become one transaction."""
    reached, go_on = threading.Event(), threading.Event()

    def hold_up(receipt: Receipt) -> None:
        reached.set()
        assert go_on.wait(DEADLINE_SECONDS)

    keeper.store.journal(Inbound("test:holder", f"hold {id(reached)}", ""), hold_up)
    assert reached.wait(DEADLINE_SECONDS)
    hand_over()
    go_on.set()
