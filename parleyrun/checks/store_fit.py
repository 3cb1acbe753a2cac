"""What of a store would not go on with a config? Found by trying, beside whatever process serves from it."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from pathlib import Path

from ..archive.archive import Archive
from ..config.diagnostics import Finding, Findings
from ..config.plan import Plan
from ..runner.turn import describe
from ..service.holding import unfit
from ..store.protocol import SavedRun
from ..store.snapshot import load
from .model_stand_ins import StandInValues
from .seated_person import seated_person
from .trial import Raised, outcome_of

RUNS_NAMED = 5


def find_unfit(plan: Plan, store: Path) -> list[Finding]:
    """Return a warning for each reason for which conversations on record would not go on. Runs author code.

    Raises:
        StoreError: There is no such store, or it cannot be read.
    """
    findings = Findings(str(plan.config.path or "config"))
    findings.marks = plan.config.marks
    by_reason: dict[tuple[str, str], list[str]] = defaultdict(list)
    with Archive(store) as archive:
        for run in archive.unfinished_runs():
            if run.record.kind == "overworld":
                continue  # a fresh one takes its place
            reason = why_not(plan, run)
            if reason is not None:
                identity = run.record.identity
                by_reason[run.record.task or "", reason].append(f"{identity.group}/{identity.task_id}")
        for task, people in archive.waiting():
            if task not in plan.tasks:
                message = (
                    f"{people} of those who wait in {store} would go back to the overworld: there is no {task!r}"
                )
                findings.add("would-not-go-on", ("tasks",), message, at_key=True)
    for (task, reason), names in by_reason.items():
        shown = ", ".join(names[:RUNS_NAMED]) + (", …" if len(names) > RUNS_NAMED else "")
        findings.add(
            "would-not-go-on",
            ("tasks", task) if task in plan.tasks else ("tasks",),
            f"{len(names)} on record in {store} would not go on ({shown}): {reason}",
            "serve holds what may fit another config; serve --end-unrestorable ends it",
            at_key=True,
        )
    return findings.in_order()


def why_not(plan: Plan, run: SavedRun) -> str | None:
    """Return why a run on record would not go on with a plan; None if it would."""
    reason = unfit(plan, run)
    if reason is not None or run.turn == 0:
        return reason
    if run.snapshot is None:
        return "the world could not be pickled"
    seats = []
    for number, (participant_id, role) in enumerate(run.record.seats):
        seat = seated_person(participant_id, None, plan.opt)
        seat.seat, seat.disp_id = number, role
        seats.append(seat)
    made = outcome_of(partial(load, run.snapshot, seats, plan.opt, StandInValues(plan.models)))
    return f"its world cannot be made again: {describe(made.error)}" if isinstance(made, Raised) else None
