"""A thread crew: works that are done at the same time, as they mostly wait for a server, and that end together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from ..core.thinking import SURROUNDINGS, CallLater, Thinking
from ..errors import WorldError

END_SECONDS = 2.0
"""How long those who are being asked are waited for once one of them has failed."""

Work = Callable[[Callable[[], bool]], object]
"""Does its work, and looks now and then whether all is over."""


class ThreadCrew:
    """A thread for each work. Once one of them fails the others are to end.

    Args:
        works: What is done.
    """

    def __init__(self, works: Sequence[Work]) -> None:
        self._works = works
        self._changed = threading.Condition()  # guards the two below
        self._busy: set[int] = set()
        self._failure: BaseException | None = None
        self._asking = ThreadSurroundings()

    def run(self) -> None:
        """Do all of it, and raise what one of them raises. Ctrl-C ends them, too."""
        try:
            self.start()
            with self._changed:
                self._changed.wait_for(lambda: self._failure is not None or not self._busy)
        finally:
            self.end()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def start(self) -> None:
        """Begin all works. Raises `WorldError` if the system has no room for so many threads."""
        self._asking = ThreadSurroundings()
        for number in range(len(self._works)):
            self._start(number)

    def end(self) -> None:
        """Have those end that go on, and wait for them, but not for answers of servers that take their time."""
        self._asking.end()
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, END_SECONDS)

    def is_at_rest(self, number: int) -> bool:
        """Whether nobody does this work any more."""
        with self._changed:
            return number not in self._busy

    def _start(self, number: int) -> None:
        # A daemon, as the answer of a slow server must not keep the process from ending.
        thread = threading.Thread(target=self._do, args=(number,), name=f"parleyrun-crew-{number}", daemon=True)
        with self._changed:
            try:
                thread.start()
            except RuntimeError as error:
                raise WorldError(
                    f"expected {len(self._works)} threads, and the system gives {number}: lower the concurrency"
                ) from error
            self._busy.add(number)

    def _do(self, number: int) -> None:
        asking = self._asking
        SURROUNDINGS.set(asking)
        failure: BaseException | None = None
        try:
            self._works[number](asking.is_over)
        except BaseException as error:  # raised again on the thread that waits for it
            failure = error
        with self._changed:
            self._busy.discard(number)
            if not asking.is_over():
                self._failure = self._failure or failure
            self._changed.notify_all()


class ThreadSurroundings:
    """The surroundings of agents that are asked side by side: all end together. Any thread."""

    bots = None

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the two below
        self._is_over = False
        self._wakes: set[threading.Event] = set()

    def end(self) -> None:
        """Nobody waits for an answer any more."""
        with self._lock:
            self._is_over = True
            wakes = list(self._wakes)
        for wake in wakes:
            wake.set()

    def think(self, work: Callable[[Thinking], Any]) -> Any:
        return work(self)

    def is_over(self) -> bool:
        return self._is_over

    def wait(self, seconds: float, call_later: CallLater) -> None:
        wake = threading.Event()
        with self._lock:
            if self._is_over:
                return
            self._wakes.add(wake)
        call_later(seconds, wake.set)
        wake.wait()
        with self._lock:
            self._wakes.discard(wake)
