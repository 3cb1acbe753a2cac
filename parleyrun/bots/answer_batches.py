"""Answer batches: turns of many conversations that wait at the same time are answered in one call."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from ..core.thinking import UNDISTURBED, CallLater, Thinking, thinking_here
from ..errors import AgentError, ModelError, ModelFailure
from ..runner.timers import Timers

log = logging.getLogger(__name__)

FAILS_ALONE = 2
"""After so many that failed alone, the first of a batch, the others of it are not asked any more."""

Wake = Callable[[], None]
"""Ends somebody's waiting."""

_UNTIL_TOLD = 1.0
"""How long to wait for being told, for those who go by time alone; nobody does who waits behind another."""


class AnswerBatches:
    """Gathers what the seats of one model are asked. Any thread; one call of the model at a time, in turn.

    Who has waited longest leads: it waits for others until the batch is full or its time is over, and makes the
    call for all of them on its own thread. Nobody looks twice: whoever waits is woken.

    Args:
        agent: What is asked: its `batch_act(observations)` returns as many acts.
        max_batch: How many observations go into one call at most.
        max_wait_seconds: How long one waits for others.
        timers: Of the service: that time is theirs.
    """

    def __init__(self, agent: Any, max_batch: int, max_wait_seconds: float, timers: Timers) -> None:
        self._agent = agent
        self._max_batch = max_batch
        self._max_wait_seconds = max_wait_seconds
        self._timers = timers
        self._lock = threading.Lock()  # guards all below, and what is in those who wait
        self._waiting: deque[_Asked] = deque()
        self._leader: _Asked | None = None
        self._called: Sequence[_Asked] = ()
        self._is_closed = False
        self.calls = 0
        """How many calls of the model were made."""
        self.answered = 0
        """How many observations these were for."""

    def ask(self, observation: Any, thinking: Thinking = UNDISTURBED) -> Any:
        """Return the act that answers an observation. Blocks.

        Args:
            observation: What the agent's `observe` returned, `{}` if it was shown nothing since.
            thinking: Says whether anybody still waits for the answer; the others of its batch get theirs anyway.

        Raises:
            ModelError: The call failed, the model was closed, or nobody waits for the answer any more.
        """
        asked = _Asked(observation, self._timers.clock.monotonic())
        with self._lock:
            if self._is_closed:
                raise _cut("the model was closed")
            self._waiting.append(asked)
            wakes = self._wakes_of_a_full_batch()
            if self._leader is None:
                self._leader = asked
        _wake(wakes)
        while not asked.done:
            if thinking.is_over():
                self._leave(asked)
                raise _cut("nobody waited any more")
            if self._leader is asked:
                self._lead(asked, thinking)
            else:
                thinking.wait(_UNTIL_TOLD, asked.told(self._lock))
        if asked.error is not None:
            raise asked.error
        return asked.act

    def close(self) -> None:
        """Have all who wait go with an error, and whoever comes later too. A call that is being made goes on."""
        with self._lock:
            self._is_closed = True
            wakes = [
                each.finish(_cut("the model was closed"))
                for each in (*self._waiting, *self._called)
                if not each.done
            ]
            self._waiting.clear()
        _wake(wakes)

    def _lead(self, asked: _Asked, thinking: Thinking) -> None:
        """Wait for others, once, as long as that makes sense; then make the call."""
        left_seconds = asked.came_at + self._max_wait_seconds - self._timers.clock.monotonic()
        with self._lock:
            asked.is_told = False
            is_full = len(self._waiting) >= self._max_batch
        if not is_full and left_seconds > 0:
            thinking.wait(left_seconds, asked.told(self._lock, self._timers.call_later))
            if thinking.is_over():
                return
        with self._lock:
            if asked.done:
                return
            batch = [self._waiting.popleft() for _ in range(min(self._max_batch, len(self._waiting)))]
            self._called = batch
        try:
            # What one of them waits for is no reason to end the call of all.
            with thinking_here(UNDISTURBED):
                self._answer(batch)
        finally:
            self._hand_over()

    def _answer(self, batch: Sequence[_Asked]) -> None:
        """Make the call; if it fails, one for each, so that nobody pays for what somebody else said."""
        error = self._call(batch)
        if error is None or len(batch) == 1 or isinstance(error, ModelError):
            self._finish(batch, error)
            return
        log.warning(
            "a batch of %d failed (%s: %s); each is asked by itself", len(batch), type(error).__name__, error
        )
        failures = 0
        for index, each in enumerate(batch):
            error = self._call([each])
            failures += error is not None
            self._finish([each], error)
            if failures == index + 1 == FAILS_ALONE:
                self._finish(batch[index + 1 :], error)
                return

    def _call(self, batch: Sequence[_Asked]) -> Exception | None:
        """Have a batch answered; return what went wrong. One thread at a time."""
        self.calls += 1
        self.answered += len(batch)
        try:
            acts = list(self._agent.batch_act([each.observation for each in batch]))
            if len(acts) != len(batch):
                raise AgentError(
                    f"expected {len(batch)} acts of {type(self._agent).__name__}.batch_act(), got {len(acts)}"
                )
        except Exception as error:  # an author's model may raise anything
            return error
        for each, act in zip(batch, acts, strict=True):
            each.act = act
        return None

    def _finish(self, batch: Sequence[_Asked], error: Exception | None) -> None:
        with self._lock:
            wakes = [each.finish(_error_for_one(error)) for each in batch if not each.done]
        _wake(wakes)

    def _hand_over(self) -> None:
        """Whatever came of the call: nobody of it waits any more, and the next one leads."""
        with self._lock:
            wakes = [each.finish(_cut("the call was ended")) for each in self._called if not each.done]
            self._called = ()
            wakes.append(self._next_leads())
        _wake(wakes)

    def _next_leads(self) -> Wake | None:
        self._leader = self._waiting[0] if self._waiting else None
        return None if self._leader is None else self._leader.tell()

    def _leave(self, asked: _Asked) -> None:
        wake = None
        with self._lock:
            if asked in self._waiting:
                self._waiting.remove(asked)
            if self._leader is asked:
                wake = self._next_leads()
        _wake([wake])

    def _wakes_of_a_full_batch(self) -> list[Wake | None]:
        leader = self._leader
        is_full = len(self._waiting) >= self._max_batch and not self._called
        return [leader.tell()] if leader is not None and is_full else []


class _Asked:
    """An observation that waits for its act. The lock of its batches guards it."""

    __slots__ = ("_wake", "act", "came_at", "done", "error", "is_told", "observation")

    def __init__(self, observation: Any, came_at: float) -> None:
        self.observation = observation
        self.came_at = came_at
        self.act: Any = None
        self.error: ModelError | None = None
        self.done = False
        self.is_told = False
        self._wake: Wake | None = None

    def told(self, lock: threading.Lock, call_later: CallLater | None = None) -> CallLater:
        """Return what calls back once this one is told something; with `call_later` also once time is over."""

        def until(seconds: float, wake: Wake) -> object:
            with lock:
                told, self.is_told = self.is_told, False
                self._wake = None if told else wake
            if told:
                wake()
            elif call_later is not None:
                return call_later(seconds, wake)
            return None

        return until

    def tell(self) -> Wake | None:
        """Something has changed for it; return what wakes it, to be called without the lock."""
        wake, self._wake = self._wake, None
        self.is_told = wake is None
        return wake

    def finish(self, error: ModelError | None) -> Wake | None:
        """It waits no longer; return what wakes it."""
        self.error = error
        self.done = True
        return self.tell()


def _wake(wakes: Sequence[Wake | None]) -> None:
    for wake in wakes:
        if wake is not None:
            wake()


def _error_for_one(error: Exception | None) -> ModelError | None:
    """Return an error that one thread may raise while others raise theirs."""
    if error is None:
        return None
    if isinstance(error, ModelError):
        own = ModelError(
            str(error),
            error.cause,
            status=error.status,
            may_pass=error.may_pass,
            wait_seconds=error.wait_seconds,
        )
    else:
        own = ModelError(f"{type(error).__name__}: {error}", ModelFailure.CODE)
    own.__cause__ = error
    return own


def _cut(what: str) -> ModelError:
    return ModelError(f"{what} before there was an answer", ModelFailure.CUT)
