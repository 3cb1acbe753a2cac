"""The tally of a host: all of it is told to whoever evaluates."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from ...core.metrics.metrics import Report
from ..lanes.error_policy import ErrorPolicy
from ..lanes.measuring import add_to
from ..lanes.task_lane import Asked
from ..log.example_record import ExampleRecord
from .portion_orders import AskingReport, PortionOrder, PortionReport, TakenReport


class Leaves:
    """Who waits for leave, by tickets. Any thread."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._changed = threading.Condition()  # guards the two below
        self._waiting: set[int] = set()
        self._is_over = False

    def ticket(self) -> int:
        """Return a new ticket."""
        with self._changed:
            number = next(self._numbers)
            self._waiting.add(number)
            return number

    def wait(self, ticket: int) -> None:
        """Wait until there is leave for it, or all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or ticket not in self._waiting)

    def give(self, ticket: int) -> None:
        """There is leave for it."""
        with self._changed:
            self._waiting.discard(ticket)
            self._changed.notify_all()

    def end(self) -> None:
        """Nobody waits any more."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


class PortionTally:
    """Counts what comes of one portion (`EndingTally`). Any thread.

    Args:
        policy: What to do about an example that goes wrong.
        order: The portion.
        put: Has something reported.
        leaves: Who waits for leave.
        counts_first: Whether an answer has to be counted before the next example is asked, as it costs.
        is_over: Says whether no more is to be asked.
    """

    def __init__(
        self,
        policy: ErrorPolicy,
        order: PortionOrder,
        put: Callable[[Any], None],
        leaves: Leaves,
        *,
        counts_first: bool,
        is_over: Callable[[], bool],
    ) -> None:
        self.policy = policy
        self.has_enough = is_over
        self._order = order
        self._number = order.portion.number
        self._put = put
        self._leaves = leaves
        self._counts_first = counts_first
        self._lock = threading.Lock()  # guards the two below
        self._measured: Report = {}
        self._reported: Report = {}

    def take(
        self,
        record: ExampleRecord,
        measured: Mapping[str, Any],
        reported: Mapping[str, Any],
        *,
        is_new: bool,
        error: BaseException | None = None,
    ) -> None:
        """Report an example, unless it is counted already; `error` is in the record, too."""
        if record.key in self._order.counted:
            return
        ticket = self._leaves.ticket() if is_new and self._counts_first else 0
        self._put(
            TakenReport(
                portion=self._number,
                record=record,
                measured=measured,
                reported=reported,
                is_new=is_new,
                ticket=ticket,
            )
        )
        if ticket:
            self._leaves.wait(ticket)

    def take_rest(self, task: str, measured: Mapping[str, Any], reported: Mapping[str, Any]) -> None:
        """Keep what is only told at the end."""
        with self._lock:
            add_to(self._measured, measured)
            add_to(self._reported, reported)

    def asking(self, examples: Sequence[Asked]) -> None:
        """Wait for leave to ask these, where that is needed. What is counted already was survived once."""
        if not self._order.careful or all(each.key in self._order.counted for each in examples):
            return
        ticket = self._leaves.ticket()
        records = tuple(each.unanswered() for each in examples if each.key not in self._order.counted)
        self._put(AskingReport(self._number, records, ticket))
        self._leaves.wait(ticket)

    def end(self) -> None:
        """Report that the portion is through."""
        with self._lock:
            self._put(PortionReport(self._number, self._measured, self._reported))
