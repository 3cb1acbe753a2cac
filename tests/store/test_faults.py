"""Whatever fails, and wherever: all of it is on record or nothing, and nothing is said that is not on record."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from keeping import (
    ANN,
    BOB,
    CHAT,
    DEADLINE_SECONDS,
    Keeper,
    LogWatch,
    StandingClock,
    ask,
    disk_error,
    keep_epochs,
    queued_together,
    said,
    tables,
)

from parleyrun.core.message import Message
from parleyrun.core.model_answer import BotDecision, ModelAnswer
from parleyrun.errors import StoreError
from parleyrun.events import Inbound, Receipt, RefusalReason, Sending
from parleyrun.runner.turn import BotLine, BotSeat, Heard, Moderation, Outcome, RunIdentity, Said, Turn
from parleyrun.store.protocol import MatchRecord, Move, PoolRecord, RunRecord, SessionRecord
from parleyrun.store.record import writer
from parleyrun.store.sqlite.sqlite_store import SqliteStore

MANY_ROWS = {"turns_between", "add_lines", "consume_lines", "add_bot_lines", "add_decisions"}
"""Statements that write for all of a transaction."""

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


def commits_with_a_bot(keeper: Keeper) -> None:
    bot = f"bot:seller@{CHAT.uid}"
    seat = BotSeat(participant_id=bot, position=2, role="Seller", model="seller", disclosed=True)
    hello = Message("hello", id="Seller", carried_line=f"{bot}#2")
    held = Message("rude", id="Agent_0", carried_line=f"{ANN}#1")
    keeper.store.commit(
        Turn(
            CHAT,
            3,
            said=(Said(ANN, hello), Said(BOB, held, moderation=Moderation(verdict="held", reason="rude"))),
            bots=(seat,),
            bot_lines=(
                BotLine(participant_id=bot, seq=1, message=Message("unread"), mine=False, at=1.0),
                BotLine(participant_id=bot, seq=2, message=hello, mine=True, at=1.0),
            ),
            decisions=(
                BotDecision(participant_id=bot, number=1, kind="spoke", seq=2, answer=ModelAnswer(model="seller")),
            ),
        ),
        keeper.published.append,
    )


def commits_the_end(keeper: Keeper) -> None:
    keeper.store.commit(
        Turn(CHAT, 3, said=(said(ANN, "bye"),), outcome=Outcome("finished", data={"score": 1})),
        keeper.published.append,
    )


def moves(keeper: Keeper) -> None:
    keeper.store.move(
        Move(
            sessions=(
                SessionRecord(participant_id="test:eve", place="waiting", task="chat", since=3.0),
                SessionRecord(participant_id=ANN, place="overworld"),
            ),
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


def reads(keeper: Keeper) -> None:
    keeper.store.read_through(ANN, 2)


def records_a_sending(keeper: Keeper) -> None:
    keeper.store.record_sending(
        Sending(participant_id=ANN, seq=2, piece=0, pieces=1, state="sent", at=5.0, channel_id="m_1")
    )


def keeps_a_note(keeper: Keeper) -> None:
    keeper.store.keep("test", f"{ANN}/window", "closed")


def deletes_a_note(keeper: Keeper) -> None:
    keeper.store.keep("test", "attachment/1", None)


ACTS = [
    journals,
    journals_a_stranger,
    commits_between,
    commits_inside,
    commits_with_a_bot,
    commits_the_end,
    moves,
    reads,
    records_a_sending,
    keeps_a_note,
    deletes_a_note,
]


def a_conversation(path: Any) -> None:
    """Make a store in which Ann has said something unread, and a parley is in progress."""
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.hears(ANN, "unread")
        keeper.moves(Move(entered_pool=(PoolRecord(BOB, "chat", 1.0),)))
        keeper.store.keep("test", "attachment/1", "12345")
        keeper.commits(Turn(CHAT, 1, snapshot=b"one"))
        keeper.commits(Turn(CHAT, 2, heard=(Heard(0, Message("x")),), said=(said(ANN, "y"),), between=False))
        # Epochs grow with each opening; here they stay, so that what is recorded can be compared.
        keep_epochs(path)


class Fails:
    """Fails at the statement of that number, counted from when it is armed: once, or from then on."""

    def __init__(self, error: BaseException, *, for_good: bool) -> None:
        self.names: list[str] = []
        self.at: int | None = None
        self.failed = False
        self.struck = threading.Event()
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
            self.struck.set()
            raise self._error


def file_error(code: int, text: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def steps_of(path: Any, act: Act, before: Act = lambda keeper: None) -> list[str]:
    fault = Fails(disk_error(path), for_good=False)
    with Keeper(path, fault=fault) as keeper:
        before(keeper)
        fault.names.clear()
        act(keeper)
    return fault.names


@pytest.mark.parametrize("act", ACTS)
def test_a_crash_between_any_two_statements_leaves_nothing_behind(path: Any, act: Act) -> None:
    pattern = path
    a_conversation(pattern)
    before, contents = tables(pattern), pattern.read_bytes()
    steps = steps_of(pattern, act)
    assert steps[-1] == "commit"
    assert len(steps) >= len(["begin", "get_group", "what is done", "set_group", "commit"])
    assert tables(pattern) != before
    for step in range(len(steps)):
        path = pattern.with_name(f"{step}.db")
        path.write_bytes(contents)
        fault = Fails(disk_error(path), for_good=True)
        keeper = Keeper(path, fault=fault)
        with keeper:
            fault.arm(step)
            act(keeper)
        assert fault.failed, steps[step]
        assert tables(path) == before, steps[step]
        assert keeper.published == [], steps[step]
        assert all(receipt.refused for receipt in keeper.receipts), steps[step]


@pytest.mark.parametrize("act", ACTS)
def test_a_disk_that_fails_once_at_any_statement_makes_no_difference(path: Any, act: Act) -> None:
    pattern = path
    a_conversation(pattern)
    contents = pattern.read_bytes()
    steps = steps_of(pattern, act)
    pattern.write_bytes(contents)
    with Keeper(pattern) as untroubled:
        act(untroubled)
    after = tables(pattern)
    for step in range(len(steps)):
        path = pattern.with_name(f"{step}.db")
        path.write_bytes(contents)
        fault = Fails(disk_error(path), for_good=False)
        with Keeper(path, fault=fault) as keeper:
            fault.arm(step)
            act(keeper)
        assert fault.failed
        assert tables(path) == after, steps[step]
        assert keeper.published == untroubled.published, steps[step]
        assert keeper.receipts == untroubled.receipts, steps[step]


@pytest.mark.parametrize("act", ACTS)
def test_what_cannot_be_recorded_for_reasons_of_its_own_is_refused_whole(path: Any, act: Act) -> None:
    pattern = path
    a_conversation(pattern)
    contents = pattern.read_bytes()
    steps = steps_of(pattern, act, before=lambda keeper: keeper.hears(BOB, "before") and None)
    pattern.write_bytes(contents)
    with Keeper(pattern) as keeper:
        keeper.hears(BOB, "before")
        keeper.hears(BOB, "after")
    after = tables(pattern)
    first, last = steps.index("begin") + 1, steps.index("set_group")
    for step in range(first, last):
        if steps[step] in MANY_ROWS:
            continue  # that is done again one by one, where the value fits
        path = pattern.with_name(f"{step}.db")
        path.write_bytes(contents)
        fault = Fails(ValueError("a value that does not fit"), for_good=False)
        with Keeper(path, fault=fault) as keeper:
            keeper.hears(BOB, "before")
            fault.arm(step)
            act(keeper)
            # What comes now is no part of the same transaction, as that is being made already.
            assert fault.struck.wait(DEADLINE_SECONDS)
            keeper.receipts.clear()
            assert keeper.hears(BOB, "after").seq == 2
        assert fault.failed
        assert tables(path) == after, steps[step]
        assert keeper.published == [], steps[step]


def test_the_others_of_a_group_are_recorded_once_when_the_disk_fails_in_between(path: Any) -> None:
    a_conversation(path)
    fault = Fails(disk_error(path), for_good=False)
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


def test_a_commit_that_seemed_to_fail_is_not_made_twice(path: Any) -> None:
    a_conversation(path)
    armed = threading.Event()

    def commits_and_fails(name: str) -> None:
        if name == "commit" and armed.is_set():
            armed.clear()
            keeper.store._ledger.connection.execute("COMMIT")  # type: ignore[union-attr]
            raise disk_error(path)

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


@pytest.fixture
def file(tmp_path: Path, impatient: None) -> Path:
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
        assert refused.refused
        assert keeper.published == []
        assert [receipt.seq for receipt in keeper.receipts] == [1, 0]
        mend()
        log.wait_for("the store records again")
    assert keeper.hears(ANN, "after").seq == 4
    assert keeper.store.trouble() is None
    assert keeper.texts(ANN) == ["before", "hello", "two", "after"]
    assert [line.message.text for line in keeper.published] == ["one", "two", "three"]
    assert keeper.texts("test:eve") == ["three"]


def test_a_locked_file_is_waited_for(file: Path) -> None:
    with Keeper(file) as keeper:
        other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        goes_through_trouble(
            keeper, lambda: other.execute("BEGIN IMMEDIATE") and None, other.close, "another program has locked"
        )


def test_a_full_disk_is_waited_for(file: Path) -> None:
    with Keeper(file) as keeper:
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
        (sqlite3.SQLITE_CORRUPT, "the file is damaged; keep a copy of it"),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk reports an error"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
    ],
)
def test_a_failing_file_is_waited_for(file: Path, code: int, cause: str) -> None:
    failing = threading.Event()

    def fault(name: str) -> None:
        if failing.is_set() and name == "begin":
            raise file_error(code, "as the disk says")

    with Keeper(file, fault=fault) as keeper:
        goes_through_trouble(keeper, failing.set, failing.clear, cause)


def test_a_file_that_turns_read_only_is_opened_anew(file: Path) -> None:
    with Keeper(file) as keeper:
        keeper.store._ledger.connection.execute("PRAGMA query_only = ON")  # type: ignore[union-attr]
        assert keeper.hears(ANN, "hello") == Receipt(1)


def test_a_deleted_file_is_noticed_and_waited_for(file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    with Keeper(file) as keeper:
        goes_through_trouble(
            keeper, lambda: file.rename(elsewhere) and None, lambda: elsewhere.rename(file) and None, "was deleted"
        )


def test_a_deleted_file_is_noticed_although_nothing_happens(file: Path) -> None:
    with Keeper(file) as keeper:
        keeper.hears(ANN, "hello")
        file.unlink()
        assert "was deleted or moved away" in (keeper.store.trouble() or "")


def test_a_replaced_file_is_noticed_and_not_written_to(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"somebody else's")
    with Keeper(file) as keeper:
        keeper.hears(ANN, "hello")
        other.replace(file)
        with LogWatch() as log:
            journals(keeper)
            log.wait_for("was replaced by another one")
    assert [receipt.refused is not None for receipt in keeper.receipts] == [False, True]
    assert file.read_bytes() == b"somebody else's"


def test_a_damaged_file_is_trouble_and_not_a_crash(file: Path) -> None:
    with Keeper(file) as keeper:
        keeper.starts_chat()
        for number in range(200):
            keeper.store.journal(Inbound(ANN, str(number), "x" * 500), lambda receipt: None)
    contents = bytearray(file.read_bytes())
    with closing(sqlite3.connect(file)) as connection, connection:
        # Everything behind the tables that opening reads.
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'log_lines'").fetchone()
    connection.close()
    contents[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    file.write_bytes(contents)
    keeper = Keeper(file)
    with keeper, LogWatch() as log:
        keeper.store.journal(Inbound(ANN, "new", "hello"), keeper.receipts.append)
        log.wait_for("the file is damaged; keep a copy of it")
        assert "damaged" in (keeper.store.trouble() or "")
    assert keeper.receipts[0].refused


def test_damage_that_is_only_read_is_trouble_until_the_end(file: Path) -> None:
    with Keeper(file) as keeper:
        keeper.hears(ANN, "hello")
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("UPDATE log SET text = CAST(x'ff41' AS TEXT)")
        connection.close()
        assert keeper.store.trouble() is None
        with pytest.raises(StoreError, match="the store cannot be read: the file is damaged; keep a copy of it"):
            keeper.store.lines_after(ANN, 0)
        assert "cannot be read: the file is damaged" in (keeper.store.trouble() or "")
        assert keeper.hears(BOB, "others go on").seq == 1
        assert "cannot be read: the file is damaged" in (keeper.store.trouble() or "")


def test_closing_ends_the_waiting_and_says_what_is_lost(
    path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "FIRST_DELAY_SECONDS", 3_600.0)
    monkeypatch.setattr(writer, "LONGEST_DELAY_SECONDS", 3_600.0)
    fault = Fails(disk_error(path, full=True), for_good=True)
    keeper = Keeper(path, fault=fault)
    keeper.store.open()
    fault.arm(0)
    with LogWatch() as log:
        journals(keeper)
        log.wait_for("the store cannot record")
        closer = threading.Thread(target=keeper.store.close)
        closer.start()
        closer.join(DEADLINE_SECONDS)
        assert not closer.is_alive()
    assert keeper.receipts == [Receipt(refused=RefusalReason.TROUBLE)]
    lost = next(line for line in caplog.messages if "the store closes without 1 records" in line)
    assert "disk is full" in lost


def test_a_record_that_cannot_be_read_is_one_clear_error(file: Path) -> None:
    with Keeper(file) as keeper:
        keeper.hears(ANN, "hello")
        ledger = keeper.store._ledger
        assert ledger is not None
        (view,) = ledger.connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'lines'").fetchone()
        ledger.connection.execute("DROP VIEW lines")
        with pytest.raises(StoreError, match=r"the store cannot be read: .*no such table: lines"):
            keeper.store.lines_after(ANN, 0)
        ledger.connection.execute(view)
        assert keeper.texts(ANN) == ["hello"]


def test_a_folder_in_which_nothing_can_be_written_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    path.mkdir()
    with pytest.raises(StoreError, match=r"cannot open the store .*demo.db: .*Is a directory"):
        SqliteStore(path, StandingClock()).open()


def many_things(keeper: Keeper, *more: Act) -> None:
    """Hand over what becomes one transaction."""

    def hand_over() -> None:
        journals(keeper)
        commits_between(keeper)
        journals_a_stranger(keeper)
        keeper.store.commit(
            Turn(CHAT, 4, said=(said(ANN, "four"), said(BOB, "four")), snapshot=b"four"), keeper.published.append
        )
        moves(keeper)
        keeper.store.commit(Turn(OTHER, 1, said=(said(ANN, "new"),), snapshot=b"new"), keeper.published.append)
        for act in more:
            act(keeper)

    queued_together(keeper, hand_over)


def what_is_heard(keeper: Keeper) -> tuple[list[tuple[str, int, str]], list[Receipt]]:
    return [(line.participant_id, line.seq, line.message.text) for line in keeper.published], keeper.receipts


def record_many_things(path: Any, contents: bytes, fault: Fails | None, *more: Act) -> Keeper:
    path.write_bytes(contents)
    with Keeper(path, fault=fault) as keeper:
        if fault is not None:
            # Counted from the first statement of the group: what holds the writer up is a transaction of its own.
            at, fault.at = fault.at, None

            def arm(keeper: Keeper) -> None:
                fault.arm(at or 0)

            many_things(keeper, *more, arm)
        else:
            many_things(keeper, *more)
    return keeper


def number_of_steps(path: Any, contents: bytes) -> list[str]:
    fault = Fails(disk_error(path), for_good=False)
    fault.at = 10_000
    record_many_things(path, contents, fault)
    return fault.names[: fault.names.index("commit") + 1]


VALUE_ERROR = ValueError("a value that does not fit")


@pytest.mark.parametrize("of_disk", [True, False], ids=["the disk fails", "a value does not fit"])
def test_a_group_that_fails_once_at_any_statement_is_recorded_once_and_whole(path: Any, of_disk: bool) -> None:
    pattern = path
    error = disk_error(path) if of_disk else VALUE_ERROR
    a_conversation(pattern)
    contents = pattern.read_bytes()
    steps = number_of_steps(pattern, contents)
    assert {"turns_between", "add_lines", "consume_lines"} <= set(steps)
    untroubled = record_many_things(pattern, contents, None)
    heard, after = what_is_heard(untroubled), same_but_for_markers(pattern)
    for step, name in enumerate(steps):
        if isinstance(error, ValueError) and name not in MANY_ROWS:
            continue  # that is one operation's, which is refused for it
        fault = Fails(error, for_good=False)
        fault.at = step
        place = pattern.with_name(f"{step}.db")
        keeper = record_many_things(place, contents, fault)
        assert fault.failed, name
        assert what_is_heard(keeper) == heard, name
        assert same_but_for_markers(place) == after, name


def same_but_for_markers(path: Any) -> dict[str, list[tuple[object, ...]]]:
    held = tables(path)
    held["log"] = ask(
        path, "SELECT * FROM lines WHERE participant_id NOT IN ('test:marker', 'test:holder') ORDER BY n"
    )
    return held


def test_a_group_that_cannot_be_recorded_leaves_nothing_behind(path: Any) -> None:
    pattern = path
    a_conversation(pattern)
    contents = pattern.read_bytes()
    for step, name in enumerate(number_of_steps(pattern.with_name("steps.db"), contents)):
        path = pattern.with_name(f"{step}.db")
        fault = Fails(disk_error(path), for_good=True)
        fault.at = step
        keeper = record_many_things(path, contents, fault)
        assert keeper.published == [], name
        texts = [row for row in tables(path)["log"] if "'four'" in row or "'hello'" in row or "'new'" in row]
        assert texts == [], name


def test_a_message_that_comes_twice_costs_the_others_of_its_group_nothing(path: Any) -> None:
    a_conversation(path)

    def again(keeper: Keeper) -> None:
        journals(keeper)
        keeper.store.journal(Inbound(ANN, "id of unread", "unread"), keeper.receipts.append)

    keeper = record_many_things(path, path.read_bytes(), None, again)
    assert [(receipt.seq, receipt.duplicate) for receipt in keeper.receipts] == [
        (3, False),
        (2, False),
        (3, True),
        (1, True),
    ]
    with Keeper(path) as keeper:
        assert keeper.texts(ANN) == ["unread", "y", "hello", "two", "four", "welcome back", "new"]
        assert keeper.hears(ANN, "after").seq == 8


def test_a_turn_that_is_too_late_costs_the_others_of_its_group_nothing(path: Any) -> None:
    a_conversation(path)

    def too_late(keeper: Keeper) -> None:
        late = Turn(CHAT, 5, epoch=9, said=(said(ANN, "too late"),), snapshot=b"late")
        keeper.store.commit(late, keeper.published.append)

    with LogWatch() as log:
        keeper = record_many_things(path, path.read_bytes(), None, too_late)
        log.wait_for("turn 5 (epoch 9)")
    assert "too late" not in [line.message.text for line in keeper.published]
    with Keeper(path) as keeper:
        assert keeper.texts(ANN) == ["unread", "y", "hello", "two", "four", "welcome back", "new"]


def test_many_lines_are_written_in_as_few_statements_as_there_is_room_for(path: Any) -> None:
    as_many = 2 if isinstance(path, Path) else 1  # 144 + 6, or arrays of any length
    a_conversation(path)
    fault = Fails(disk_error(path), for_good=False)
    with Keeper(path, fault=fault) as keeper:

        def hand_over() -> None:
            fault.names.clear()
            for number in range(150):
                keeper.store.journal(Inbound(ANN, f"n{number}", str(number)), keeper.receipts.append)

        queued_together(keeper, hand_over)
        keeper.settle()
        assert fault.names[: fault.names.index("commit")].count("add_lines") == as_many
        assert keeper.texts(ANN, 2) == [str(number) for number in range(150)]
        assert [receipt.seq for receipt in keeper.receipts] == list(range(3, 153))
