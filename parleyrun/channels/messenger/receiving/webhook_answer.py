"""The answer to one webhook request: it waits until everything that came in it is on record."""

from __future__ import annotations

import threading
from collections.abc import Callable

RECORDED = 200
NOT_RECORDED = 503


class WebhookAnswer:
    """Answers once, on whatever thread the last part is settled: 200, or what became of one that is not on record.

    After a 503 Meta sends the whole request again; what is on record by then is known by its id. Whoever makes
    it holds one part, so that nothing is answered before all others are known, and settles that in the end.
    """

    __slots__ = ("_answer", "_changed", "_parts", "_status")

    def __init__(self, answer: Callable[[int], None]) -> None:
        self._answer = answer
        # Guards the two below: parts are settled on several threads. Notified when a part is settled.
        self._changed = threading.Condition()
        self._parts = 1
        self._status = RECORDED

    def add_part(self) -> None:
        with self._changed:
            self._parts += 1

    def settle(self, status: int = RECORDED) -> None:
        """A part is on record, or (with another status) will not be."""
        with self._changed:
            self._parts -= 1
            if status != RECORDED:
                self._status = status
            is_last = self._parts == 0
            self._changed.notify_all()
        if is_last:
            self._answer(self._status)

    def wait_for_others(self, seconds: float) -> None:
        """Wait, at most so long, until all parts but the maker's own are settled."""
        with self._changed:
            self._changed.wait_for(lambda: self._parts == 1, seconds)
