"""Thinking: what takes a model long is done outside of the slot that its world executes in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


CallLater = Callable[[float, Callable[[], None]], object]
"""Calls back in that many seconds."""


class Thinking(Protocol):
    """What somebody who thinks is given."""

    def is_over(self) -> bool:
        """Whether nobody waits for the answer any more. Any thread."""

    def wait(self, seconds: float, call_later: CallLater) -> None:
        """Wait for a time to come, as before a request that is made again; no longer than anybody waits for it.

        Args:
            seconds: How long.
            call_later: Of the clock by which it is measured.
        """


class _Undisturbed:
    """Thinking where no run waits: nothing ends it."""

    def is_over(self) -> bool:
        return False

    def wait(self, seconds: float, call_later: CallLater) -> None:
        over = threading.Event()
        call_later(seconds, over.set)
        over.wait()


UNDISTURBED: Thinking = _Undisturbed()

Aside = Callable[[Callable[[Thinking], Any]], Any]
"""Does a piece of work on a thread of its own, and returns what came of it; holds no slot meanwhile."""

ASIDE: ContextVar[Aside | None] = ContextVar("parleyrun_aside", default=None)
"""How models think on this thread: set by whoever steps a run, on the run's thread; None where there is no run."""


def think(work: Callable[[Thinking], T]) -> T:
    """Do what takes long, and return what came of it.

    In a run's `parley()` the run gives its slot up meanwhile, so that others go on; anywhere else the work is just
    done. Call it in what an agent does in `act()`, around whatever waits for something else than a person.

    Args:
        work: Called with what says whether anybody still waits for it; in a run, on another thread.

    Returns:
        What `work` returned.

    Raises:
        RunStopped: The run is being stopped. The work may go on, and nobody hears of it any more.
    """
    aside = ASIDE.get()
    result: T = work(UNDISTURBED) if aside is None else aside(work)
    return result
