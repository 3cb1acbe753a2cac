"""The durable store keeps what it was told, in order, and gives it back after a restart."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
from keeping import ANN, BOB, CHAT, Keeper, StandingClock, as_file, ask, durable_store, queued_together, said, turn

from parleyrun.archive.archive import Archive
from parleyrun.archive.selection import Selection
from parleyrun.core.message import FrozenDict, Message
from parleyrun.errors import StoreError
from parleyrun.events import Inbound, Receipt
from parleyrun.runner.turn import Outcome, RunIdentity, Turn
from parleyrun.store.protocol import Move, ReadLine, RunRecord
from parleyrun.store.record import numbering
from parleyrun.store.sqlite.sqlite_store import SqliteStore


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one group"])
def test_a_run_that_was_moved_takes_turns_of_its_new_epoch_only(path: Path, together: bool) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, said=(said(ANN, "before"),)))

        def put() -> None:
            keeper.store.commit(turn(2, said=(said(ANN, "just in time"),), snapshot=b"2"), keeper.published.append)
            keeper.store.move(Move(moved_runs=((CHAT.uid, 2),)), keeper.published.append)
            late = turn(3, said=(said(ANN, "too late"),), consumed=(f"{BOB}#1",), snapshot=b"late")
            keeper.store.commit(late, keeper.published.append)
            again = turn(3, epoch=2, said=(said(ANN, "after"),), snapshot=b"3")
            keeper.store.commit(again, keeper.published.append)
            for number in range(4, 40 if together else 5):
                keeper.store.commit(turn(number, epoch=2, snapshot=b"end"), keeper.published.append)

        if together:
            queued_together(keeper, put)
        else:
            put()
        keeper.settle()
        assert keeper.texts(ANN) == ["before", "just in time", "after"]
    with Keeper(path) as keeper:
        (run,) = keeper.saved.runs
        assert (run.epoch, run.snapshot) == (3, b"end")


def test_constructing_touches_nothing(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "never.db", StandingClock())
    assert not list(tmp_path.iterdir())


def test_lines_are_numbered_without_holes_for_each_participant(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        assert keeper.hears(ANN, "one").seq == 1
        assert keeper.hears(BOB, "uno").seq == 1
        lines = keeper.commits(turn(1, said=(said(ANN, "two"), said(BOB, "dos"), said(ANN, "three"))))
        assert [(line.participant_id, line.seq) for line in lines] == [(ANN, 2), (BOB, 2), (ANN, 3)]
        assert keeper.texts(ANN) == ["one", "two", "three"]
        assert keeper.texts(ANN, after=2) == ["three"]


def test_numbers_go_on_after_a_restart_and_after_forgetting(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.hears(ANN, "one")
        keeper.store.forget(ANN)
        assert keeper.hears(ANN, "two").seq == 2
    with Keeper(path) as keeper:
        assert keeper.hears(ANN, "three").seq == 3
        assert keeper.texts(ANN) == ["one", "two", "three"]


def test_the_same_message_id_twice_is_one_line(path: Path) -> None:
    with Keeper(path) as keeper:
        assert keeper.hears(ANN, "hello", "m1") == Receipt(1)
        assert keeper.hears(ANN, "more", "m2") == Receipt(2)
        assert keeper.hears(ANN, "hello", "m1") == Receipt(1, duplicate=True)
        assert keeper.hears(BOB, "hello", "m1") == Receipt(1)
        assert keeper.hears(ANN, "next", "m3") == Receipt(3)
    with Keeper(path) as keeper:
        assert keeper.hears(ANN, "hello", "m1") == Receipt(1, duplicate=True)


def test_two_messages_whose_ids_look_the_same_in_memory_are_two_lines(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbering, "hash", lambda message_id: 1, raising=False)
    with Keeper(path) as keeper:
        assert keeper.hears(ANN, "hello", "m1") == Receipt(1)
        assert keeper.hears(ANN, "hello", "m2") == Receipt(2)
        assert keeper.hears(ANN, "hello", "m1") == Receipt(1, duplicate=True)


def test_for_ids_that_are_not_on_record_the_record_is_looked_at_once(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.hears(ANN, "hello", "m1")
        assert [asked_for(keeper, f"new {n}") for n in range(3)] == [(0, 0)] * 3
        assert asked_for(keeper, "m1") == (1, 1)
    with Keeper(path) as keeper:
        keeper.moves(Move(said=(said(ANN, "you are remembered now"),)))
        assert [asked_for(keeper, f"new {n}") for n in range(3)] == [(0, 1), (0, 0), (0, 0)]
        assert asked_for(keeper, "m1") == (1, 1)
        assert keeper.hears(ANN, "hello", "m1") == Receipt(1, duplicate=True)


def asked_for(keeper: Keeper, message_id: str) -> tuple[int, int]:
    """Return which line has this id, and how often the record was read to know that."""
    found: list[int] = []
    reader, reads = keeper.store._reader, 0
    ask = reader.ask

    def counted(question: Any) -> Any:
        nonlocal reads
        reads += 1
        return ask(question)

    reader.ask = counted
    keeper.store.after(lambda: found.append(keeper.store.line_of_message(ANN, message_id)))
    keeper.settle()
    reader.ask = ask
    return found[0], reads


def test_a_line_comes_back_with_everything_it_had(path: Path) -> None:
    payload = FrozenDict(type="image", url="https://example.org/cat.png")
    full = Message("look", "Bob", True, ("yes", "no"), payload, "persona", f"{BOB}#1", FrozenDict(score=1.5))
    clock = StandingClock(77.0)
    with Keeper(path, clock) as keeper:
        keeper.starts_chat()
        keeper.hears(ANN, "mine", "m1", payload)
        keeper.commits(Turn(CHAT, 1, said=(said(ANN, "plain"),)), Turn(CHAT, 2, said=(said(ANN, ""),)))
        keeper.store.commit(Turn(CHAT, 3, said=(said(ANN, "x"),)), lambda line: None)
        keeper.moves(Move(said=(said(ANN, "from the system"),)))
        keeper.commits(
            Turn(
                CHAT,
                4,
                said=(said(ANN, full.text, **{k: getattr(full, k) for k in full.__slots__ if k != "text"}),),
            )
        )
        mine, plain, *_, last = keeper.store.lines_after(ANN, 0)
    assert (mine.mine, mine.at, mine.message_id, mine.message) == (
        True,
        77.0,
        "m1",
        Message("mine", payload=payload),
    )
    assert (plain.mine, plain.message) == (False, Message("plain"))
    assert last.message == full
    assert last.participant_id == ANN


@pytest.mark.parametrize("text", ["half a pair \ud83d", "nul \x00 inside", "🜁 ünïcode", "", 'it\'s "quoted"; --'])
def test_any_text_is_kept_as_it_is(path: Path, text: str) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        assert keeper.hears(ANN, text, message_id=f"id {text}") == Receipt(1)
        assert keeper.hears(ANN, text, message_id=f"id {text}") == Receipt(1, duplicate=True)
        keeper.commits(turn(1, said=(said(ANN, text, id=text),)))
        mine, theirs = keeper.store.lines_after(ANN, 0)
    assert (mine.message.text, mine.message_id) == (text, f"id {text}")
    assert (theirs.message.text, theirs.message.id) == (text, text)


def test_order_does_not_depend_on_the_clock(path: Path) -> None:
    clock = StandingClock(5_000.0)
    with Keeper(path, clock) as keeper:
        keeper.hears(ANN, "first")
        clock.now = 10.0
        keeper.hears(ANN, "second")
        assert [(line.message.text, line.at) for line in keeper.store.lines_after(ANN, 0)] == [
            ("first", 5_000.0),
            ("second", 10.0),
        ]
    assert ask(path, "SELECT text FROM lines WHERE participant_id = 'test:ann' ORDER BY n") == [
        ("first",),
        ("second",),
    ]


def test_lines_of_all_people_have_one_order(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.hears(ANN, "1")
        keeper.hears(BOB, "2")
    with Keeper(path) as keeper:
        keeper.commits(turn(1, epoch=2, said=(said(ANN, "3"), said(BOB, "4"))))
    texts = [text for (text,) in ask(path, "SELECT text FROM lines WHERE text <> '' ORDER BY n")]
    assert texts == ["1", "2", "3", "4"]


def test_many_threads_get_numbers_without_holes_and_callbacks_in_order(path: Path) -> None:
    people, each = [f"test:{number}" for number in range(8)], 60
    told: dict[str, list[int]] = {who: [] for who in people}
    with Keeper(path, synchronous="normal") as keeper:

        def talk(who: str) -> None:
            for number in range(each):
                keeper.store.journal(Inbound(who, str(number), str(number)), lambda r: told[who].append(r.seq))
                keeper.store.move(Move(said=(said(who, f"re {number}"),)), lambda line: told[who].append(line.seq))

        threads = [threading.Thread(target=talk, args=(who,)) for who in people for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        keeper.settle()
        for who in people:
            lines = keeper.store.lines_after(who, 0)
            assert [line.seq for line in lines] == list(range(1, 3 * each + 1))
            assert sorted(set(told[who])) == [line.seq for line in lines]


def test_a_callback_that_fails_does_not_stop_the_others(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise SystemExit("no")

    with Keeper(path) as keeper:
        keeper.store.journal(Inbound(ANN, "m1", "one"), fail)
        assert keeper.hears(ANN, "two").seq == 2
    assert "what waited for the store failed" in caplog.text


def test_one_line_that_cannot_be_handed_on_does_not_hold_the_next(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Keeper(path) as keeper:
        got = []

        def publish(line: object) -> None:
            if not got:
                got.append(line)
                raise ValueError("the first one")
            got.append(line)

        keeper.store.move(Move(said=(said(ANN, "one"), said(BOB, "two"))), publish)
        keeper.settle()
        assert len(got) == 2
    assert "could not be handed on" in caplog.text


def test_reading_tells_whose_lines_were_read_once(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.hears(BOB, "hi", "b1")
        keeper.commits(
            turn(1, said=(said(ANN, "hi", carried_line=f"{BOB}#1"), said(ANN, "me", carried_line=f"{ANN}#9")))
        )
        assert keeper.store.read_through(ANN, 1) == [ReadLine(BOB, 1)]
        assert keeper.store.read_through(ANN, 1) == []
        assert keeper.store.read_through(ANN, 99) == []
        keeper.commits(turn(2, said=(said(ANN, "hi", carried_line=f"{BOB}#2"),)))
        assert keeper.store.read_through(ANN, 99) == [ReadLine(BOB, 2)]
        keeper.settle()
    with Keeper(path) as keeper:
        assert keeper.store.read_through(ANN, 3) == []
    assert ask(path, "SELECT participant_id, seq, kind FROM marks ORDER BY seq") == [
        (ANN, 1, "read"),
        (ANN, 2, "read"),
        (ANN, 3, "read"),
    ]


def test_nobody_reads_what_is_not_there(path: Path) -> None:
    with Keeper(path) as keeper:
        assert keeper.store.read_through("test:nobody", 5) == []
        assert keeper.store.lines_after("test:nobody", 0) == []


def test_a_secret_lasts_as_long_as_the_store(path: Path) -> None:
    with Keeper(path) as keeper:
        token, other = keeper.store.secret("token"), keeper.store.secret("other")
        assert len(token) == len(other) == 32
        assert token != other
        assert keeper.store.secret("token") == token
    with Keeper(path) as keeper:
        assert keeper.store.secret("token") == token


@pytest.mark.parametrize(
    "stale",
    [
        turn(9, epoch=1, said=(said(ANN, "from a dead process"),), snapshot=b"stale", data=((ANN, b"stale"),)),
        Turn(RunIdentity("t_9", "uid-9", "chat", "W"), 1, epoch=2, said=(said(ANN, "from nowhere"),)),
    ],
    ids=["of an older epoch", "of a run nobody knows"],
)
def test_a_turn_that_does_not_belong_is_refused_whole(
    path: Path, stale: Turn, caplog: pytest.LogCaptureFixture
) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, snapshot=b"good"))
    with Keeper(path) as keeper:
        assert keeper.commits(stale) == []
        assert [
            line.seq for line in keeper.commits(turn(2, epoch=2, snapshot=b"good", said=(said(ANN, "ok"),)))
        ] == [1]
        assert keeper.texts(ANN) == ["ok"]
    assert "is not recorded" in caplog.text


def test_a_run_that_has_ended_says_nothing_more(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.commits(turn(1, outcome=Outcome("finished")))
        assert keeper.commits(turn(2, said=(said(ANN, "late"),))) == []
        assert keeper.texts(ANN) == []


def test_one_refused_in_a_group_leaves_the_others_whole(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()

        def hand_over() -> None:
            keeper.store.commit(turn(1, said=(said(ANN, "one"), said(BOB, "one"))), keeper.published.append)
            keeper.store.commit(turn(2, epoch=7, said=(said(ANN, "no"),)), keeper.published.append)
            # The same run twice, after its sentence is numbered: refused by the file itself.
            again = RunRecord(CHAT, "task", "chat", ())
            keeper.store.move(Move(said=(said("test:new", "no"),), started=(again,)), keeper.published.append)
            keeper.store.commit(turn(3, said=(said(ANN, "two"), said("test:new", "hi"))), keeper.published.append)

        queued_together(keeper, hand_over)
        keeper.settle()
        assert keeper.texts(ANN) == ["one", "two"]
        assert keeper.texts("test:new") == ["hi"]
        assert [(line.participant_id, line.seq) for line in keeper.published] == [
            (ANN, 1),
            (BOB, 1),
            (ANN, 2),
            ("test:new", 1),
        ]


def test_a_closed_store_records_nothing_more(path: Path) -> None:
    with Keeper(path) as keeper:
        keeper.starts_chat()
    keeper.store.close()
    receipts: list[Receipt] = []
    keeper.store.journal(Inbound(ANN, "m", "late"), receipts.append)
    assert receipts[0].refused
    with pytest.raises(StoreError, match="closed"):
        keeper.store.commit(turn(1), keeper.published.append)
    with pytest.raises(StoreError, match="closed"):
        keeper.store.lines_after(ANN, 0)


def test_a_store_that_is_not_open_says_so(path: Path) -> None:
    store = durable_store(path, StandingClock())
    with pytest.raises(StoreError, match=r"call open\(\) first"):
        store.move(Move(), lambda line: None)
    store.close()


_CHILD = """
    import sys
    from pathlib import Path
    from parleyrun.events import Inbound
    from parleyrun.runner.timers import SystemClock

    if "://" in sys.argv[1]:
        from parleyrun.store.postgres.postgres_store import PostgresStore
        store = PostgresStore(sys.argv[1], SystemClock())
    else:
        from parleyrun.store.sqlite.sqlite_store import SqliteStore
        store = SqliteStore(Path(sys.argv[1]), SystemClock(), synchronous="normal")
    store.open()

    def say(number):
        store.journal(Inbound("test:ann", str(number), str(number)), lambda receipt: acknowledged(number))

    def acknowledged(number):
        print(number, flush=True)
        say(number + 1)

    say(1)
    sys.stdin.read()
"""


@pytest.mark.process
def test_what_was_acknowledged_outlives_kill_9(path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_CHILD), getattr(path, "url", str(path))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child.stdin, child.stdout:
        acknowledged = [int(child.stdout.readline()) for _ in range(50)]
        os.kill(child.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in child.stdout if line.endswith("\n")]
        child.wait()
    with Keeper(path) as keeper:
        kept = [int(text) for text in keeper.texts(ANN)]
    assert kept == list(range(1, len(kept) + 1))
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) - len(acknowledged) <= 1


def test_short_messages_take_less_than_a_kilobyte(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    messages = 1_000
    with Keeper(path, synchronous="normal") as keeper:
        keeper.starts_chat()
        before = path.stat().st_size
        for number in range(1, messages + 1):
            keeper.store.journal(
                Inbound(ANN, f"3f2b9a1c-6d1e-4a55-9c07-{number:012}", "hello there"), lambda r: None
            )
            relayed = said(BOB, "hello there", id="Agent_0", carried_line=f"{ANN}#{number}")
            keeper.store.commit(
                turn(number, consumed=(f"{ANN}#{number}",), said=(relayed,), snapshot=os.urandom(2_000)),
                lambda line: None,
            )
    assert (path.stat().st_size - before) / messages < 1_000


def test_values_are_pickled_when_they_are_handed_over(path: Path) -> None:
    scores = {"score": 1}
    with Keeper(path) as keeper:
        keeper.starts_chat()
        queued_together(
            keeper,
            lambda: (
                keeper.store.commit(turn(1, outcome=Outcome("finished", data=scores)), lambda line: None),
                scores.update(score=2),
            )[0],
        )
    [(data,)] = ask(path, "SELECT outcome_data FROM runs")
    assert isinstance(data, bytes)
    assert pickle.loads(data) == {"score": 1}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_the_record_is_readable_for_its_owner_alone(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "kept.db", StandingClock())
    store.open()
    try:
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("kept.db*")}
    finally:
        store.close()
    assert {modes[name] for name in ("kept.db", "kept.db-wal", "kept.db-shm")} == {0o600}


def test_a_runs_lines_are_found_where_its_seats_say(path: Path) -> None:
    later = RunIdentity("t_2", "uid-2", "chat", "ChatTaskWorld")
    with Keeper(path) as keeper:
        keeper.starts_chat()
        keeper.hears(ANN, "in the first")
        keeper.commits(turn(1, consumed=(f"{ANN}#1",), said=(said(BOB, "in the first"),)))

        def hand_over() -> None:
            # All of this is one transaction, and the second run begins in the middle of it.
            keeper.store.journal(Inbound(ANN, "ahead", "written ahead"), keeper.receipts.append)
            end = turn(2, said=(said(ANN, "goodbye"),), outcome=Outcome("finished"))
            keeper.store.commit(end, keeper.published.append)
            keeper.store.move(
                Move(
                    said=(said(ANN, "between the two"),),
                    started=(RunRecord(later, "task", "chat", ((ANN, "A"), (BOB, "B"))),),
                ),
                keeper.published.append,
            )

        queued_together(keeper, hand_over)
        keeper.settle()
        keeper.commits(Turn(later, 1, consumed=(f"{ANN}#2",), said=(said(BOB, "in the second"),)))
        keeper.commits(Turn(later, 2, outcome=Outcome("finished")))
    with as_file(path) as file, Archive(file) as record:
        texts = {
            run.uid: [entry.text for entry in record.messages(run)] for run in record.conversations(Selection())
        }
        assert texts == {
            CHAT.uid: ["in the first", "in the first", "goodbye"],
            later.uid: ["written ahead", "in the second"],
        }
        assert [record.said(uid).by_people for uid in texts] == [1, 1]
    places = "SELECT participant_id, first_seq, last_seq FROM seats WHERE run_uid = "
    assert ask(path, f"{places}'{CHAT.uid}'") == [(ANN, 1, 3), (BOB, 1, 1)]
    assert ask(path, f"{places}'{later.uid}'") == [(ANN, 2, 4), (BOB, 2, 2)]


def test_who_waits_is_told_in_order_and_before_the_store_is_closed(path: Path) -> None:
    told: list[int] = []
    all_handed_over, telling = threading.Event(), threading.Event()

    def slowly(line: object) -> None:
        telling.set()
        assert all_handed_over.wait(60)
        told.append(0)

    keeper = Keeper(path)
    with keeper:
        keeper.starts_chat()
        queued_together(keeper, lambda: keeper.store.commit(turn(1, said=(said(ANN, "slow"),)), slowly))
        assert telling.wait(60)
        for number in range(1, 200):
            keeper.store.journal(
                Inbound(BOB, str(number), "x"),
                lambda receipt, number=number: told.append(number),  # type: ignore[misc]
            )
        all_handed_over.set()
    assert told == list(range(200))
