"""The pools as operators see them: who waits, and why nobody of them is matched yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..places.pools.pool import Entry, Pool
from .control_board import ALL, ControlBoard
from .operation_results import PersonWaiting, PoolRow, PoolsFound

COMPARED_AT_MOST = 100
"""How many of those who wait are compared with the one who has waited longest."""


def pools_view(pools: Sequence[Pool], controls: ControlBoard, now: float) -> PoolsFound:
    """Return who waits in these pools, and why. On the desk; `now` is on the clock of the entries' `since`."""
    full = [pool for pool in pools if len(pool)]
    waiting_for = Counter(pool.task.key for pool in full)
    return PoolsFound(
        pools=tuple(
            PoolRow(
                task=pool.task.key,
                needed=pool.task.fewest,
                paused=controls.is_paused(pool.task.key),
                waiting=tuple(
                    PersonWaiting(
                        id=entry.session.id,
                        present=entry.session.present,
                        seconds=round(max(0.0, now - entry.since), 1),
                    )
                    for entry in pool
                ),
                why=tuple(_reasons(pool, controls, now, others=waiting_for[pool.task.key] - 1)),
            )
            for pool in full
        )
    )


def _reasons(pool: Pool, controls: ControlBoard, now: float, *, others: int) -> Iterator[str]:
    key = pool.task.key
    if controls.is_paused(key):
        all_are = ALL in controls.paused
        yield "all matching is paused" if all_are else f"matching for {key} is paused"
        return
    present = pool.present()
    if len(present) < pool.task.fewest:
        yield f"{len(present)} of {pool.task.fewest} who are needed are here"
        away = len(pool) - len(present)
        if away:
            yield f"{away} who wait have lost their connection"
        if others:
            yield "others wait for this task whose condition, or what must be the same, is another"
    elif pool.matching:
        yield "it is being looked who fits"
    else:
        yield from _rules_between(pool, present)
        if pool.needs_author_code:
            yield "eligibility_function or assign_roles has turned down who could be matched"
    if pool.task.fill_with is not None and not pool.fills(present, now):
        yield "nobody has waited long enough for bots to sit down with them"
    size = pool.task.size
    if size is not None and len(present) >= pool.task.fewest:
        yield f"a smaller group than {pool.task.agents_required} begins once somebody has waited {size.wait:g} s"


def _rules_between(pool: Pool, present: list[Entry]) -> Iterator[str]:
    """Say which rules keep the one who has waited longest from how many of the others."""
    first, *rest = present
    kept_apart: Counter[str] = Counter()
    for other in rest[:COMPARED_AT_MOST]:
        for rule in (pool.rules.refusal, pool.rules.dislike):
            name = rule(first.traits, other.traits)
            if name is not None:
                kept_apart[name] += 1
                break
    for name, count in kept_apart.most_common():
        yield f"'{name}' keeps {first.session.id} from {count} of the others"
