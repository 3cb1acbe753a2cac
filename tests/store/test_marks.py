"""When lines were delivered: what is put on record of it, and what costs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from keeping import ANN, BOB, Keeper, ask, change, disk_error, said, turn

from parleyrun.errors import StoreError
from parleyrun.runner.timers import Clock
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import ReadLine
from parleyrun.testing import VirtualTimers


def ann_is_told(keeper: Keeper, *texts: str) -> None:
    keeper.starts_chat()
    keeper.commits(turn(1, said=tuple(said(ANN, text) for text in texts)))


def delivered(keeper: Keeper, *seqs: int, who: str = ANN) -> list[tuple[Any, ...]]:
    """Report these, and return all that is on record of it then."""
    for seq in seqs:
        keeper.store.delivered_through(who, seq)
    keeper.settle()
    return ask(keeper.path, "SELECT participant_id, seq, kind, at FROM marks ORDER BY at, kind, seq")


def test_each_new_reach_is_on_record_with_its_time(path: Path) -> None:
    with Keeper(path) as keeper:
        ann_is_told(keeper, "one", "two", "three")
        keeper.clock.now = 10.0
        delivered(keeper, 1)
        keeper.clock.now = 20.0
        assert delivered(keeper, 3) == [(ANN, 1, "delivered", 10.0), (ANN, 3, "delivered", 20.0)]


def test_what_is_no_news_is_not_even_handed_to_the_writer(path: Path) -> None:
    statements: list[str] = []
    with Keeper(path, fault=statements.append) as keeper:
        ann_is_told(keeper, "one", "two")
        delivered(keeper, 2)
        statements.clear()
        assert len(delivered(keeper, 2, 1, 0, -1, -(2**70), 2)) == 1
        assert "add_mark" not in statements


def test_what_is_no_news_is_known_without_looking_into_the_file(path: Path) -> None:
    with Keeper(path) as keeper:
        ann_is_told(keeper, "one", "two")
        delivered(keeper, 1)
    keeper.store.delivered_through(ANN, 1)
    with pytest.raises(StoreError, match="closed"):
        keeper.store.delivered_through(ANN, 2)


def test_a_line_that_is_not_there_yet_counts_as_the_newest_one(path: Path) -> None:
    with Keeper(path) as keeper:
        ann_is_told(keeper, "one")
        assert [row[1] for row in delivered(keeper, 2**70, 7)] == [1]
        keeper.commits(turn(2, said=(said(ANN, "two"),)))
        assert [row[1] for row in delivered(keeper, 2)] == [1, 2]


def test_nothing_was_delivered_to_a_stranger(path: Path) -> None:
    with Keeper(path) as keeper:
        assert delivered(keeper, 1, 5, who="test:nobody") == []


def test_what_was_read_needs_no_word_of_its_delivery_and_reading_is_still_news(path: Path) -> None:
    with Keeper(path) as keeper:
        ann_is_told(keeper, "one", "two", "three")
        keeper.store.read_through(ANN, 2)
        assert [row[1:3] for row in delivered(keeper, 1, 2)] == [(2, "read")]
        assert [row[1:3] for row in delivered(keeper, 3)] == [(3, "delivered"), (2, "read")]
        keeper.hears(BOB, "hi", "b1")
        keeper.commits(turn(2, said=(said(ANN, "hi", carried_line=f"{BOB}#1"),)))
        delivered(keeper, 4)
        assert keeper.store.read_through(ANN, 4) == [ReadLine(BOB, 1)]
        assert [row[1:3] for row in delivered(keeper, 4)][-1] == (4, "read")


def test_the_record_remembers_how_far_it_was(path: Path) -> None:
    with Keeper(path) as keeper:
        ann_is_told(keeper, "one", "two", "three")
        delivered(keeper, 1)
        keeper.store.read_through(ANN, 2)
        delivered(keeper)
        keeper.store.forget(ANN)
        assert len(delivered(keeper, 1, 2)) == 2
    with Keeper(path) as keeper:
        assert len(delivered(keeper, 1, 2)) == 2
        assert [row[1:3] for row in delivered(keeper, 3)] == [(1, "delivered"), (3, "delivered"), (2, "read")]


def test_what_was_delivered_before_a_restart_can_still_be_read_after_it(path: Path) -> None:
    with Keeper(path) as keeper:
        ann_is_told(keeper, "one")
        delivered(keeper, 1)
    with Keeper(path) as keeper:
        keeper.store.read_through(ANN, 1)
        assert [row[1:3] for row in delivered(keeper)] == [(1, "delivered"), (1, "read")]


def test_of_whoever_is_let_go_nothing_is_kept_but_what_is_in_the_file(path: Path) -> None:
    with Keeper(path) as keeper:
        ann_is_told(keeper, "one")
        delivered(keeper, 1)
        change(path, "DELETE FROM marks")
        assert delivered(keeper, 1) == []
        keeper.store.forget(ANN)
        assert len(delivered(keeper, 1)) == 1


def test_a_mark_waits_for_a_disk_that_fails(path: Path) -> None:
    failures = [disk_error(path)]

    def fails_once(name: str) -> None:
        if name == "add_mark" and failures:
            raise failures.pop()

    with Keeper(path, fault=fails_once) as keeper:
        ann_is_told(keeper, "one")
        assert [row[1:3] for row in delivered(keeper, 1)] == [(1, "delivered")]
    assert not failures


def test_the_record_in_memory_takes_it_and_goes_on() -> None:
    clock: Clock = VirtualTimers()
    store = MemoryStore(clock)
    store.delivered_through(ANN, 5)
    assert store.lines_after(ANN, 0) == []
    assert store.read_through(ANN, 5) == []
