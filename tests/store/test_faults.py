"""Whatever fails, and wherever: all of it is on record or nothing, and nothing is said that is not on record."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from keeping import (
    ANN,
    BOB,
    CHAT,
    DEADLINE_SECONDS,
    Keeper,
    LogWatch,
    StandingClock,
    queued_together,
    said,
    tables,
)

from parleyrun.core.message import Message
from parleyrun.errors import StoreError
from parleyrun.events import Inbound, Receipt
from parleyrun.runner.turn import Heard, Outcome, RunIdentity, Turn
from parleyrun.store import sqlite_connection, sqlite_writer
from parleyrun.store.protocol import MatchRecord, Move, PoolRecord, RunRecord, SessionRecord
from parleyrun.store.sqlite import SqliteStore

OTHER = RunIdentity("t_2", "uid-2", "chat", "ChatTaskWorld")

Act = Callable[[Keeper], None]


def journals(keeper: Keeper) -> None:
    keeper.store.journal(Inbound(ANN, "new", "hello"), keeper.receipts.append)


def journals_a_stranger(keeper: Keeper) -> None:
    keeper.store.journal(Inbound("test:eve", "e1", "knock knock"), keeper.receipts.append)


def commits_between(keeper: Keeper) -> None:
    spoken = (said(BOB, "one"), said(ANN, "two"), said("test:eve", "three"))
    data = ((ANN, b"new data"),)
    keeper.store.commit(
        Turn(CHAT, 3, 1, (f"{ANN}#1",), spoken, snapshot=b"three", data=data, value="chat"),
        keeper.published.append,
    )


def commits_inside(keeper: Keeper) -> None:
    heard = (Heard(0, Message("one")), Heard(1, Message("two")))
    keeper.store.commit(
        Turn(CHAT, 3, 1, (f"{ANN}#1",), (said(BOB, "one"),), heard, between=False), keeper.published.append
    )


def commits_the_end(keeper: Keeper) -> None:
    keeper.store.commit(
        Turn(CHAT, 3, said=(said(ANN, "bye"),), outcome=Outcome("finished", data={"score": 1})),
        keeper.published.append,
    )


def moves(keeper: Keeper) -> None:
    keeper.store.move(
        Move(
            sessions=(SessionRecord("test:eve", "waiting", "chat", 3.0), SessionRecord(ANN, "overworld")),
            said=(said(ANN, "welcome back"), said("test:eve", "please wait")),
            consumed=(f"{ANN}#1",),
            started=(RunRecord(OTHER, "task", "chat", ((ANN, "A"), ("test:eve", "B"))),),
            answered=(CHAT.uid,),
            entered_pool=(PoolRecord("test:eve", "chat", 3.0),),
            left_pool=(BOB,),
            matches=(MatchRecord("chat", OTHER.uid, 4.0, (ANN, "test:eve")),),
        ),
        keeper.published.append,
    )


ACTS = [journals, journals_a_stranger, commits_between, commits_inside, commits_the_end, moves]


def a_conversation(path: Path) -> None:
    """Make a store in which Ann has said something unread, and a parley is in progress."""
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.hears(ANN, "unread")
        keeper.moves(Move(entered_pool=(PoolRecord(BOB, "chat", 1.0),)))
        keeper.commits(Turn(CHAT, 1, snapshot=b"one"))
        keeper.commits(Turn(CHAT, 2, heard=(Heard(0, Message("x")),), said=(said(ANN, "y"),), between=False))
        # Epochs grow with each opening; here they stay, so that what is recorded can be compared.
        keeper.store._ledger.connection.execute(  # type: ignore[union-attr]
            "CREATE TRIGGER same_epoch AFTER UPDATE OF epoch ON runs "
            "BEGIN UPDATE runs SET epoch = old.epoch WHERE uid = old.uid; END"
        )


class Fails:
    """Fails at the statement of that number, counted from when it is armed: once, or from then on."""

    def __init__(self, error: BaseException, *, for_good: bool) -> None:
        self.names: list[str] = []
        self.at: int | None = None
        self.failed = False
        self._error = error
        self._for_good = for_good

    def arm(self, at: int) -> None:
        self.names.clear()
        self.at = at

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if self.at is None or name == "rollback":
            return
        if (self.failed and self._for_good) or (not self.failed and len(self.names) - 1 == self.at):
            self.failed = True
            raise self._error


def disk_error(code: int = sqlite3.SQLITE_IOERR, text: str = "disk I/O error") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def steps_of(path: Path, act: Act, before: Act = lambda keeper: None) -> list[str]:
    fault = Fails(disk_error(), for_good=False)
    with Keeper(path, fault=fault) as keeper:
        before(keeper)
        fault.names.clear()
        act(keeper)
    return fault.names


@pytest.mark.parametrize("act", ACTS)
def test_a_crash_between_any_two_statements_leaves_nothing_behind(tmp_path: Path, act: Act) -> None:
    pattern = tmp_path / "pattern.db"
    a_conversation(pattern)
    before, contents = tables(pattern), pattern.read_bytes()
    steps = steps_of(pattern, act)
    assert steps[-1] == "commit"
    assert len(steps) >= 6
    assert tables(pattern) != before
    for step in range(len(steps)):
        path = tmp_path / f"{step}.db"
        path.write_bytes(contents)
        fault = Fails(disk_error(), for_good=True)
        keeper = Keeper(path, fault=fault)
        with keeper:
            fault.arm(step)
            act(keeper)
        assert fault.failed, steps[step]
        assert tables(path) == before, steps[step]
        assert keeper.published == [], steps[step]
        assert all(receipt.refusal for receipt in keeper.receipts), steps[step]


@pytest.mark.parametrize("act", ACTS)
def test_a_disk_that_fails_once_at_any_statement_makes_no_difference(tmp_path: Path, act: Act) -> None:
    pattern = tmp_path / "pattern.db"
    a_conversation(pattern)
    contents = pattern.read_bytes()
    steps = steps_of(pattern, act)
    pattern.write_bytes(contents)
    with Keeper(pattern) as untroubled:
        act(untroubled)
    after = tables(pattern)
    for step in range(len(steps)):
        path = tmp_path / f"{step}.db"
        path.write_bytes(contents)
        fault = Fails(disk_error(), for_good=False)
        with Keeper(path, fault=fault) as keeper:
            fault.arm(step)
            act(keeper)
        assert fault.failed
        assert tables(path) == after, steps[step]
        assert keeper.published == untroubled.published, steps[step]
        assert keeper.receipts == untroubled.receipts, steps[step]


@pytest.mark.parametrize("act", ACTS)
def test_what_cannot_be_recorded_for_reasons_of_its_own_is_refused_whole(tmp_path: Path, act: Act) -> None:
    pattern = tmp_path / "pattern.db"
    a_conversation(pattern)
    contents = pattern.read_bytes()
    steps = steps_of(pattern, act, before=lambda keeper: keeper.hears(BOB, "before") and None)
    pattern.write_bytes(contents)
    with Keeper(pattern) as keeper:
        keeper.hears(BOB, "before")
        keeper.hears(BOB, "after")
    after = tables(pattern)
    first, last = steps.index("get_group") + 1, steps.index("set_group")
    for step in range(first, last):
        path = tmp_path / f"{step}.db"
        path.write_bytes(contents)
        fault = Fails(ValueError("a value that does not fit"), for_good=False)
        with Keeper(path, fault=fault) as keeper:
            keeper.hears(BOB, "before")
            fault.arm(step)
            act(keeper)
            keeper.receipts.clear()
            assert keeper.hears(BOB, "after").seq == 2
        assert fault.failed
        assert tables(path) == after, steps[step]
        assert keeper.published == [], steps[step]


def test_the_others_of_a_group_are_recorded_once_when_the_disk_fails_in_between(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    a_conversation(path)
    fault = Fails(disk_error(), for_good=False)
    with Keeper(path, fault=fault) as keeper:

        def hand_over() -> None:
            fault.arm(12)
            journals(keeper)
            keeper.store.commit(Turn(CHAT, 8, epoch=5, said=(said(ANN, "stale"),)), keeper.published.append)
            commits_between(keeper)
            journals_a_stranger(keeper)

        queued_together(keeper, hand_over)
        keeper.settle()
        assert fault.failed
        assert keeper.receipts == [Receipt(3), Receipt(2)]
        assert [(line.participant_id, line.seq) for line in keeper.published] == [
            (BOB, 1),
            (ANN, 4),
            ("test:eve", 1),
        ]
        assert keeper.texts(ANN) == ["unread", "y", "hello", "two"]


def test_a_commit_that_seemed_to_fail_is_not_made_twice(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    a_conversation(path)
    armed = threading.Event()

    def commits_and_fails(name: str) -> None:
        if name == "commit" and armed.is_set():
            armed.clear()
            keeper.store._ledger.connection.execute("COMMIT")  # type: ignore[union-attr]
            raise disk_error()

    keeper = Keeper(path, fault=commits_and_fails)
    with keeper:

        def hand_over() -> None:
            armed.set()
            journals(keeper)
            keeper.store.commit(Turn(CHAT, 8, epoch=5, said=(said(ANN, "stale"),)), keeper.published.append)
            commits_between(keeper)

        queued_together(keeper, hand_over)
        keeper.settle()
        assert not armed.is_set()
        assert keeper.receipts == [Receipt(3)]
        assert keeper.texts(ANN) == ["unread", "y", "hello", "two"]
        assert [line.message.text for line in keeper.published] == ["one", "two", "three"]


# -- trouble with the disk ----------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sqlite_connection, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr(sqlite_writer, "FIRST_DELAY_SECONDS", 0.01)
    monkeypatch.setattr(sqlite_writer, "LONGEST_DELAY_SECONDS", 0.02)
    return tmp_path / "demo.db"


def goes_through_trouble(keeper: Keeper, begin: Callable[[], None], mend: Callable[[], None], cause: str) -> None:
    """Cause the trouble, see that nothing gets out and people are told, mend it, see that all goes on."""
    keeper.starts_chat()
    keeper.hears(ANN, "before")
    begin()
    with LogWatch() as log:
        journals(keeper)
        commits_between(keeper)
        log.wait_for("the store cannot record")
        trouble = keeper.store.trouble()
        assert trouble is not None
        assert cause in trouble
        assert str(keeper.path) in trouble
        refused = keeper.hears("test:eve", "is anybody there?")
        assert refused.refusal
        assert keeper.published == []
        assert [receipt.seq for receipt in keeper.receipts] == [1, 0]
        mend()
        log.wait_for("the store records again")
    assert keeper.hears(ANN, "after").seq == 4
    assert keeper.store.trouble() is None
    assert keeper.texts(ANN) == ["before", "hello", "two", "after"]
    assert [line.message.text for line in keeper.published] == ["one", "two", "three"]
    assert keeper.texts("test:eve") == ["three"]


def test_a_locked_file_is_waited_for(path: Path) -> None:
    with Keeper(path) as keeper:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        goes_through_trouble(
            keeper, lambda: other.execute("BEGIN IMMEDIATE") and None, other.close, "another program has locked"
        )


def test_a_full_disk_is_waited_for(path: Path) -> None:
    with Keeper(path) as keeper:
        ledger = keeper.store._ledger
        assert ledger is not None

        def fill() -> None:
            (pages,) = ledger.connection.execute("PRAGMA page_count").fetchone()
            ledger.connection.execute(f"PRAGMA max_page_count = {pages}")
            # Enough to need more pages than there are.
            keeper.store.move(Move(said=(said("test:filler", "x" * 100_000),)), lambda line: None)

        goes_through_trouble(
            keeper,
            fill,
            lambda: ledger.connection.execute("PRAGMA max_page_count = 100000") and None,
            "disk is full",
        )


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (sqlite3.SQLITE_READONLY, "is read-only; make them writable"),
        (sqlite3.SQLITE_CORRUPT, "is corrupt; restore it from a copy"),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk reports an error"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
    ],
)
def test_a_failing_file_is_waited_for(path: Path, code: int, cause: str) -> None:
    failing = threading.Event()

    def fault(name: str) -> None:
        if failing.is_set() and name == "begin":
            raise disk_error(code, "as the disk says")

    with Keeper(path, fault=fault) as keeper:
        goes_through_trouble(keeper, failing.set, failing.clear, cause)


def test_a_file_that_turns_read_only_is_opened_anew(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.store._ledger.connection.execute("PRAGMA query_only = ON")  # type: ignore[union-attr]
        assert keeper.hears(ANN, "hello") == Receipt(1)


def test_a_deleted_file_is_noticed_and_waited_for(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    with Keeper(path) as keeper:
        goes_through_trouble(
            keeper, lambda: path.rename(elsewhere) and None, lambda: elsewhere.rename(path) and None, "was deleted"
        )


def test_a_deleted_file_is_noticed_although_nothing_happens(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.hears(ANN, "hello")
        path.unlink()
        assert "was deleted or moved away" in (keeper.store.trouble() or "")


def test_a_replaced_file_is_noticed_and_not_written_to(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"somebody else's")
    with Keeper(path) as keeper:
        keeper.hears(ANN, "hello")
        other.replace(path)
        with LogWatch() as log:
            journals(keeper)
            log.wait_for("was replaced by another one")
    assert [receipt.refusal is not None for receipt in keeper.receipts] == [False, True]
    assert path.read_bytes() == b"somebody else's"


def test_a_corrupt_file_is_trouble_and_not_a_crash(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        for number in range(200):
            keeper.store.journal(Inbound(ANN, str(number), "x" * 500), lambda receipt: None)
    contents = bytearray(path.read_bytes())
    with sqlite3.connect(path) as connection:
        # Everything behind the tables that opening reads.
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").fetchone()
    connection.close()
    contents[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    path.write_bytes(contents)
    keeper = Keeper(path)
    with keeper, LogWatch() as log:
        keeper.store.journal(Inbound(ANN, "new", "hello"), keeper.receipts.append)
        log.wait_for("the file is corrupt; restore it from a copy")
        assert "corrupt" in (keeper.store.trouble() or "")
    assert keeper.receipts[0].refusal


def test_closing_ends_the_waiting_and_says_what_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite_writer, "FIRST_DELAY_SECONDS", 3_600.0)
    monkeypatch.setattr(sqlite_writer, "LONGEST_DELAY_SECONDS", 3_600.0)
    fault = Fails(disk_error(sqlite3.SQLITE_FULL, "full"), for_good=True)
    keeper = Keeper(path, fault=fault, refusal="try again")
    keeper.store.open()
    fault.arm(0)
    with LogWatch() as log:
        journals(keeper)
        log.wait_for("the store cannot record")
        closer = threading.Thread(target=keeper.store.close)
        closer.start()
        closer.join(DEADLINE_SECONDS)
        assert not closer.is_alive()
    assert keeper.receipts == [Receipt(refusal="try again")]
    assert "the store closes without 1 records: the disk is full" in caplog.text


def test_a_record_that_cannot_be_read_is_one_clear_error(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.hears(ANN, "hello")
        ledger = keeper.store._ledger
        assert ledger is not None
        ledger.connection.execute("ALTER TABLE lines RENAME TO elsewhere")
        with pytest.raises(StoreError, match=r"the store cannot be read: .*no such table: lines"):
            keeper.store.lines_after(ANN, 0)
        ledger.connection.execute("ALTER TABLE elsewhere RENAME TO lines")
        assert keeper.texts(ANN) == ["hello"]


def test_a_folder_in_which_nothing_can_be_written_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    path.mkdir()
    with pytest.raises(StoreError, match=r"cannot open the store .*demo.db: .*Is a directory"):
        SqliteStore(path, StandingClock()).open()
