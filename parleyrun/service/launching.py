"""Launching: giving runs their names, and counting how they end."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from ..errors import NotRestored
from ..runner.person import PersonAgent
from ..runner.recorder import SavedState, WorldSnapshots
from ..runner.runner import Runner
from ..runner.turn import Heard, Outcome, RunIdentity, Said, Turn, outcome_of
from ..store.protocol import RunKind, RunRecord, SavedRun
from .bots.task_seats import MakeSeats
from .counts import ConversationTally, LiveCounts
from .current_plan import CurrentPlan
from .service_context import ServiceContext
from .world_build import WorldBuild

log = logging.getLogger(__name__)

OnEnd = Callable[[str, Outcome], None]
"""Called on the desk with a run's uid and its outcome; a failure in author code is the outcome 'failed'."""


OnHeld = Callable[[str], None]
"""Called on the desk with the reason why a run stays on record as it is, and does not go on for now."""


OnChoice = Callable[[str, Any], None]
"""Called on the desk with an overworld's uid and what its `parley()` returned."""


LOST = Outcome("stopped", "its task is not in the config any more", forced=True)


class Launcher:
    """Launches worlds for the service. Runs on the desk. `manager` is what seats know the service by."""

    def __init__(
        self,
        runner: Runner,
        context: ServiceContext,
        counts: LiveCounts,
        plan: CurrentPlan,
        snapshots: WorldSnapshots | None,
        run_id: str,
        manager: Any,
    ) -> None:
        self._runner = runner
        self._context = context
        self._counts = counts
        self._plan = plan
        self._snapshots = snapshots
        self._run_id = run_id
        self._manager = manager
        self._commit = runner.commit
        self._numbers: dict[str, int] = {}

    def count_earlier(self, ended: Mapping[str, int]) -> None:
        """Count the conversations that ended under earlier starts, by their outcome."""
        self._counts.conversations.went_before(ended)

    def continue_numbers(self, numbers: Mapping[str, int]) -> None:
        """Number runs on from those on record, by group."""
        self._numbers.update(numbers)

    def overworld(
        self,
        world: type[Any],
        agent: PersonAgent,
        on_value: OnChoice,
        on_end: OnEnd,
        saved: SavedRun | None = None,
    ) -> str:
        """Launch an overworld, or with `saved` go on with one, and return its uid."""
        identity = self._identity("overworld", "overworld", None, world, [agent], saved)
        put_value = partial(self._context.desk.put, on_value, identity.uid)
        build = self._build(None, world, [agent], saved)
        self._context.unit_of_work.after(
            lambda: self._follow(
                self._runner.launch(identity, build, [agent], on_value=put_value, saved=_state(saved)),
                identity,
                on_end,
            )
        )
        return identity.uid

    def task_world(
        self,
        kind: RunKind,
        task: str,
        world: type[Any],
        agents: Sequence[PersonAgent],
        on_end: OnEnd,
        saved: SavedRun | None = None,
        on_held: OnHeld | None = None,
        seats: MakeSeats = list,
    ) -> str:
        """Launch a task world or an onboarding world, or with `saved` go on with one, and return its uid.

        With `on_held`, a saved run that cannot be restored does not end, but stays on record as it is. `seats`
        makes all seats of the world from those of its people.
        """
        group = task if kind == "task" else f"{task}-{kind}"
        identity = self._identity(kind, group, task, world, agents, saved)
        build = self._build(
            task if kind == "task" else None, world, agents, saved, hold=on_held is not None, seats=seats
        )
        tally = self._counts.conversations if kind == "task" else None

        self._context.unit_of_work.after(
            lambda: self._follow(
                self._runner.launch(identity, build, agents, saved=_state(saved)),
                identity,
                on_end,
                on_held,
                tally,
            )
        )
        return identity.uid

    def abandon(self, saved: SavedRun, reason: str) -> None:
        """Put it on record that a run is over in which nobody is any more."""
        if saved.outcome is None:
            self._end(saved, Outcome("stopped", reason, forced=True))
        self._context.controls.ended(saved.record.identity.uid)
        self._context.unit_of_work.answer(saved.record.identity.uid)

    def end_lost(self, saved: SavedRun) -> Outcome:
        """Return how a saved run ended; one whose task is no longer there ends now."""
        if saved.outcome is None:
            log.warning("run %s ends: %s", saved.record.identity, LOST.reason)
            self._end(saved, LOST)
        return saved.outcome or LOST

    def _end(self, saved: SavedRun, outcome: Outcome) -> None:
        """Put it on record that a saved run is over, without going on with it."""
        if saved.record.kind == "task":
            identity = saved.record.identity
            self._counts.conversations.ended(identity.uid, identity.group, outcome.kind)
        self._context.unit_of_work.after(
            partial(self._commit, Turn(saved.record.identity, saved.turn + 1, saved.epoch, outcome=outcome))
        )

    def _build(
        self,
        task: str | None,
        world: type[Any],
        agents: Sequence[PersonAgent],
        saved: SavedRun | None,
        *,
        hold: bool = False,
        seats: MakeSeats = list,
    ) -> WorldBuild:
        """Return what builds the world: its author's code at the beginning, its snapshot later on."""
        for agent in agents:
            agent.manager = self._manager
            agent.opt = self._plan.now.opt
        return WorldBuild(
            task=task,
            world=world,
            opt=self._plan.now.opt,
            agents=agents,
            seats=seats,
            begun=saved is not None and saved.turn > 0,
            snapshot=None if saved is None else saved.snapshot,
            snapshots=self._snapshots,
            hold=hold,
        )

    def _identity(
        self,
        kind: RunKind,
        group: str,
        task: str | None,
        world: type[Any],
        agents: Sequence[PersonAgent],
        saved: SavedRun | None,
    ) -> RunIdentity:
        if saved is not None:
            return saved.record.identity
        number = self._numbers[group] = self._numbers.get(group, 0) + 1
        identity = RunIdentity(f"t_{number}", uuid.uuid4().hex, group, world.__name__, self._run_id)
        seats = tuple((agent.id, agent.role) for agent in agents)
        self._context.unit_of_work.start(RunRecord(identity, kind, task, seats, self._context.wall_time()))
        return identity

    def _follow(
        self,
        future: Future[Outcome],
        identity: RunIdentity,
        on_end: OnEnd,
        on_held: OnHeld | None = None,
        tally: ConversationTally | None = None,
    ) -> None:
        self._counts.run_started()
        if tally is not None:
            tally.began(identity.uid)
        future.add_done_callback(partial(self._done, identity, on_end, on_held, tally))

    def _done(
        self,
        identity: RunIdentity,
        on_end: OnEnd,
        on_held: OnHeld | None,
        tally: ConversationTally | None,
        future: Future[Outcome],
    ) -> None:
        """On a worker thread: only note what became of the run, and leave the rest to the desk."""
        error = None if on_held is None or future.cancelled() else future.exception()
        if on_held is not None and isinstance(error, NotRestored) and error.may_fit_again:
            if tally is not None:
                tally.is_held(identity.uid)
            self._context.desk.put(on_held, str(error))
            return
        outcome = outcome_of(future)
        self._counts.run_ended(outcome.kind)
        if tally is not None:
            tally.ended(identity.uid, identity.group, outcome.kind)
        self._context.desk.put(on_end, identity.uid, outcome)


def _state(saved: SavedRun | None) -> SavedState | None:
    """Return what the runner has to know to go on with a saved run."""
    if saved is None:
        return None
    heard = tuple(Heard(seat, message) for seat, message in saved.inside)
    said = tuple(Said(participant_id, message) for participant_id, message in saved.said_inside)
    return SavedState(saved.epoch, saved.turn, heard, said, saved.asleep)
