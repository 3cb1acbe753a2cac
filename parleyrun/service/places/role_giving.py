"""Roles: who is called what in a conversation, people and the bots that sit down where nobody came."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, count

from ...config.plan import TaskPlan
from ...core.bot_seats.bot_agent import BotAgent
from ...core.bot_seats.bot_names import BOT_PREFIX
from ...core.bot_seats.bot_settings import BotSettings
from ...core.message import Act
from ...errors import AgentError, WorldError
from ...runner.person import PersonAgent
from ...text import numbered_name


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
    missing = task.fewest - len(people)
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
        task.assign_roles is None
        and not task.config.talk.roles
        and task.agents_required == 1
        and all(bot.disclose for bot in task.bots.values())
    )


def give_roles(task: TaskPlan, agents: Sequence[PersonAgent | BotAgent], person_name: str) -> None:
    """Have a task's author give these roles, or call them by numbers. Raises whatever the author's code does."""
    if task.assign_roles is None:
        numbered = (numbered_name(person_name, number) for number in count(1))
        names = chain(task.config.talk.roles, numbered)
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
