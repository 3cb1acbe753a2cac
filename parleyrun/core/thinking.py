"""Thinking: what takes a model long is done outside of the slot that its world executes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from .bot_seats.bot_desk import BotDesk

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
        from threading import Event  # whoever only imports what authors use needs none

        over = Event()
        call_later(seconds, over.set)
        over.wait()


UNDISTURBED: Thinking = _Undisturbed()


class Surroundings(Protocol):
    """What models find around them on the thread of a run."""

    @property
    def bots(self) -> BotDesk | None:
        """What the bots of the run ask of it; None on a thread where a model thinks already."""

    def think(self, work: Callable[[Thinking], Any]) -> Any:
        """Do a piece of work on a thread of its own, and return what came of it; hold no slot meanwhile."""


SURROUNDINGS: ContextVar[Surroundings | None] = ContextVar("parleyrun_surroundings", default=None)
"""How models think on this thread: set by whoever steps a run, on the run's thread; None where there is no run."""


class _OnThoughtsThread:
    """The surroundings of a model that is being asked: whatever it thinks about belongs to this thought."""

    bots = None

    def __init__(self, thinking: Thinking) -> None:
        self._thinking = thinking

    def think(self, work: Callable[[Thinking], Any]) -> Any:
        return work(self._thinking)


@contextmanager
def thinking_here(thinking: Thinking) -> Iterator[None]:
    """On the thread of a thought: what is thought in this block belongs to it."""
    token = SURROUNDINGS.set(_OnThoughtsThread(thinking))
    try:
        yield
    finally:
        SURROUNDINGS.reset(token)


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
    surroundings = SURROUNDINGS.get()
    result: T = work(UNDISTURBED) if surroundings is None else surroundings.think(partial(_think_within, work))
    return result


def _think_within(work: Callable[[Thinking], T], thinking: Thinking) -> T:
    with thinking_here(thinking):
        return work(thinking)
