"""The state of a run: one lock, and every transition of the state machine between a world and its threads.

::

    READY ──► RUNNING ──► PARKED      nothing happened in the last parley: no thread, no slot
      ▲          │  ▲        │
      └──────────┼──┼────────┘        mail, a tick, somebody left, stop
                 │  │
                 ▼  │
              BLOCKED                 act() waits inside parley(): keeps its thread, gives up its slot
                 │
                 ▼
              DORMANT                 an overworld whose person is elsewhere: wakes only when called back
                 ▼
               DONE
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import RunStopped
from .turn import Outcome, Said

if TYPE_CHECKING:
    from .seats.seat_swap import SeatSwap

SetTick = Callable[[int], int]
"""Has the run woken by a tick. Called, under the run's lock, with the number of the slot of time that the last
tick was in; returns that of the next one."""


class Phase(enum.Enum):
    """Where a run is. READY is queued for a slot, RUNNING has one."""

    READY = "ready"
    RUNNING = "running"
    BLOCKED = "blocked"
    PARKED = "parked"
    DORMANT = "dormant"
    DONE = "done"


class RunState:
    """Where a run is, and what others want of it.

    Nothing else owns a lock of a run, and nothing else changes its phase. Methods that return `True` for "queue
    it" have made the run READY: whoever called must put it into the queue for slots, once, after the call. So a
    run is queued exactly once for each time it becomes READY.

    Methods are either for any thread or for the one that steps the run; those that wait say so.
    """

    __slots__ = (
        "_lock",
        "_mail_came",
        "_tick_slot",
        "_waiter",
        "_waiting_for",
        "called_back",
        "on_own_thread",
        "phase",
        "said",
        "stopped",
        "swaps",
    )

    def __init__(self, *, asleep: bool = False) -> None:
        # Guards all below. What is public here may be looked at without it, by whoever can do with how it was
        # a moment ago; it is changed nowhere but here.
        self._lock = threading.Lock()
        self.phase = Phase.DORMANT if asleep else Phase.READY
        self.stopped: Outcome | None = None
        """Why the run is to end, or has ended; None while it goes on."""
        self.on_own_thread = False
        """True while the run waits inside `parley()`: it needs a slot, not a thread."""
        self.said: list[Said] = []
        """What was said and is in no turn yet."""
        self.called_back = False
        """True if the run was called back and has not been told yet."""
        self.swaps: list[SeatSwap] = []
        """The seats in which bots are to sit down between two parleys."""
        self._mail_came = False
        self._waiting_for: object | None = None
        self._waiter: threading.Lock | None = None
        self._tick_slot = 0

    # The thread that steps the run.

    def begin(self) -> bool:
        """READY → RUNNING. False if the run was queued in vain; raises nothing."""
        with self._lock:
            if self.phase is not Phase.READY:
                return False
            self.phase = Phase.RUNNING
            return True

    def look(self) -> bool:
        """A parley begins: the mail that came until now is in its mailboxes, and can be read in it.

        Returns:
            True if there came some since this was last called.
        """
        # Without the lock: what comes in this very moment is in its mailbox already.
        mail_came, self._mail_came = self._mail_came, False
        return mail_came

    def take_said(self) -> list[Said]:
        """Return what was said since this was last asked."""
        with self._lock:
            said = self.said
            if said:
                self.said = []
            return said

    def take_call(self) -> None:
        """The run is told that it was called back."""
        self.called_back = False

    def park(self, set_tick: SetTick) -> bool:
        """RUNNING → PARKED, until mail or a tick. False, and still RUNNING, if something came since `look()`."""
        with self._lock:
            if self._mail_came or self.said or self.stopped is not None:
                return False
            self.phase = Phase.PARKED
            self._tick_slot = set_tick(self._tick_slot)
            return True

    def make_room(self, set_tick: SetTick | None) -> bool:
        """Let others go first: RUNNING → READY, or with `set_tick` → PARKED unless something came since `look()`.

        Returns:
            True for "queue it".
        """
        with self._lock:
            if set_tick is None or self._mail_came or self.said or self.stopped is not None:
                self.phase = Phase.READY
                return True
            self.phase = Phase.PARKED
            self._tick_slot = set_tick(self._tick_slot)
            return False

    def fall_asleep(self) -> None:
        """RUNNING → DORMANT.

        Raises:
            RunStopped: The run is to end instead.
        """
        with self._lock:
            if self.stopped is not None:
                raise RunStopped
            self.phase = Phase.DORMANT

    def block(
        self,
        waiting_for: object | None,
        has_news: Callable[[], bool],
        hold_thread: Callable[[], None],
        set_tick: SetTick | None,
    ) -> bool:
        """RUNNING → BLOCKED. The caller gives its slot up then, and calls `await_slot()`.

        Args:
            waiting_for: Whose mail alone wakes the run; None for anybody's.
            has_news: Says, under the lock, whether what is waited for is there already.
            hold_thread: Counts the thread that the run keeps.
            set_tick: Has a tick wake the run, too; None for none.

        Returns:
            False, and still RUNNING, if there is something to look at.

        Raises:
            RunStopped: The run is to end.
        """
        with self._lock:
            if self.stopped is not None:
                raise RunStopped
            if self.said:
                return False  # by a thread of the world's own, in the moment before
            if has_news() or (self._mail_came and waiting_for is None):
                self._mail_came = False
                return False
            hold_thread()
            self._mail_came = False
            self.phase = Phase.BLOCKED
            self.on_own_thread = True
            self._waiting_for = waiting_for
            if self._waiter is None:
                self._waiter = threading.Lock()
                self._waiter.acquire()
            if set_tick is not None:
                self._tick_slot = set_tick(self._tick_slot)
            return True

    def await_slot(self) -> None:
        """BLOCKED → READY → RUNNING. Waits until the run was woken, queued, and granted a slot."""
        assert self._waiter is not None
        self._waiter.acquire()
        with self._lock:
            self.phase = Phase.RUNNING
            self.on_own_thread = False
            self._waiting_for = None

    def close(self, outcome: Outcome) -> None:
        """The run ends with this: from here on `act()` raises, so that no `shutdown()` can wait for anybody."""
        with self._lock:
            self.stopped = outcome

    def done(self) -> None:
        """→ DONE. What is said from now on is refused."""
        with self._lock:
            self.phase = Phase.DONE

    # Any thread.

    def grant(self) -> None:
        """Give a slot to the thread that waits in `await_slot()`."""
        assert self._waiter is not None
        self._waiter.release()

    def mail_came(self, to: object) -> bool:
        """There is mail for somebody. Returns True for "queue it"."""
        with self._lock:
            self._mail_came = True
            if self.phase is Phase.PARKED or (
                self.phase is Phase.BLOCKED and (self._waiting_for is None or self._waiting_for is to)
            ):
                self.phase = Phase.READY
                return True
            return False

    def swap(self, swap: SeatSwap) -> bool:
        """A bot is to sit down in a seat. Returns True for "queue it"."""
        with self._lock:
            self.swaps = [*self.swaps, swap]
        return self.mail_came(swap)

    def take_swaps(self) -> list[SeatSwap]:
        """Return what was to be swapped since this was last asked."""
        with self._lock:
            swaps, self.swaps = self.swaps, []
            return swaps

    def waits_for(self, kind: type) -> bool:
        """Whether it waits inside `parley()` for something of that kind, or for anything that may come."""
        with self._lock:
            waiting_for = self._waiting_for
            return self.phase is Phase.BLOCKED and (waiting_for is None or isinstance(waiting_for, kind))

    def tick_came(self, slot: int) -> bool:
        """The tick of that slot has come; it counts if the run still waits for it. True for "queue it"."""
        with self._lock:
            if self._tick_slot != slot:
                return False
            if self.phase is Phase.PARKED or (self.phase is Phase.BLOCKED and self._waiting_for is None):
                self.phase = Phase.READY
                return True
            return False

    def speak(self, said: Said) -> bool | None:
        """Keep what was said for the next turn; a world that rests is woken to make one.

        Returns:
            True for "queue it"; None if it is too late: the run is DONE.
        """
        with self._lock:
            if self.phase is Phase.DONE:
                return None
            self.said.append(said)
            if self.phase is Phase.PARKED or self.phase is Phase.BLOCKED:
                self.phase = Phase.READY
                return True
            return False

    def call_back(self) -> bool:
        """Wake a DORMANT overworld. Returns True for "queue it", False if it does not sleep."""
        with self._lock:
            if self.phase is not Phase.DORMANT:
                return False
            self.called_back = True
            self.phase = Phase.READY
            return True

    def stop(self, outcome: Outcome) -> bool:
        """End the run as soon as it lets go; the first reason counts. Returns True for "queue it"."""
        with self._lock:
            if self.stopped is not None or self.phase is Phase.DONE:
                return False
            self.stopped = replace(outcome, forced=True)
            if self.phase in (Phase.PARKED, Phase.BLOCKED, Phase.DORMANT):
                self.phase = Phase.READY
                return True
            return False
