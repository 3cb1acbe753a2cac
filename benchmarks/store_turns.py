"""Turns put on record by a store, without a service around it: one after another, and many at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from statistics import median

from parleyrun.core.message import Message
from parleyrun.events import Inbound, Receipt
from parleyrun.runner.turn import RunIdentity, Said, Turn
from parleyrun.store.protocol import Move, RunRecord, SessionRecord, Store, line_reference

SNAPSHOT = bytes(range(256)) * 8
WAIT_SECONDS = 60


class StoreTurns:
    """Conversations of one person each, who are answered with a snapshot of two kilobytes.

    Args:
        store: Open.
        people: How many there are.
    """

    def __init__(self, store: Store, people: int) -> None:
        self._store = store
        self._number = 0
        self._messages = 0
        self._people = [f"bench:{number}" for number in range(people)]
        self._runs = [RunIdentity(f"t_{number}", f"{number:032x}", "echo", "Echo") for number in range(people)]
        for who, run in zip(self._people, self._runs, strict=True):
            seat = SessionRecord(participant_id=who, place="task", task="echo", since=0.0, run_uid=run.uid)
            begun = RunRecord(run, "task", "echo", ((who, None),), 0.0)
            store.move(Move(sessions=(seat,), started=(begun,)), lambda _: None)
        self._all_that_was_put()

    def one_after_another(self, count: int) -> float:
        """Return the median time in ms of a message and the turn that answers it, each waited for."""
        took = []
        for _ in range(count):
            start = time.perf_counter()
            self._turn_of_all(1)
            took.append(time.perf_counter() - start)
        return median(took) * 1000

    def at_once(self, rounds: int) -> float:
        """Return how many such pairs are on record in a second when everybody speaks at the same time."""
        start = time.perf_counter()
        for _ in range(rounds):
            self._turn_of_all(len(self._people))
        return rounds * len(self._people) / (time.perf_counter() - start)

    def _turn_of_all(self, people: int) -> None:
        self._number += 1
        self._messages += 1
        lines: list[int] = []
        for who in self._people[:people]:
            self._store.journal(Inbound(who, f"m{self._messages}", "what do you think of that?"), _noting(lines))
        self._all_that_was_put()
        for who, run, seq in zip(self._people, self._runs, lines, strict=False):
            said = (Said(who, Message("I would like to hear more", id="Echo")),)
            turn = Turn(run, self._number, consumed=(line_reference(who, seq),), said=said, snapshot=SNAPSHOT)
            self._store.commit(turn, lambda _: None)
        self._all_that_was_put()

    def _all_that_was_put(self) -> None:
        done = threading.Event()
        self._store.after(done.set)
        if not done.wait(WAIT_SECONDS):
            raise TimeoutError("the store did not record in time")


def _noting(lines: list[int]) -> Callable[[Receipt], None]:
    def note(receipt: Receipt) -> None:
        lines.append(receipt.seq)

    return note
