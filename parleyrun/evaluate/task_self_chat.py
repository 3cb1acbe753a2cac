"""Tasks of a service played by models: worlds as they are served, a bot in each seat, in a time of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from ..app.bot_stage import BotStage
from ..app.store_choice import make_store
from ..config.plan import Plan
from ..config.schema import MEMORY
from ..core.bot_seats.model_source import ModelFigures
from ..core.bot_seats.promises import Promises
from ..core.conditions import Value
from ..errors import WorldError
from ..runner.timers import ThreadTimers
from ..runner.turn import Outcome, Turn
from ..store.protocol import Publish, Store
from ..text import did_you_mean
from .played_conversation import PlayedConversation
from .skipping_timers import CountedTimers, SkippingTimers
from .task_play import TaskPlay, combinations, plan_with

SILENCE_SECONDS = 3600.0
"""A conversation in which nobody has said anything for so long, of its own time, is ended."""

END_SECONDS = 2.0
"""How long conversations that are ended may take to let go."""

LOOK_SECONDS = 1.0
SILENT = "nobody has said anything for an hour"
INTERRUPTED = "it was interrupted"


class TaskSelfChat:
    """Plays conversations of one task. Use it in `with`, on one thread.

    Bots behave as their config says, those in people's places as bots do of which it says nothing. What they would
    wait for is skipped; models that are asked answer in their own time.

    Args:
        plan: The plan of the config.
        play: What is played.
        tell: Called with a line for each model that is open.
        store: The file of the record; None for one that ends with it. What goes on in one already goes on.
        promises: Promise what requests of models may take; None where this process knows of all of them.
    """

    def __init__(
        self,
        plan: Plan,
        play: TaskPlay,
        tell: Callable[[str], object],
        store: Path | None = None,
        promises: Promises | None = None,
    ) -> None:
        self.roles: tuple[str, ...] = ()
        """The roles there are: those of people, and then those of the task's own bots."""
        self._task = play.cast_bots(plan.tasks[play.task])
        self._play = play
        self._conditions = combinations(plan.config.conditions, play.condition)
        self._real = ThreadTimers()
        self.model_timers = CountedTimers(self._real)
        """The time of models, which really passes; conversations skip none of theirs while anything waits."""
        self.call_later = self._real.call_later
        """Calls back after so many seconds of the time that really passes; nobody once it is closed."""
        self._timers = SkippingTimers(self._real.clock)
        record = make_store(plan.config, MEMORY if store is None else store, self._timers)
        watched = cast("Store", _WatchedStore(record, self._committed))
        plan = plan_with(plan, play.needs(self._task))
        self._stage = BotStage(
            plan, watched, timers=self._timers, model_timers=self.model_timers, tell=tell, promises=promises
        )
        self._changed = threading.Condition()  # guards the three below
        self._going_on: dict[str, PlayedConversation] = {}
        self._to_begin: list[PlayedConversation] = []
        self._is_over = False
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        """Open models and record.

        Raises:
            WorldError: A role has no model, or there is no such role; and as `BotStage`.
        """
        with ExitStack() as opened:
            self._real.start()
            opened.callback(self._real.close)
            self._timers.start()
            opened.callback(self._timers.close)
            opened.enter_context(self._stage)
            self.roles = self.checked_roles()
            skipping = threading.Thread(target=self._skip, name="parleyrun-skipping-ahead", daemon=True)
            opened.callback(skipping.join)
            skipping.start()
            opened.callback(self._end)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    def conversations(self, episodes: int, concurrency: int = 1) -> Iterator[PlayedConversation]:
        """Play so many conversations, and yield each in its order.

        Args:
            episodes: How many.
            concurrency: How many of them go on at the same time.
        """
        turns = islice(cycle(self._conditions), episodes)
        played = [PlayedConversation(self.most_lines(condition), condition) for condition in turns]
        with self._changed:
            self._to_begin = played[::-1]
        with self._timers.setting_in_motion():
            for _ in range(min(concurrency, episodes)):
                self._begin_next()
        yield from played

    def begin(self, played: PlayedConversation) -> None:
        """Begin a conversation of somebody's own making, now."""
        with self._timers.setting_in_motion():
            self._begin(played)

    def most_lines(self, condition: Mapping[str, Value]) -> int:
        """Return how many lines a conversation under these conditions may have."""
        task = self._task.under(condition)
        return self._play.rounds * (task.agents_required + len(task.bots))

    def roles_of_people(self) -> tuple[str, ...]:
        """Return the roles of people's places, in their order. Runs author code."""
        conversations = self._stage.service.bot_conversations
        tasks = map(self._task.under, self._conditions)
        return tuple(dict.fromkeys(role for task in tasks for role in conversations.roles_of_people(task)))

    def checked_roles(self) -> tuple[str, ...]:
        """Return the roles of people, and then those of the task's own bots. Runs author code.

        Raises:
            WorldError: A role has no model, or there is no such role.
        """
        play, key = self._play, self._task.key
        people = self.roles_of_people()
        bots = dict.fromkeys(role for condition in self._conditions for role in self._task.under(condition).bots)
        roles = (*people, *bots)
        for role in play.models:
            if role not in roles:
                hint = did_you_mean(role, roles, "roles")
                raise WorldError(f"expected a role of '{key}', got '{role}': {hint}")
        unfilled = [role for role in people if role not in play.models]
        if unfilled and play.model is None:
            raise WorldError(f"expected a model for {', '.join(unfilled)} in '{key}', got none")
        return roles

    @property
    def conditions(self) -> Sequence[Mapping[str, Value]]:
        """What holds in one conversation after the other."""
        return self._conditions

    def figures(self) -> Sequence[ModelFigures]:
        """Return what the models took so far that were asked."""
        return [model for model in self._stage.models.figures() if model.answers or model.failures]

    def _begin_next(self) -> None:
        with self._changed:
            if self._is_over or not self._to_begin:
                return
            played = self._to_begin.pop()
        self._begin(played)

    def _begin(self, played: PlayedConversation) -> None:
        self._stage.service.bot_conversations.begin(
            played.staged(self._task),
            played.condition,
            lambda role: played.cast(role, self._play.stand_in(self._task, role)),
            partial(self._began, played),
            partial(self._ended, played),
        )

    def _began(self, played: PlayedConversation, uid: str) -> None:
        """On the desk."""
        with self._changed:
            self._going_on[uid] = played
        played.begun(partial(self._stop, uid))
        self._look_for_silence(uid, played, -1)

    def _ended(self, played: PlayedConversation, uid: str, outcome: Outcome) -> None:
        """On the desk."""
        with self._changed:
            del self._going_on[uid]
            self._changed.notify_all()
        played.ended(outcome)
        self._begin_next()

    def _committed(self, turn: Turn) -> None:
        """On the thread of a run."""
        played = self._going_on.get(turn.run.uid)
        if played is not None:
            played.take(turn)

    def _look_for_silence(self, uid: str, played: PlayedConversation, lines_before: int) -> None:
        if played.outcome is not None:
            return
        said = played.lines_said
        if said == lines_before:
            self._stop(uid, SILENT)
        else:
            self._timers.call_later(SILENCE_SECONDS, lambda: self._look_for_silence(uid, played, said))

    def _stop(self, uid: str, reason: str) -> None:
        self._stage.service.bot_conversations.stop(uid, reason)

    def _skip(self) -> None:
        """On a thread of its own: move the time on whenever nothing else is left to happen."""
        service, models = self._stage.service, self.model_timers
        while not self._is_over:
            begun = models.wait_for_rest(LOOK_SECONDS)
            moves = self._timers.moves
            if begun is not None and service.wait_quiet(LOOK_SECONDS) and models.rested_since(begun):
                self._timers.skip(moves)

    def _end(self) -> None:
        """End what goes on, so that it is on record as ended."""
        with self._changed:
            self._is_over = True
            going_on = list(self._going_on)
        for uid in going_on:
            self._stop(uid, INTERRUPTED)
        with self._changed:
            self._changed.wait_for(lambda: not self._going_on, END_SECONDS)
        self._timers.close()


class _WatchedStore:
    """A store of which each turn is told before it is on record."""

    def __init__(self, store: Store, watch: Callable[[Turn], None]) -> None:
        self._store = store
        self._watch = watch

    def commit(self, turn: Turn, publish: Publish) -> None:
        self._watch(turn)
        self._store.commit(turn, publish)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
