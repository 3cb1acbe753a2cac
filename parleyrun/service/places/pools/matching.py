"""Matching: how groups are taken from a pool, by the size of a conversation, its rules, and author code."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ....config.plan import TaskPlan
from ....config.texts import Texts
from ....core.message import FrozenDict
from ....runner.person import PersonAgent
from ..role_giving import give_roles, stand_in
from .group_search import GroupSearch
from .pool import Entry, Pool
from .session_view import SessionView

log = logging.getLogger(__name__)

PERSON_NAME = Texts().person_name

NAMED_AT_MOST = 100
"""How many are named on record, with each match, who waited longer and were not taken."""


@dataclass(frozen=True, slots=True)
class Match:
    """A group taken from a pool: the entries, and their seats with roles given, in the same order.

    `passed_over` are those who had waited for longer than somebody in it and were not taken, and why. `filling`
    are the roles of bots, which sit in the places of people who did not come, `filled_after` how many seconds
    somebody had waited for that.
    """

    entries: tuple[Entry, ...]
    agents: tuple[PersonAgent, ...]
    passed_over: tuple[tuple[str, str], ...] = ()
    filling: tuple[str, ...] = ()
    filled_after: float | None = None


@dataclass(slots=True)
class Matching:
    """What one look at a pool found. `failed` are people whom author code could not be asked about.

    `look_from` is where in the queue the next look begins, if this one did not come through all of it.
    """

    matches: list[Match] = field(default_factory=list)
    failed: list[Entry] = field(default_factory=list)
    look_from: int = 0


def find_matches(pool: Pool, waiting: list[Entry], now: float, person_name: str = PERSON_NAME) -> Matching:
    """Take as many groups from the waiting as there are, oldest first; then those that bots make whole.

    Calls the author's `eligibility_function` and `assign_roles`; never raises: people whom they fail on are
    named in the result. `person_name` is what people are called in a task that gives no roles.
    """
    task, found = pool.task, Matching()
    candidates = [entry for entry in waiting if _eligible(task, entry, now, found)]
    eligible = set(candidates)
    refused = [entry for entry in waiting if entry not in eligible]
    search = GroupSearch(task, pool.rules, candidates, now, pool.look_from)
    while (match := _seat(task, search, found, person_name)) is not None:
        _note(match, search, refused, found)
    while pool.fills(search.candidates, now):
        match = _fill(task, search, found, person_name, now)
        if match is None:
            break
        _note(match, search, refused, found)
    found.look_from = search.look_from
    return found


def _note(match: Match, search: GroupSearch, refused: list[Entry], found: Matching) -> None:
    """Keep a match, and say why those who were there before the newest of it are not in it."""
    search.take(match.entries)
    latest = max(entry.since for entry in match.entries)
    passed_over = [(entry.session.id, "not eligible") for entry in refused if entry.since <= latest]
    for entry in search.candidates:
        if not search.came_before(entry, match.entries) or len(passed_over) >= NAMED_AT_MOST:
            break
        passed_over.append((entry.session.id, search.reason(entry, match.entries)))
    found.matches.append(replace(match, passed_over=tuple(passed_over[:NAMED_AT_MOST])))


def _eligible(task: TaskPlan, entry: Entry, now: float, found: Matching) -> bool:
    if task.eligibility is None:
        return True
    session = entry.session
    view = SessionView(
        id=session.id,
        data=session.data,
        stored_data=session.stored_data,
        onboard_data=session.onboard_data,
        condition=FrozenDict(session.condition),
        time_in_pool={task.key: max(0.0, now - entry.since)},
    )
    try:
        return bool(task.eligibility(view))
    except BaseException:  # author code may raise anything at all, and the others' matching goes on
        log.exception("%s() failed for %s (task %r)", _name(task.eligibility), session.id, task.key)
        found.failed.append(entry)
        return False


def _seat(task: TaskPlan, search: GroupSearch, found: Matching, person_name: str) -> Match | None:
    """Give roles to the first who fit, trying the next in line in the stead of each who is turned down.

    When nobody is left to try, the conversation is for those who have a role, though they are fewer, unless bots
    will take the other places.
    """
    search.forget_turned_down()
    kept: list[Entry] = []
    seated: list[PersonAgent] = []
    while True:
        group = search.group(kept)
        if group is None:
            if task.fill_with is not None or not kept or search.others_fit(kept):
                return None
            return Match(tuple(kept), tuple(seated))
        agents = _with_roles(task, group, found, person_name)
        if agents is None:
            search.take(group)
            kept, seated = [], []
            continue
        search.turn_down(entry for entry, agent in zip(group, agents, strict=True) if agent.role is None)
        kept = [entry for entry, agent in zip(group, agents, strict=True) if agent.role is not None]
        seated = [agent for agent in agents if agent.role is not None]
        if len(kept) == len(group):
            return Match(tuple(kept), tuple(seated))


def _with_roles(
    task: TaskPlan, group: Sequence[Entry], found: Matching, person_name: str
) -> list[PersonAgent] | None:
    """Return seats with the roles that people were given; None where author code failed on them."""
    agents = [entry.session.new_agent() for entry in group]
    try:
        give_roles(task, agents, person_name)
    except BaseException:  # as above
        _failed_on(task, agents, group, found)
        return None
    return agents


def _failed_on(
    task: TaskPlan, agents: Iterable[PersonAgent], group: Sequence[Entry], found: Matching, bots: str = ""
) -> None:
    ids = ", ".join(agent.id for agent in agents)
    log.exception("%s() failed for %s%s (task %r)", _name(task.assign_roles), ids, bots, task.key)
    found.failed.extend(group)


def _fill(task: TaskPlan, search: GroupSearch, found: Matching, person_name: str, now: float) -> Match | None:
    """Give roles to those who have waited longest, and to stand-ins for whom bots will sit there.

    Who is turned down makes room for the next in line, as among people; one of them has waited long enough.
    """
    search.forget_turned_down()
    while (group := search.group_for_bots()) is not None:
        agents = [entry.session.new_agent() for entry in group]
        stand_ins = [stand_in(task) for _ in range(task.fewest - len(group))]
        try:
            give_roles(task, [*agents, *stand_ins], person_name)
        except BaseException:  # as above
            _failed_on(task, agents, group, found, " and bots")
            return None
        turned_down = [entry for entry, agent in zip(group, agents, strict=True) if agent.role is None]
        if not turned_down:
            filling = tuple(bot.role for bot in stand_ins if bot.role is not None)
            longest = max(now - entry.since for entry in group)
            return Match(tuple(group), tuple(agents), filling=filling, filled_after=longest)
        search.turn_down(turned_down)
    return None


def _name(function: object) -> str:
    return getattr(function, "__qualname__", type(function).__name__)
