"""What came of arrivals that were played: as values, and as lines to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from .arrival_play import ArrivalPlay, CellTally, TaskTally


def arrival_values(play: ArrivalPlay) -> dict[str, Any]:
    """Return what came of a play, as JSON has it. Durations are in seconds."""
    conditions = play.plan.config.conditions
    return {
        "assumed": {
            "arrivals": play.settings.arrivals,
            "every": play.settings.every,
            "talk": play.settings.talk,
            "drop_out": play.settings.drop_out,
            "seed": play.settings.seed,
            "values": {name: list(values) for name, values in play.values.values.items()},
            "not_run": _not_run(play),
        },
        "arrived": play.arrived,
        "seconds": round(play.seconds, 1),
        "enough_people": play.refused,
        "tasks": {key: _task_values(tally) for key, tally in play.tasks.items()},
        "conditions": {
            name: [
                {
                    "value": value,
                    "begun": cell.begun,
                    "finished": cell.finished,
                    "dropped": cell.dropped,
                    "quota": conditions[name].quotas.get(value),
                    **_cell_values(play.cell_tallies[name][value]),
                }
                for value, cell in cells.items()
            ]
            for name, cells in play.cells.items()
        },
    }


def _task_values(tally: TaskTally) -> dict[str, Any]:
    return {
        "came": tally.came,
        "conversations": tally.conversations,
        "with_bots": tally.with_bots,
        "finished": tally.finished,
        "dropped_out": tally.dropped,
        "partner_left": tally.partner_left,
        "waited_in_vain": tally.in_vain,
        "still_waiting": tally.still_waiting,
        **_wait_values(tally.waits),
    }


def _cell_values(tally: CellTally) -> dict[str, Any]:
    return {
        "people": len(tally.people),
        "conversations": tally.conversations,
        **_wait_values(tally.waits),
    }


def _wait_values(waits: Sequence[float]) -> dict[str, float | None]:
    return {
        "wait_median": _rounded(median(waits) if waits else None),
        "wait_p95": _rounded(_percentile(waits, 0.95)),
        "wait_longest": _rounded(max(waits, default=None)),
    }


def _percentile(values: Sequence[float], part: float) -> float | None:
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _not_run(play: ArrivalPlay) -> list[str]:
    return [
        f"{name} of {key}"
        for key, task in play.authors_tasks.items()
        for name, function in (("eligibility_function", task.eligibility), ("assign_roles", task.assign_roles))
        if function is not None
    ]


def arrival_lines(play: ArrivalPlay) -> Iterator[str]:
    """Yield what came of a play, a line each."""
    values = arrival_values(play)
    assumed = values["assumed"]
    yield (
        f"{values['arrived']:,} arrivals played, one every {assumed['every']:g} s, {assumed['talk']:g} s a "
        f"conversation, {assumed['drop_out']:.0%} drop out of it (seed {assumed['seed']})"
    )
    if play.arrived < play.settings.arrivals:
        yield f"  {play.settings.arrivals:,} would have taken too long"
    for name, stand_ins in assumed["values"].items():
        yield f"  {name} is {' or '.join(map(str, stand_ins))} by lot"
    for what in assumed["not_run"]:
        yield f"  not run: {what}"
    for key, task in values["tasks"].items():
        yield from _task_lines(key, task)
    for name, cells in values["conditions"].items():
        yield f"{name}:"
        for cell in cells:
            quota = "" if cell["quota"] is None else f" of {cell['quota']}"
            yield (
                f"  {cell['value']}: {cell['begun'] - cell['dropped']}{quota} have it, "
                f"{cell['finished']} finished, {cell['dropped']} dropped out"
            )
            yield f"    {cell['people']} people began {cell['conversations']} conversations"
            yield from _wait_lines(cell, indent="    ")
    if values["enough_people"]:
        yield f"{values['enough_people']} were told that there are enough people"


def _task_lines(key: str, task: dict[str, Any]) -> Iterator[str]:
    bots = f", {task['with_bots']} of them with bots" if task["with_bots"] else ""
    yield f"{key}: {task['came']} came, {task['conversations']} conversations{bots}"
    yield (
        f"  {task['finished']} finished, {task['dropped_out']} dropped out, "
        f"{task['partner_left']} lost their partner, {task['waited_in_vain']} waited in vain, "
        f"{task['still_waiting']} still wait"
    )
    yield from _wait_lines(task, indent="  ")


def _wait_lines(values: dict[str, Any], indent: str) -> Iterator[str]:
    if values["wait_median"] is not None:
        yield (
            f"{indent}waited: median {values['wait_median']:g} s, 95% at most {values['wait_p95']:g} s, "
            f"longest {values['wait_longest']:g} s"
        )
