"""One execution of one world: the state machine between a world and the threads that step it.

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
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from ..core.message import Message
from ..errors import Diverged, NotRestored, RunnerError, RunStopped, WorldError
from .habits import Habits
from .person import PersonAgent
from .recorder import Recorder, SavedState, Snapshots
from .turn import Outcome, OutcomeKind, RunIdentity, Said, Turn

log = logging.getLogger(__name__)

FIRST_TICK_SECONDS = 0.3
"""How soon a parked world is looked at again; doubles up to the runner's `tick_seconds`."""

FAIR_PARLEYS = 64
"""How many parleys in a row a run may take before it gives its place to others."""


class State(enum.Enum):
    READY = "ready"
    RUNNING = "running"
    BLOCKED = "blocked"
    PARKED = "parked"
    DORMANT = "dormant"
    DONE = "done"


class Host(Protocol):
    """What a run needs of the runner that executes it."""

    tick_seconds: float

    def ready(self, run: Run) -> None: ...

    def tick(self, run: Run, seconds: float, slot: int) -> int: ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Any: ...

    def now(self) -> float: ...

    def wall_time(self) -> float: ...

    def commit(self, turn: Turn) -> None: ...

    def typing(self, participant_id: str, persona_id: str | None) -> None: ...

    def enter_blocked(self) -> None: ...

    def yield_slot(self) -> None: ...

    def leave_blocked(self) -> None: ...

    def finished(self, run: Run) -> None: ...

    @property
    def snapshots(self) -> Snapshots | None: ...

    @property
    def habits(self) -> Habits: ...


class Run:
    """Built by the runner; everybody else holds its future and its identity."""

    __slots__ = (
        "_agents",
        "_build",
        "_call_back",
        "_host",
        "_idle_parleys",
        "_leaving_ignored",
        "_listened",
        "_lock",
        "_mail_came",
        "_method",
        "_on_value",
        "_own_thread",
        "_progress",
        "_recorder",
        "_said",
        "_state",
        "_stop",
        "_tick_slot",
        "_waiter",
        "_waiting_for",
        "_world",
        "future",
        "identity",
        "parley_number",
    )

    def __init__(
        self,
        identity: RunIdentity,
        build: Callable[[], Any],
        agents: Sequence[PersonAgent],
        host: Host,
        on_value: Callable[[Any], None] | None = None,
        saved: SavedState | None = None,
    ) -> None:
        self.identity = identity
        self.future: Future[Outcome] = Future()
        self.parley_number = 0
        self._build: Callable[[], Any] | None = build
        self._agents = tuple(agents)
        self._host = host
        self._recorder = Recorder(identity, self._agents, host.snapshots, host.habits, saved)
        self._on_value = on_value
        # Guards the state and what other threads write: _state, _stop, _mail_came, _said, _waiting_for.
        self._lock = threading.Lock()
        self._state = State.DORMANT if saved is not None and saved.asleep else State.READY
        self._stop: Outcome | None = None
        self._mail_came = False
        self._waiting_for: PersonAgent | None = None
        self._own_thread = False
        self._waiter: threading.Lock | None = None
        self._call_back = False
        self._world: Any = None
        self._method = "generate_world"
        self._progress = False
        self._listened = False
        self._leaving_ignored = False
        self._idle_parleys = 0
        self._tick_slot = 0
        self._said: list[Said] = []

    # -- called by the runner -----------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self._state

    @property
    def on_own_thread(self) -> bool:
        """True while the run waits inside `parley()`: it needs a slot, not a thread."""
        return self._own_thread

    def open(self) -> None:
        """Seat the agents; from now on their mail wakes this run. The first step builds the world."""
        self.future.set_running_or_notify_cancel()
        for seat, agent in enumerate(self._agents):
            agent.seat = seat
            agent.message_partners = tuple(other for other in self._agents if other is not agent)
            agent.bind(self)
        if self._state is not State.DORMANT:
            self._listen()

    def grant(self) -> None:
        """Give the slot to the thread that waits in this run."""
        assert self._waiter is not None
        self._waiter.release()

    def step(self) -> None:
        """Take the run as far as it goes now. On a worker thread that holds a slot; never raises."""
        with self._lock:
            if self._state is not State.READY:
                return
            self._state = State.RUNNING
        try:
            outcome = self._advance()
        except Diverged as error:
            outcome = self._stop or Outcome("stopped", str(error), forced=True)
        except RunStopped:
            outcome = self._stop or Outcome("stopped", "the world raised RunStopped itself")
        except NotRestored as error:
            log.error("run %s cannot go on: %s", self.identity, error)
            outcome = Outcome("stopped", str(error), forced=True)
        except BaseException as error:  # a world may raise anything at all, and no other run may notice
            self._fail(error)
            return
        if outcome is not None:
            self._finish(outcome)

    def wake_from_tick(self, slot: int) -> bool:
        """Make the run ready if it still waits for that slot of the wheel. The caller queues it."""
        with self._lock:
            if self._tick_slot != slot:
                return False
            if self._state is State.PARKED or (self._state is State.BLOCKED and self._waiting_for is None):
                self._state = State.READY
                return True
            return False

    def stop(self, outcome: Outcome) -> None:
        """End the run with this outcome as soon as it lets go. Any thread."""
        with self._lock:
            if self._stop is not None or self._state is State.DONE:
                return
            self._stop = replace(outcome, forced=True)
            ready = self._wake()
        if ready:
            self._host.ready(self)

    def call_back(self) -> bool:
        """Wake a dormant overworld, whose `return_overworld()` is called. False if it sleeps no more."""
        with self._lock:
            if self._state is not State.DORMANT or self._stop is not None:
                return False
            self._call_back = True
            self._state = State.READY
        self._listen()
        self._host.ready(self)
        return True

    def person_left(self, agent: PersonAgent) -> None:
        """Somebody went for good: tell the world, and end it one tick later if it takes no notice."""
        agent.mark_left()
        self._mail_arrived(agent)
        if all(other.left for other in self._agents):
            # The world is told, and may put things in order, but there is nobody left for whom to go on.
            end = partial(self.stop, Outcome("left", "everybody has left"))
            self._host.call_later(self._host.tick_seconds, end)
            return
        self._host.call_later(self._host.tick_seconds, partial(self._end_unless_noticed, agent))

    # -- called by the seats (class PersonAgent) ----------------------------------------------------------

    def check_stopped(self) -> None:
        if self._stop is not None or self._state is State.DONE:
            raise RunStopped

    @property
    def replaying(self) -> bool:
        return self._recorder.replaying

    def hear_again(self, agent: PersonAgent) -> Message | None:
        message = self._recorder.hear_again(agent.seat)
        if message is not None:
            self._progress = self._listened = True
        return message

    def heard(self, agent: PersonAgent, message: Message, reference: str | None) -> None:
        self._progress = self._listened = True
        self._idle_parleys = 0
        self._recorder.heard(agent.seat, message, reference)

    def say(self, agent: PersonAgent, message: Message) -> None:
        if self._recorder.replaying:
            self._progress = True
            self._recorder.say_again(agent.id, message)
            return
        with self._lock:
            if self._state is State.DONE:
                raise RunnerError(f"run {self.identity} has ended: nothing more can be said to {agent.id} in it")
            self._said.append(Said(agent.id, message, self._host.wall_time()))
            self._progress = True
            # A world may speak from a thread of its own while it waits; its words go out with a turn.
            ready = self._state in (State.PARKED, State.BLOCKED) and self._wake()
        if ready:
            self._host.ready(self)

    def typing(self, agent: PersonAgent, persona_id: str | None) -> None:
        if self._recorder.replaying:
            return
        # What was said before must be seen before.
        self._flush(between=False)
        self._host.typing(agent.id, persona_id)

    def leaving_ignored(self, agent: PersonAgent) -> None:
        if not self._leaving_ignored:
            self._leaving_ignored = True
            outcome = Outcome("left", f"{agent.role or agent.id} left and the world went on asking them")
            self._host.call_later(self._host.tick_seconds, partial(self.stop, outcome))

    def now(self) -> float:
        return self._host.now()

    def wait(self, agent: PersonAgent, *, only: bool, seconds: float | None) -> bool:
        """Hold this thread, without a slot, until there is something to look at.

        That is mail for `agent` if `only`, for anybody or a tick otherwise; the end of `seconds`; a stop.
        Raises `RunStopped`, and `TooManyBlockedRuns` where the runner can hold no more threads.
        """
        if self._recorder.replaying:
            self._recorder.wait_again(agent, only=only)
            return True
        self._recorder.waits_inside(self._world)
        self._flush(between=False)
        with self._lock:
            if self._stop is not None:
                raise RunStopped
            news = len(agent.mailbox) or (agent.left and not agent.left_told)
            if news or (self._mail_came and not only):
                self._mail_came = False
                return True
            self._host.enter_blocked()
            self._mail_came = False
            self._state = State.BLOCKED
            self._own_thread = True
            self._waiting_for = agent if only else None
            if self._waiter is None:
                self._waiter = threading.Lock()
                self._waiter.acquire()
            if not only:
                self._tick_slot = self._host.tick(self, self._next_tick(), self._tick_slot)
        timer = None if seconds is None else self._host.call_later(seconds, partial(self._mail_arrived, agent))
        self._host.yield_slot()
        self._waiter.acquire()
        if timer is not None:
            timer.cancel()
        with self._lock:
            self._state = State.RUNNING
            self._own_thread = False
            self._waiting_for = None
        self._host.leave_blocked()
        self.check_stopped()
        return True

    # -- the run's own steps ------------------------------------------------------------------------------

    def _advance(self) -> Outcome | None:
        """Parley until nothing happens, the world is done, or it is others' turn."""
        self.check_stopped()
        if self._build is not None:
            self._open_world()
        if self._call_back:
            self._call_back = False
            self._method = "return_overworld"
            self._world.return_overworld()
            self._recorder.changed_outside(self._world)
        if self._said:
            # Said before the parley begins, and so not to be said by it again, should it be run again.
            self._flush(between=True)
        self._listened = False
        for _ in range(FAIR_PARLEYS):
            # Mail that came before this line is in the mailbox already, and this parley can read it.
            self._mail_came = False
            self._progress = False
            self._recorder.parley_begins(self._world)
            self.parley_number += 1
            self._method = "parley"
            value = self._world.parley()
            self.check_stopped()
            self._recorder.parley_over(self._world)
            if value is not None and self._on_value is not None:
                self._fall_asleep(value)
                return None
            self._method = "episode_done"
            if self._world.episode_done():
                return self._natural_outcome()
            if self._progress or self._said:
                self._flush(between=True)
            else:
                self._recorder.nothing_happened()
                if self._park():
                    return None
        self._make_room()
        return None

    def _open_world(self) -> None:
        build, self._build = self._build, None
        assert build is not None
        world = build()
        if not callable(getattr(world, "parley", None)) or not callable(getattr(world, "episode_done", None)):
            raise WorldError(
                f"expected a world (with parley() and episode_done()) from "
                f"{self.identity.world}.generate_world(opt, agents), got {world!r:.80}"
            )
        self._world = world
        self._recorder.opened(world)

    def _listen(self) -> None:
        for agent in self._agents:
            agent.listen(partial(self._mail_arrived, agent))

    def _mail_arrived(self, agent: PersonAgent) -> None:
        with self._lock:
            self._mail_came = True
            if self._state is State.PARKED or (
                self._state is State.BLOCKED and (self._waiting_for is None or self._waiting_for is agent)
            ):
                self._state = State.READY
            else:
                return
        self._host.ready(self)

    def _wake(self) -> bool:
        """Make a sleeping run ready, under the lock. True: the caller must queue it after letting go."""
        if self._state in (State.PARKED, State.BLOCKED, State.DORMANT):
            self._state = State.READY
            return True
        return False

    def _park(self) -> bool:
        with self._lock:
            if self._mail_came or self._said or self._stop is not None:
                return False
            self._state = State.PARKED
            self._tick_slot = self._host.tick(self, self._next_tick(), self._tick_slot)
            return True

    def _make_room(self) -> None:
        """Let others go first. A world that only talks, and so never waits for anybody, waits for a tick."""
        with self._lock:
            if self._listened or self._stop is not None:
                self._state = State.READY
            else:
                self._state = State.PARKED
                self._tick_slot = self._host.tick(self, FIRST_TICK_SECONDS, 0)
                return
        self._host.ready(self)

    def _fall_asleep(self, value: Any) -> None:
        """An overworld has sent its person elsewhere: sleep until it is called back."""
        for agent in self._agents:
            agent.stop_listening()
        turn = self._take_turn(None, between=True, value=value)
        if turn is not None:
            self._host.commit(turn)
        with self._lock:
            if self._stop is not None:
                raise RunStopped
            self._state = State.DORMANT
        assert self._on_value is not None
        self._on_value(value)

    def _next_tick(self) -> float:
        seconds = min(FIRST_TICK_SECONDS * 2.0**self._idle_parleys, self._host.tick_seconds)
        if seconds < self._host.tick_seconds:
            self._idle_parleys += 1
        return seconds

    def _flush(self, *, between: bool) -> None:
        turn = self._take_turn(None, between=between)
        if turn is not None:
            self._host.commit(turn)

    def _take_turn(self, outcome: Outcome | None, *, between: bool, value: Any = None) -> Turn | None:
        with self._lock:
            said = self._said
            if said:
                self._said = []
        return self._recorder.turn(said, self._world, between=between, value=value, outcome=outcome)

    def _end_unless_noticed(self, agent: PersonAgent) -> None:
        if not agent.left_told:
            self.stop(Outcome("left", f"{agent.role or agent.id} left and the world took no notice"))

    # -- the end ------------------------------------------------------------------------------------------

    def _natural_outcome(self) -> Outcome:
        kind: OutcomeKind = "finished"
        reason = ""
        for agent in self._agents:
            if agent.left:
                kind, reason = "left", f"{agent.role or agent.id} left"
            elif agent.timed_out and kind == "finished":
                kind, reason = "timed out", f"{agent.role or agent.id} did not answer in time"
        return Outcome(kind, reason, getattr(self._world, "data", {}))

    def _finish(self, outcome: Outcome) -> None:
        self._close(outcome)
        self.future.set_result(outcome)

    def _fail(self, error: BaseException) -> None:
        reason = f"{self.identity.world}.{self._method}() raised {describe(error)}"
        log.error("run %s failed: %s", self.identity, reason, exc_info=error)
        self._close(Outcome("failed", reason))
        self.future.set_exception(error)

    def _close(self, outcome: Outcome) -> None:
        # From here on act() raises RunStopped, so that a shutdown() that asks somebody cannot hang.
        self._stop = outcome
        world, self._world = self._world, None
        for agent in self._agents:
            agent.stop_listening()
        for what in (world, *self._agents):
            self._shut_down(what)
        # Done before the last turn is taken: what is said too late is refused, and never lost.
        with self._lock:
            self._state = State.DONE
        turn = self._take_turn(outcome, between=True)
        assert turn is not None
        try:
            self._host.commit(turn)
        except Exception:
            log.exception("run %s: its last turn could not be recorded", self.identity)
        self._host.finished(self)

    def _shut_down(self, what: Any) -> None:
        shutdown = getattr(what, "shutdown", None)
        if shutdown is None:
            return
        try:
            shutdown()
        except RunStopped:
            log.debug("run %s: shutdown() of %s asked somebody and was stopped", self.identity, what)
        except BaseException:
            log.exception("run %s: shutdown() of %s failed", self.identity, type(what).__name__)


def describe(error: BaseException) -> str:
    """Return `Kind: message` of whatever was raised; an author's exception may not even be printable."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except Exception:
        return f"{kind} (its message cannot be shown)"
