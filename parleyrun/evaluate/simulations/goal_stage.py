"""Where simulated conversations are played: in this process, or behind a face that hosts have, too."""

from __future__ import annotations

import queue
from dataclasses import dataclass
from typing import Protocol

from ...core.metrics.metrics import Report
from ..log.example_record import ExampleKey, ExampleRecord
from ..task_self_chat import INTERRUPTED, TaskSelfChat
from .goals_file import UserGoal
from .simulated_conversation import SimulatedConversation


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalPlay:
    """A conversation that is to be played.

    Attributes:
        key: Which example it is.
        goal: What the user wants.
        user: The role of the user.
        tries: Which time it is that it is played, from 1.
    """

    key: ExampleKey
    goal: UserGoal
    user: str
    tries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedGoal:
    """What became of a conversation; `measured` is what its world measured."""

    record: ExampleRecord
    measured: Report


class PlaysGoals(Protocol):
    """Plays conversations, several at the same time. One thread."""

    @property
    def room(self) -> int:
        """How many more may be begun now."""

    def begin(self, play: GoalPlay) -> None:
        """Begin a conversation."""

    def next(self) -> PlayedGoal | None:
        """Return the next one that is over, of those that were begun; None if one was interrupted. Blocks."""


class GoalStage:
    """Plays them in this process (`PlaysGoals`).

    Args:
        chat: Plays conversations of the task; it is open.
        concurrency: How many go on at the same time.
        timeout: How many seconds one may take; None for as long as it takes.
    """

    def __init__(self, chat: TaskSelfChat, concurrency: int, timeout: float | None) -> None:
        self._chat, self._timeout = chat, timeout
        self._over: queue.SimpleQueue[SimulatedConversation | None] = queue.SimpleQueue()
        self._tries: dict[ExampleKey, int] = {}
        self._concurrency = concurrency

    @property
    def room(self) -> int:
        """How many more may be begun now."""
        return self._concurrency - len(self._tries)

    def begin(self, play: GoalPlay) -> None:
        """Begin a conversation."""
        self._tries[play.key] = play.tries
        condition = self._chat.conditions[play.key.episode % len(self._chat.conditions)]
        most = self._chat.most_lines(condition)
        conversation = SimulatedConversation(play.goal, play.key, play.user, most, condition, self._over.put)
        self._chat.begin(conversation)
        seconds = self._timeout
        if seconds is not None:
            self._chat.call_later(seconds, lambda: conversation.give_up(seconds))

    def next(self) -> PlayedGoal | None:
        """Return the next one that is over; None if it was interrupted, or somebody has called `wake`. Blocks."""
        conversation = self._over.get()
        if conversation is None:
            return None
        tries = self._tries.pop(conversation.key)
        outcome = conversation.outcome
        if outcome is not None and outcome.reason == INTERRUPTED:
            return None
        record, measured = conversation.record(tries)
        return PlayedGoal(record=record, measured=measured)

    def wake(self) -> None:
        """Have whoever waits for the next one get None. Any thread."""
        self._over.put(None)
