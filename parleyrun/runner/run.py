"""One execution of one world: how it is stepped, from its first parley to its outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from ..core.thinking import SURROUNDINGS
from ..errors import Diverged, ModelError, NotRestored, RunStopped, WorldError
from .habits import Habit, same_values
from .person import PersonAgent
from .recorder import Recorder, SavedState, bots_of
from .run_context import RunContext
from .run_state import Phase, RunState
from .seating import RunSeating
from .seats.form_asking import close_forms
from .seats.seat_swap import swap_seats
from .timers import Wheel
from .turn import CANCELLED, GAVE_UP, LEFT, NO_ANSWER, CalledEnd, Outcome, OutcomeKind, RunIdentity, describe

log = logging.getLogger(__name__)

FAIR_PARLEYS = 64
"""How many parleys in a row a run may take before it gives its place to others."""


class Run:
    """Built by the runner; everybody else holds its future and its identity.

    Args:
        identity: Its names.
        build: Returns the world. Called in the first step, on a worker thread.
        agents: The people's seats, in order.
        context: What the runner has for all runs.
        wheel: Wakes runs by ticks.
        on_value: Told of the value of an overworld's `parley()`, which then sleeps; None for other worlds.
        saved: How far the run had come, if it is restored.
    """

    __slots__ = (
        "_agents",
        "_begun",
        "_build",
        "_called_end",
        "_context",
        "_end_reason",
        "_habit",
        "_left_to_read",
        "_method",
        "_on_value",
        "_recorder",
        "_restored",
        "_stays_done",
        "_was_busy",
        "_world",
        "future",
        "identity",
        "seating",
        "state",
    )

    def __init__(
        self,
        identity: RunIdentity,
        build: Callable[[], Any],
        agents: Sequence[PersonAgent],
        context: RunContext,
        wheel: Wheel[Run],
        on_value: Callable[[Any], None] | None = None,
        saved: SavedState | None = None,
    ) -> None:
        self.identity = identity
        self.future: Future[Outcome] = Future()
        self.state = RunState(asleep=saved is not None and saved.asleep)
        self._begun: bool | None = None
        self._build: Callable[[], Any] | None = build
        self._agents = tuple(agents)
        self._context = context
        self._recorder = Recorder(
            identity, self._agents, context.snapshots, saved, left_out=partial(context.left_out, identity.world)
        )
        self.seating = RunSeating(
            self._agents,
            self.state,
            self._recorder,
            context,
            queue=partial(context.slots.queue, self),
            tick=partial(wheel.add, self),
            flush=partial(self._flush, between=False),
        )
        self._called_end: CalledEnd | None = None
        # How many messages are read before that at most: those that were there when it was called.
        self._left_to_read = 0
        self._end_reason = ""
        self._on_value = on_value
        self._restored = saved is not None
        # An overworld that was done when it chose, and has not said otherwise since it was called back: its
        # episode_done() says nothing about this visit.
        self._stays_done = False
        self._habit = Habit()
        self._world: Any = None
        self._method = "generate_world"
        # The parley before was a busy one, and the one in which nothing may happen has not been yet.
        self._was_busy = False

    def open(self) -> None:
        """Seat the agents; from now on their mail wakes this run. The first step builds the world."""
        self.future.add_done_callback(partial(_stop_if_cancelled, self.seating))
        self.seating.sit_down()
        if self.state.phase is not Phase.DORMANT:
            self.seating.listen()

    def call_back(self) -> bool:
        """Wake a sleeping overworld, whose `return_overworld()` is called. Any thread.

        Returns:
            False if it does not sleep.
        """
        if not self.state.call_back():
            return False
        self.seating.listen()
        self._context.slots.queue(self)
        return True

    def call_end(self, end: CalledEnd) -> None:
        """Have the run come to its end, by its world if that knows how to. Any thread.

        What was said before is read first, as far as the world reads it. Then it is told, between two parleys. It
        has a tick from now to say that it is over.
        """
        self._left_to_read = sum(len(agent.mailbox) for agent in self._agents)
        self._called_end = end
        if self.state.mail_came(self):
            self._context.slots.queue(self)
        self._context.timers.call_later(self._context.tick_seconds, partial(self.seating.stop, end.outcome))

    def step(self) -> bool:
        """Take the run as far as it goes now (`slots.SlotSeeker`)."""
        if self.state.on_own_thread:
            self.state.grant()
            return True
        if not self.state.begin():
            return False
        outcome: Outcome | None = None
        ended = False
        SURROUNDINGS.set(self.seating)
        try:
            outcome = self._advance()
        except Diverged as error:
            outcome = self.state.stopped or Outcome("stopped", str(error), forced=True)
        except RunStopped:
            outcome = self.state.stopped or Outcome("stopped", GAVE_UP if self._begun else CANCELLED)
        except NotRestored as error:
            if error.may_fit_again:
                self._set_aside(error)
                ended = True
            else:
                log.error("run %s cannot go on: %s", self.identity, error)
                outcome = Outcome("stopped", str(error), forced=True)
        except BaseException as error:  # a world may raise anything at all, and no other run may notice
            self._fail(error)
            ended = True
        finally:
            SURROUNDINGS.set(None)
        if outcome is not None:
            self._close(outcome)
            ended = True
            if self._is_begun():
                self.future.set_result(outcome)
        # A run that rests may be stepped by another thread by now, and be ended there: what is let go of at the
        # end is let go of by the thread that has taken the last turn.
        if self.seating.ticket.promised:
            self.seating.ticket.settle()
        if ended:
            self.seating.stop_listening(for_good=True)
        return False

    def _is_begun(self) -> bool:
        """From now on the future is running, and cannot be cancelled. False if it was."""
        if self._begun is None:
            self._begun = self.future.set_running_or_notify_cancel()
        return self._begun

    def _advance(self) -> Outcome | None:
        """Parley until nothing happens, the world is done, or it is others' turn."""
        state, seating, recorder = self.state, self.seating, self._recorder
        if state.stopped is not None:
            raise RunStopped
        if self._build is not None:
            self._open_world()
        world = self._world
        if state.called_back:
            self._come_back(world)
        if state.said:
            # Said before the parley begins, and so not to be said by it again, should it be run again.
            self._flush(between=True)
        listened = False
        for _ in range(FAIR_PARLEYS):
            is_called = self._called_end is not None and recorder.replay is None
            if is_called and not self._reads_on():
                outcome = self._end_as_called()
                if outcome is not None:
                    return outcome
            if state.swaps and recorder.replay is None:
                swap_seats(world, self._agents, self.state.take_swaps(), seating)
                recorder.changed_outside(world)
                self._flush(between=True)
            mail_came = seating.parley_begins()
            recorder.parley_begins(world)
            # A parley that follows a busy one, and in which there is nothing to read: what the world makes of it
            # says whether it needs such parleys.
            before = self._attributes() if self._was_busy and not mail_came else None
            self._was_busy = False
            self._method = "parley"
            value = world.parley()
            if state.stopped is not None:
                raise RunStopped
            recorder.parley_over()
            listened = listened or seating.heard
            if is_called:
                self._left_to_read = self._left_to_read - 1 if seating.heard else 0
            if before is not None and not seating.heard:
                self._learn(
                    went_on=seating.progress or value is not None or not same_values(before, self._attributes())
                )
            if value is not None and self._on_value is not None:
                self._fall_asleep(value)
                return None
            self._method = "episode_done"
            done = world.episode_done()
            if not done:
                self._stays_done = False
            elif not self._stays_done:
                if before is not None and not seating.heard:
                    self._learn(went_on=True)
                return self._natural_outcome()
            if seating.progress or state.said or recorder.bots:
                self._flush(between=True)
                self._was_busy = not seating.news_waits
                rests = self._was_busy and self._habit.always_rests
            else:
                recorder.nothing_happened()
                rests = True
            if rests and (self._called_end is None or recorder.replay is not None):
                if seating.unanswered is not None:
                    seating.leave_unanswered()
                if state.park(seating.set_tick):
                    return None
        # Others come first. A world that only talks, and so never waits for anybody, waits for a tick.
        if state.make_room(None if listened else seating.set_first_tick):
            self._context.slots.queue(self)
        return None

    def _come_back(self, world: Any) -> None:
        """Its person is back in an overworld."""
        self.state.take_call()
        self._method = "return_overworld"
        world.return_overworld()
        self._recorder.changed_outside(world)
        self._method = "episode_done"
        self._stays_done = bool(world.episode_done())

    def _reads_on(self) -> bool:
        """Whether there is something still to be read that was said before the end was called."""
        return self._left_to_read > 0 and self.seating.news_waits

    def _end_as_called(self) -> Outcome | None:
        """Tell the world that it is to end. Returns its outcome if it is over with that.

        Raises:
            RunStopped: It does not know how to.
        """
        end, self._called_end = self._called_end, None
        assert end is not None
        world = self._world
        tell = getattr(world, end.method, None)
        if not callable(tell):
            self.state.stop(end.outcome)
            raise RunStopped
        self._end_reason = end.reason
        self._method = end.method
        tell()
        self._recorder.changed_outside(world)
        self._method = "episode_done"
        if world.episode_done():
            return self._natural_outcome()
        if self.state.said:
            self._flush(between=True)
        return None

    def _open_world(self) -> None:
        if not self._is_begun():
            raise RunStopped
        build, self._build = self._build, None
        assert build is not None
        world = build()
        if not callable(getattr(world, "parley", None)) or not callable(getattr(world, "episode_done", None)):
            raise WorldError(
                f"expected a world (with parley() and episode_done()) from "
                f"{self.identity.world}.generate_world(opt, agents), got {world!r:.80}"
            )
        self._world = world
        if bots := bots_of(world):
            self.seating.take_in(bots, restored=self._restored)
        elif self._restored:
            self._context.signs.bots_sit(self.identity.uid, (), None)  # those that were there have left
        if self._restored and self._on_value is not None and hasattr(world, "return_overworld"):
            self._method = "episode_done"
            self._stays_done = bool(world.episode_done())
        self._habit = self._context.habits.of(type(world))
        self._recorder.opened(world, self._habit)

    def _attributes(self) -> list[Any]:
        """Return what the world holds at this moment, to be compared by identity only."""
        return list(getattr(self._world, "__dict__", {}).values())

    def _learn(self, *, went_on: bool) -> None:
        if went_on:
            self._habit.went_on()
        else:
            self._habit.rested()

    def _fall_asleep(self, value: Any) -> None:
        """An overworld has sent its person elsewhere: sleep until it is called back."""
        self.seating.stop_listening()
        self._flush(between=True, value=value)
        self.seating.leave_unanswered()
        self.state.fall_asleep()
        assert self._on_value is not None
        self._on_value(value)

    def _flush(self, *, between: bool, value: Any = None) -> None:
        """Commit what was said and heard; `between` says that no parley is going on."""
        turn = self._recorder.turn(self.state.take_said(), self._world, between=between, value=value)
        if turn is not None:
            self._context.commit(turn)

    def _natural_outcome(self) -> Outcome:
        kind: OutcomeKind = "finished"
        reason = self._end_reason
        if who := self.seating.who_left:
            kind, reason = "left", LEFT.format(who=who)
        elif silent := next((agent for agent in self._agents if agent.timed_out), None):
            kind, reason = "timed out", NO_ANSWER.format(who=silent.role or silent.id)
        return Outcome(kind, reason, getattr(self._world, "data", {}))

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, ModelError):
            # Nobody's code is wrong, so there is nothing in a traceback to look for.
            reason = f"a model gave no answer ({error.cause.value}): {error}"
            log.error("run %s failed: %s", self.identity, reason)
        else:
            reason = f"{self.identity.world}.{self._method}() raised {describe(error)}"
            log.error("run %s failed: %s", self.identity, reason, exc_info=error)
        self._close(Outcome("failed", reason))
        self.future.set_exception(error)

    def _close(self, outcome: Outcome) -> None:
        self.state.close(outcome)
        self.seating.leave_unanswered()
        world, self._world = self._world, None
        self.seating.stop_listening()
        for what in (world, *self._agents):
            self._shut_down(what)
        close_forms(self._agents, self.seating)
        # Done before the last turn is taken: what is said too late is refused, and never lost.
        self.state.done()
        turn = self._recorder.turn(self.state.take_said(), None, between=True, outcome=outcome)
        assert turn is not None
        try:
            self._context.commit(turn)
        except Exception:
            log.exception("run %s: its last turn could not be recorded", self.identity)

    def _set_aside(self, error: NotRestored) -> None:
        """End without a word on record: there the run goes on, until somebody can go on with it."""
        self.state.close(Outcome("stopped", str(error), forced=True))
        self.seating.stop_listening()
        self.state.done()
        self.future.set_exception(error)

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


def _stop_if_cancelled(seating: RunSeating, future: Future[Outcome]) -> None:
    """The future is done: if that is so because it was cancelled, the run ends before it has begun."""
    if future.cancelled():
        seating.stop(Outcome("stopped", CANCELLED))
