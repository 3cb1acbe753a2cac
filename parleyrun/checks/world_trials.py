"""Which worlds cannot be built, or could not go on after a restart? Found by trying: each is built and pickled.

The people are stand-ins who say nothing, and `module_initialize` is not run. A world is tried as it begins:
what it will come to hold while people talk is not seen.
"""

from __future__ import annotations

import pickle
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Any

from ..config.author_functions import named, written_at
from ..config.diagnostics import Finding, Findings, KeyPath
from ..config.importing import author_frames
from ..config.plan import Plan, TaskPlan
from ..config.schema import MEMORY
from ..config.texts import Texts
from ..core.unpicklable import PickleSearch
from ..errors import RunStopped
from ..text import numbered_name
from .stand_ins import QuickSeat, quick_round_trip
from .trial import Raised, outcome_of

TRY_SECONDS = 10.0
"""How long one world may take to be built and put on record before it is left untried."""


@dataclass(frozen=True, slots=True)
class WorldPlace:
    """Where the config names a world. `task` is that of a task world or an onboarding world.

    A world that is `prepared` by `module_initialize` may need what that does.
    """

    path: KeyPath
    world: type[Any]
    opt: Mapping[str, Any]
    task: TaskPlan | None = None
    _: KW_ONLY
    seats_a_group: bool = False
    prepared: bool = False

    @property
    def follows_an_onboarding(self) -> bool:
        """Whether the world may count on what people said while they were onboarded."""
        return self.seats_a_group and self.task is not None and self.task.onboard is not None

    def seat(self, make_seat: Callable[[str, Any], Any]) -> list[Any]:
        """Return the stand-ins, with roles; `make_seat(id, onboard_data)` makes one of them."""
        agents = self._group(make_seat) if self.task and self.seats_a_group else [make_seat("stand-in:0", None)]
        for index, agent in enumerate(agents):
            agent.seat = index
        return agents

    def build(self, agents: list[Any]) -> Any:
        """Return the world, in which these people sit, and its bots; runs author code."""
        seats = [*agents, *self._bots()]
        for seat in seats:
            seat.message_partners = tuple(other for other in seats if other is not seat)
            seat.task_id, seat.conversation_id, seat.run_id = "t_0", "stand-in", "stand-in"
        return self.world.generate_world(self.opt, seats)

    def _bots(self) -> list[Any]:
        if self.task is None or not self.seats_a_group or not self.task.bots:
            return []
        from .model_stand_ins import seated_bots  # only where there are bots

        return seated_bots(self.task)

    def _group(self, make_seat: Callable[[str, Any], Any]) -> list[Any]:
        assert self.task is not None
        onboard_data = getattr(self.task.onboard, "data", None)
        ids = [f"stand-in:{index}" for index in range(self.task.agents_required)]
        agents = [make_seat(id, deepcopy(onboard_data)) for id in ids]
        if self.task.assign_roles is not None:
            # It may ask for what people say while they are onboarded; then any role will do.
            outcome_of(partial(self.task.assign_roles, agents))
        for number, agent in enumerate(agents, start=1):
            if not isinstance(agent.disp_id, str) or not agent.disp_id:
                agent.disp_id = numbered_name(Texts().person_name, number)
        return agents


@dataclass(frozen=True, slots=True)
class Untried:
    """Nothing is known of a world, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class WorldFault:
    """What is wrong with a world, and how to mend it. `code` is that of the finding."""

    code: str
    message: str
    hint: str


Trial = Untried | WorldFault | None
"""None is a world with which all is well."""


def try_worlds(plan: Plan, note: Callable[[str], object], seconds: float = TRY_SECONDS) -> list[Finding]:
    """Return a warning for each world that cannot be built, or be put on record as it begins.

    Author code runs on threads of its own; what it prints goes to standard error. Nothing is pickled where the
    store keeps no snapshots.

    Args:
        plan: What the config says; `module_initialize` is not run.
        note: Called, on the calling thread, with a sentence for each world that could not be tried.
        seconds: How long one world may take before it is left untried.

    Returns:
        What was found, in the order of the file.
    """
    store = plan.config.store
    keeps_snapshots = store.path != MEMORY and store.snapshots
    findings = Findings(str(plan.config.path or "config"))
    findings.marks = plan.config.marks
    told: set[type[Any]] = set()
    with redirect_stdout(sys.stderr):
        for place in _places(plan):
            verdict = None if place.world in told else _within(seconds, partial(_try, place, keeps_snapshots))
            if isinstance(verdict, Untried):
                note(f"whether all is well with {named(place.world)} is not known: {verdict.why}")
            elif verdict is not None:
                findings.add(verdict.code, place.path, verdict.message, verdict.hint)
            if verdict is not None:
                told.add(place.world)
    return findings.in_order()


def _places(plan: Plan) -> Iterator[WorldPlace]:
    prepared = plan.module_initialize is not None
    opt = plan.opt
    if plan.models:
        from .model_stand_ins import opt_with_models  # only where there are models

        opt = opt_with_models(plan)
    yield WorldPlace(("overworld",), plan.overworld, opt, prepared=prepared)
    for key, task in plan.tasks.items():
        parts = ((("onboard",), task.onboard), (("afterwards",), task.afterwards))
        for part, steps in (*parts, (("waiting", "steps"), task.meanwhile)):
            for place, step in enumerate(getattr(steps, "of_steps", ())):
                if step.world is not None:
                    yield WorldPlace(("tasks", key, *part, place), step.world, opt, task, prepared=prepared)
        if task.onboard is not None and not task.config.onboard:
            yield WorldPlace(("tasks", key, "onboard_world"), task.onboard, opt, task, prepared=prepared)
        path = ("tasks", key, "task_world")
        yield WorldPlace(path, task.world, opt, task, seats_a_group=True, prepared=prepared)


def _within(seconds: float, work: Callable[[], Trial]) -> Trial:
    """Return what `work` returns; after `seconds` its thread is left to itself, as a thread cannot be ended."""
    answers: list[Any] = []
    # Threads that a world starts on a daemon are daemons too, so none of them keeps the command from ending.
    thread = threading.Thread(target=lambda: answers.append(outcome_of(work)), name="trial", daemon=True)
    thread.start()
    thread.join(seconds)
    if not answers:
        return Untried(f"building it and pickling it took longer than {seconds:g} seconds")
    verdict = answers[0]
    if isinstance(verdict, Raised):
        raise verdict.error
    return verdict  # type: ignore[no-any-return]  # what work returned


def _try(place: WorldPlace, keeps_snapshots: bool) -> Trial:
    """Look quickly first: most worlds are sound, and then nothing of the rooms that run them has to be loaded."""
    agents = place.seat(QuickSeat)
    world = outcome_of(partial(place.build, agents))
    if not isinstance(world, Raised):
        if not keeps_snapshots:
            return None
        read_back = outcome_of(partial(quick_round_trip, world, agents, place.opt))
        if not isinstance(read_back, Raised):
            return None
    return _look_closer(place, keeps_snapshots)


def _look_closer(place: WorldPlace, keeps_snapshots: bool) -> Trial:
    """Do what a service does, with its own seats and its own snapshots; this is what decides."""
    from ..runner.turn import describe
    from ..store.snapshot import dump, load
    from .seated_person import seated_person

    agents = place.seat(partial(seated_person, opt=place.opt))
    world = outcome_of(partial(place.build, agents))
    if isinstance(world, Raised):
        return _not_built(place, world.error, f"generate_world(opt, agents) raised {describe(world.error)}")
    if not keeps_snapshots:
        return None

    def failure(value: Any) -> tuple[str, BaseException] | None:
        snapshot = outcome_of(partial(dump, value, agents, place.opt))
        if isinstance(snapshot, Raised):
            return "cannot be pickled", snapshot.error
        restored = outcome_of(partial(load, snapshot, agents, place.opt))
        return ("can be pickled, but not read back", restored.error) if isinstance(restored, Raised) else None

    failed = failure(world)
    if failed is None:
        return None
    culprit = PickleSearch(lambda value: failure(value) is not None).culprit(world)
    what, error = failed if culprit is None else failure(culprit.value) or failed
    of_it = f", as self{culprit.path} {_kind(culprit.value)}" if culprit is not None and culprit.path else ""
    return _unresumable(place, f"{what}{of_it} ({describe(error)})")


def _not_built(place: WorldPlace, error: BaseException, what: str) -> Trial:
    if _is_about_pickling(error):
        return _unresumable(place, f"cannot be built: {what}")
    frames = author_frames(error)
    where = f" at {frames[-1]}" if frames else written_at(place.world)
    if isinstance(error, RunStopped):
        return Untried(f"it waits for its people before it is built{where}")
    if place.prepared:
        return Untried(f"{what}{where}, with stand-ins for people and without module_initialize")
    if place.follows_an_onboarding and isinstance(error, LookupError | TypeError | AttributeError):
        return Untried(f"{what}{where}, with stand-ins who went through no onboarding")
    hint = "look at your code" if not frames else "look at your code:\n" + "\n".join(frames)
    return WorldFault("not-built", f"{named(place.world)} cannot be built: {what}{where}", hint)


def _unresumable(place: WorldPlace, what: str) -> WorldFault:
    return WorldFault(
        "not-resumable",
        f"{named(place.world)} {what}: after a restart its people are told and brought back to the overworld",
        "let __getstate__ leave out what cannot be kept, and __setstate__ make it anew;\n"
        "or write store: {snapshots: false} if no conversation is meant to go on after a restart",
    )


def _kind(value: object) -> str:
    kind = type(value)
    return f"is a {kind.__qualname__}" if kind.__module__ == "builtins" else f"is a {named(kind)}"


def _is_about_pickling(error: BaseException) -> bool:
    if isinstance(error, pickle.PickleError):
        return True
    return isinstance(error, TypeError | AttributeError) and "pickle" in str(error)
