"""The thread budget: how many threads may wait inside author code, and the line of runs that wait for one."""

from __future__ import annotations

import threading
from collections.abc import Callable

LEAST_RESERVE = 50
RESERVE_SHARE = 4
"""Newcomers leave one thread in so many, on top of the limit, to those who are inside."""


class ThreadBudget:
    """Counts the threads that wait inside author code. Any thread.

    A run that has begun is never refused a thread: one is promised to it before its world is built, until it first
    rests. Only a run that has not begun waits, in line, until there is a thread. Newcomers are let in up to `most`
    threads; what is on top of that is the reserve of those who are inside.

    Args:
        most: How many threads may wait before nobody new is to be let in.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.with_reserve = most + max(LEAST_RESERVE, most // RESERVE_SHARE)
        self._lock = threading.Lock()  # guards all below; no other lock is taken under it
        self._held = 0
        self._promised = 0
        self._ever_held = False
        self._line: dict[ThreadTicket, None] = {}

    @property
    def held(self) -> int:
        """How many threads wait inside author code."""
        return self._held

    @property
    def has_room(self) -> bool:
        """False while somebody new may be one too many."""
        # Where no world waits inside parley(), a promise is about nothing.
        promised = self._promised if self._ever_held else 0
        return self._held + promised < self.most

    def stand_in_line(self, ticket: ThreadTicket) -> bool:
        """Promise a thread. True if that waits for its turn; `ticket.called()` says when it has come."""
        with self._lock:
            if self._line or self._held + self._promised >= self.with_reserve:
                self._line[ticket] = None
                return True
            self._promised += 1
            return False

    def skip_line(self, ticket: ThreadTicket) -> bool:
        """Promise a thread at once. False if this ticket does not stand in line."""
        with self._lock:
            if ticket not in self._line:
                return False
            del self._line[ticket]
            self._promised += 1
            return True

    def settle(self, ticket: ThreadTicket) -> None:
        """A thread that was promised is not needed; nothing happens if there is no promise any more."""
        with self._lock:
            self._promised -= ticket.promised
            ticket.promised = False
            called = self._call()
        _tell(called)

    def hold(self, ticket: ThreadTicket | None = None) -> None:
        """A thread is about to wait inside author code; it may have been promised to a ticket."""
        with self._lock:
            if ticket is not None:
                self._promised -= ticket.promised
                ticket.promised = False
            self._held += 1
            self._ever_held = True

    def let_go(self) -> None:
        """Such a thread waits no more."""
        with self._lock:
            self._held -= 1
            called = self._call()
        _tell(called)

    def _call(self) -> list[ThreadTicket]:
        """Under the lock: take out of the line whose turn it is."""
        called = []
        while self._line and self._held + self._promised < self.with_reserve:
            ticket = next(iter(self._line))
            del self._line[ticket]
            self._promised += 1
            called.append(ticket)
        return called


def _tell(called: list[ThreadTicket]) -> None:
    for ticket in called:
        ticket.called()


class ThreadTicket:
    """What one run has of the budget.

    Args:
        budget: What it is of.
        queue: Puts the run into the queue for slots. Any thread.
    """

    __slots__ = ("_budget", "_queue", "promised")

    def __init__(self, budget: ThreadBudget, queue: Callable[[], None]) -> None:
        self._budget = budget
        self._queue = queue
        self.promised = False
        """True from when the run may begin until it first rests, or waits inside author code."""

    def begin(self) -> None:
        """Let the run begin, now or when there is a thread for it. Any thread."""
        if not self._budget.stand_in_line(self):
            self.called()

    def skip_line(self) -> None:
        """Let a run begin at once that is only to end; one that does not stand in line has begun already."""
        if self._budget.skip_line(self):
            self.called()

    def called(self) -> None:
        """There is a thread for the run, whatever it does."""
        self.promised = True
        self._queue()

    def let_go_of_run(self) -> None:
        """The run is over, and is queued no more."""
        self._queue = _nothing

    def settle(self) -> None:
        """The run rests, or is over, and needs not the thread that was promised.

        Any thread: by the time a step says so, another thread may step the run already.
        """
        self._budget.settle(self)

    def hold(self) -> None:
        """On the run's thread, which is about to wait inside author code."""
        self._budget.hold(self)

    def let_go(self) -> None:
        """On the run's thread, which waits no more."""
        self._budget.let_go()


def _nothing() -> None:
    """A run that is over needs no thread."""
