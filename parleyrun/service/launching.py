"""Launching: giving runs their names, and counting how they end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from ..core.opt import Opt
from ..runner.person import PersonAgent
from ..runner.run import describe
from ..runner.turn import Outcome, RunIdentity
from ..runner.world_runner import WorldRunner
from .desk import Desk
from .figures import Meter

Ended = Callable[[str, Outcome], None]
"""Called on the desk with a run's uid and its outcome; a failure in author code is the outcome 'failed'."""


class Launcher:
    """Launches worlds for the service. Runs on the desk."""

    def __init__(self, runner: WorldRunner, desk: Desk, meter: Meter, opt: Opt) -> None:
        self._runner = runner
        self._desk = desk
        self._meter = meter
        self._opt = opt
        self._counts: dict[str, int] = {}

    def overworld(
        self, world: type[Any], agent: PersonAgent, on_value: Callable[[str, Any], None], on_end: Ended
    ) -> str:
        """Launch an overworld and return its uid; `on_value(uid, value)` is called on the desk."""
        identity = self._identity("overworld", world)
        put_value = partial(self._desk.put, on_value, identity.uid)
        build = partial(world.generate_world, self._opt, [agent])
        future = self._runner.launch_overworld(identity, build, agent, put_value)
        self._follow(future, identity, on_end)
        return identity.uid

    def task_world(self, group: str, world: type[Any], agents: Sequence[PersonAgent], on_end: Ended) -> str:
        """Launch a task world, or an onboarding world, and return its uid."""
        identity = self._identity(group, world)
        build = partial(world.generate_world, self._opt, list(agents))
        self._follow(self._runner.launch_task_world(identity, build, agents), identity, on_end)
        return identity.uid

    def _identity(self, group: str, world: type[Any]) -> RunIdentity:
        count = self._counts[group] = self._counts.get(group, 0) + 1
        return RunIdentity(f"t_{count}", uuid.uuid4().hex, group, world.__name__)

    def _follow(self, future: Future[Outcome], identity: RunIdentity, on_end: Ended) -> None:
        self._meter.run_started()
        future.add_done_callback(partial(self._done, identity, on_end))

    def _done(self, identity: RunIdentity, on_end: Ended, future: Future[Outcome]) -> None:
        """On a worker thread: only note what became of the run, and leave the rest to the desk."""
        error = future.exception()
        outcome = future.result() if error is None else Outcome("failed", describe(error))
        self._meter.run_ended(outcome.kind)
        self._desk.put(on_end, identity.uid, outcome)
