"""Pools: who waits for a task, and how a match is taken from among them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from ...config.plan import TaskPlan
from ...config.texts import Texts
from ...core.bot_seats.bot_agent import BotAgent
from ...core.bot_seats.bot_names import BOT_PREFIX
from ...core.bot_seats.bot_settings import BotSettings
from ...core.message import Act, FrozenDict
from ...errors import AgentError, WorldError
from ...runner.person import PersonAgent
from ...runner.timers import Timer
from ...text import numbered_name
from ..sessions import Session
from .session_view import SessionView

log = logging.getLogger(__name__)

PERSON_NAME = Texts().person_name


class Entry:
    """One person's place in a queue. `listening` once they are told what they write meanwhile is not read."""

    __slots__ = ("listening", "session", "since")

    def __init__(self, session: Session, since: float) -> None:
        self.session = session
        self.since = since
        self.listening = False


class Pool:
    """The queue of one task, oldest first. Touched on the desk only.

    `look_seconds` is how long to wait with the next look after one in vain, `next_look` its timer.
    """

    def __init__(self, task: TaskPlan) -> None:
        self.task = task
        self.matching = False
        self.again = False
        self.look_seconds = 1.0
        self.next_look: Timer | None = None
        self._entries: dict[str, Entry] = {}

    def stop_looking(self) -> None:
        """Drop the look that was to come: there is one now."""
        if self.next_look is not None:
            self.next_look.cancel()
            self.next_look = None

    def add(self, session: Session, since: float) -> Entry:
        entry = self._entries[session.id] = Entry(session, since)
        return entry

    def remove(self, session: Session) -> None:
        self._entries.pop(session.id, None)

    def holds(self, entry: Entry) -> bool:
        """True if this very entry still waits: not one of an earlier or a later visit."""
        return self._entries.get(entry.session.id) is entry

    def present(self) -> list[Entry]:
        """Return who waits and is here to be matched, oldest first."""
        return [entry for entry in self._entries.values() if entry.session.present]

    def fills(self, waiting: Iterable[Entry], now: float) -> bool:
        """Whether one of these has waited for so long that bots sit down in the places of who did not come."""
        return any(_has_waited_for_bots(self.task, entry, now) for entry in waiting)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def needs_author_code(self) -> bool:
        """Whether matching calls author code, which must not run on the desk."""
        return self.task.eligibility is not None or self.task.assign_roles is not None


@dataclass(frozen=True, slots=True)
class Match:
    """A group taken from a pool: the entries, and their seats with roles given, in the same order.

    `passed_over` are those who had waited for longer than somebody in it and were not taken, and why. `filling`
    are the roles of bots, which sit in the places of people who did not come.
    """

    entries: tuple[Entry, ...]
    agents: tuple[PersonAgent, ...]
    passed_over: tuple[tuple[str, str], ...] = ()
    filling: tuple[str, ...] = ()


@dataclass(slots=True)
class Matching:
    """What one look at a pool found. `failed` are people whom author code could not be asked about."""

    matches: list[Match] = field(default_factory=list)
    failed: list[Entry] = field(default_factory=list)


def find_matches(task: TaskPlan, waiting: list[Entry], now: float, person_name: str = PERSON_NAME) -> Matching:
    """Take as many groups from the waiting as there are, oldest first; then those that bots make whole.

    Calls the author's `eligibility_function` and `assign_roles`; never raises: people whom they fail on are
    named in the result. `person_name` is what people are called in a task that gives no roles.
    """
    found = Matching()
    candidates = [entry for entry in waiting if _eligible(task, entry, now, found)]
    eligible = set(candidates)
    refused = [entry for entry in waiting if entry not in eligible]
    while len(candidates) >= task.agents_required:
        match = _seat(task, candidates, found, person_name)
        if match is None:
            break
        taken = set(match.entries)
        newest = match.entries[-1]
        turned_down = [entry for entry in candidates[: candidates.index(newest)] if entry not in taken]
        found.matches.append(replace(match, passed_over=_passed_over(newest, refused, turned_down)))
        candidates = [entry for entry in candidates if entry not in taken]
    while any(_has_waited_for_bots(task, entry, now) for entry in candidates):
        match = _fill(task, candidates, now, found, person_name)
        if match is None:
            break
        candidates = [entry for entry in candidates if entry not in match.entries]
        newest = match.entries[-1]
        turned_down = [entry for entry in candidates if entry.since <= newest.since]
        found.matches.append(replace(match, passed_over=_passed_over(newest, refused, turned_down)))
    return found


def _passed_over(newest: Entry, refused: list[Entry], turned_down: list[Entry]) -> tuple[tuple[str, str], ...]:
    """Name those who were there before the newest of a match and are not in it, and say why."""
    not_eligible = [(entry.session.id, "not eligible") for entry in refused if entry.since <= newest.since]
    return (*not_eligible, *((entry.session.id, "turned down by assign_roles") for entry in turned_down))


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


def _seat(task: TaskPlan, candidates: list[Entry], found: Matching, person_name: str) -> Match | None:
    """Give roles to the first who fit, trying the next in line in the stead of each who is turned down.

    When nobody is left to try, the conversation is for those who have a role, though they are fewer, unless bots
    will take the other places.
    """
    line = iter(candidates)
    group: list[Entry] = []
    seated: list[PersonAgent] = []
    while True:
        for entry in line:
            group.append(entry)
            if len(group) == task.agents_required:
                break
        if len(group) < task.agents_required:
            if task.fill_with is not None:
                return None
            return Match(tuple(group), tuple(seated)) if seated and len(group) == len(seated) else None
        agents = [entry.session.new_agent() for entry in group]
        try:
            give_roles(task, agents, person_name)
        except BaseException:  # as above
            ids = ", ".join(agent.id for agent in agents)
            log.exception("%s() failed for %s (task %r)", _name(task.assign_roles), ids, task.key)
            found.failed.extend(group)
            for entry in group:
                candidates.remove(entry)
            line, group, seated = iter(candidates), [], []
            continue
        group = [entry for entry, agent in zip(group, agents, strict=True) if agent.role is not None]
        seated = [agent for agent in agents if agent.role is not None]
        if len(group) == task.agents_required:
            return Match(tuple(group), tuple(seated))


def _has_waited_for_bots(task: TaskPlan, entry: Entry, now: float) -> bool:
    # The timer that looks at this comes when the time is over, give or take what numbers are rounded by.
    return task.fill_with is not None and now - entry.since >= task.fill_with.after - 0.001


def _fill(task: TaskPlan, candidates: list[Entry], now: float, found: Matching, person_name: str) -> Match | None:
    """Give roles to those who have waited longest, and to stand-ins for whom bots will sit there.

    Who is turned down makes room for the next in line, as among people; one of them has waited long enough.
    """
    line = sorted(candidates, key=lambda entry: entry.since)
    while line:
        group = line[: task.agents_required - 1]
        if not any(_has_waited_for_bots(task, entry, now) for entry in group):
            return None
        agents = [entry.session.new_agent() for entry in group]
        stand_ins = [stand_in(task) for _ in range(task.agents_required - len(group))]
        try:
            give_roles(task, [*agents, *stand_ins], person_name)
        except BaseException:  # as above
            ids = ", ".join(agent.id for agent in agents)
            log.exception("%s() failed for %s and bots (task %r)", _name(task.assign_roles), ids, task.key)
            found.failed.extend(group)
            return None
        turned_down = [entry for entry, agent in zip(group, agents, strict=True) if agent.role is None]
        if not turned_down:
            filling = tuple(bot.role for bot in stand_ins if bot.role is not None)
            return Match(tuple(group), tuple(agents), filling=filling)
        line = [entry for entry in line if entry not in turned_down]
    return None


def stand_in(task: TaskPlan) -> BotAgent:
    """Return a seat for a bot that is to be given a role; nobody sits there."""
    assert task.fill_with is not None
    return empty_seat(task.fill_with.bot)


def empty_seat(settings: BotSettings) -> BotAgent:
    """Return a seat for a bot that is to be given a role; nobody sits there."""
    return BotAgent(_Nobody(), f"{BOT_PREFIX}{settings.model}", settings=settings)


def roles_to_fill(task: TaskPlan, people: Sequence[PersonAgent], person_name: str) -> tuple[str, ...]:
    """Return which roles bots had besides these people, who have theirs, as far as that can be known again.

    Of a conversation that is on record, and whose world is not. Runs author code.
    """
    missing = task.agents_required - len(people)
    if task.fill_with is None or missing <= 0:
        return ()
    seats: list[PersonAgent | BotAgent] = [person.another() for person in people]
    seats += [stand_in(task) for _ in range(missing)]
    give_roles(task, seats, person_name)
    taken = {person.role for person in people}
    return tuple(seat.role for seat in seats if seat.role is not None and seat.role not in taken)[:missing]


class _Nobody:
    """What a stand-in thinks with."""

    def observe(self, act: Act) -> None:
        raise AgentError("a seat that is given a role hears nothing yet")

    def act(self) -> Act | None:
        raise AgentError("a seat that is given a role says nothing yet")


def is_nameless(task: TaskPlan) -> bool:
    """Whether who is in this task alone is shown no name: no author gave one, and no bot passes for a person."""
    return (
        task.assign_roles is None and task.agents_required == 1 and all(bot.disclose for bot in task.bots.values())
    )


def _name(function: object) -> str:
    return getattr(function, "__qualname__", type(function).__name__)


def give_roles(task: TaskPlan, agents: Sequence[PersonAgent | BotAgent], person_name: str) -> None:
    """Have a task's author give these roles, or call them by numbers. Raises whatever the author's code does."""
    if task.assign_roles is None:
        names = (numbered_name(person_name, number) for number in count(1))
        free = (name for name in names if name not in task.bots)
        for agent, name in zip(agents, free, strict=False):
            agent.disp_id = name
            if isinstance(agent, PersonAgent):
                agent.nameless = is_nameless(task)
        return
    task.assign_roles([*agents])
    for agent in agents:
        if agent.disp_id is not None and (not isinstance(agent.disp_id, str) or not agent.disp_id):
            raise WorldError(
                f"expected {task.world.__name__}.assign_roles(agents) to set disp_id to a name or leave it None, "
                f"got {agent.disp_id!r:.60} for {agent.id}"
            )
