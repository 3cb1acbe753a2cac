"""Seat swaps: a bot sits down where a person sat, in a world that goes on."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from ...core.agents import Agent
from ...core.bot_seats.bot_agent import BotAgent
from ...core.message import Message
from ..habits import same_values
from ..mailbox import Mailbox

if TYPE_CHECKING:
    from ..person import PersonAgent
    from ..seating import RunSeating

WAITS_INSIDE = (
    "expected a world between two parleys: this one waits for people inside parley(), where no seat can be swapped"
)
"""Why no bot can sit down there now."""

_LEAVES = (str, bytes, int, float, complex, type, FunctionType, MethodType, ModuleType, type(None))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeatSwap:
    """A bot is to sit down in a person's seat.

    Attributes:
        person: The seat.
        task: The key of the task.
        entry: Which bot that is, as the control board has it.
        bot: Makes the bot. Called on the run's thread.
        past: Returns what was said to the person there, and (True) by them.
    """

    person: PersonAgent
    task: str
    entry: Mapping[str, Any]
    bot: Callable[[], BotAgent]
    past: Callable[[], Sequence[tuple[bool, Message]]]


def swap_seats(world: Any, agents: Sequence[PersonAgent], swaps: Sequence[SeatSwap], seating: RunSeating) -> None:
    """Have bots sit down, between two parleys, on the run's own thread.

    One that sits there already, as it does in a world that was restored, stays.

    Args:
        world: The world; whatever it holds that is one of the seats is that of the bot afterwards.
        agents: All people's seats of the run.
        swaps: Who sits down where.
        seating: Of the run.
    """
    for swap in swaps:
        _leave_to_bot(swap.person, seating)
        bot = swap.bot()
        if not put_in_place(world, swap.person, bot):
            continue
        others = [seat for seat in swap.person.message_partners if not getattr(seat, "replaced", False)]
        for seat in others:
            partners = getattr(seat, "message_partners", ())
            seat.message_partners = tuple(bot if each is swap.person else each for each in partners)
        bot.message_partners = tuple(others)
        bot.introduce(swap.task, bot.message_partners)
        missed, swap.person.missed = swap.person.missed, []
        bot.go_on_from([*swap.past(), *((False, message) for message in missed)])
        seating.bots.adopt(bot)


def _leave_to_bot(person: PersonAgent, seating: RunSeating) -> None:
    person.replaced = True
    person.timed_out = False
    person.stop_listening()
    person.mailbox = Mailbox()
    if seating.unanswered is person:
        seating.unanswered = None


def put_in_place(world: Any, seat: Any, other: Any) -> bool:
    """Put another seat wherever a world holds one: in attributes, lists, tuples, sets and dicts, at any depth.

    Returns:
        False if the world did not hold it.
    """
    found = False
    seen: set[int] = set()
    waiting = deque([world])

    def changed(value: Any) -> Any:
        nonlocal found
        if value is seat:
            found = True
            return other
        make = _maker_of(value)
        if make is not None:
            values = [*value]
            new = [*map(changed, values)]
            return value if same_values(values, new) else make(new)
        waiting.append(value)
        return value

    while waiting:
        holder = waiting.popleft()
        if (
            id(holder) in seen
            or isinstance(holder, _LEAVES)
            or (holder is not world and isinstance(holder, Agent))
        ):
            continue
        seen.add(id(holder))
        if isinstance(holder, list | deque):
            for place, value in enumerate(holder):
                if (new := changed(value)) is not value:
                    holder[place] = new
        elif isinstance(holder, dict):
            _in_dict(holder, changed)
        elif isinstance(holder, set):
            for value in [*holder]:
                if (new := changed(value)) is not value:
                    holder.remove(value)
                    holder.add(new)
        elif isinstance(holder, tuple):  # of a kind that cannot be made from its values
            waiting.extend(holder)
        elif _may_hold_seats(type(holder)):
            attributes = getattr(holder, "__dict__", None)
            if isinstance(attributes, dict):
                _in_dict(attributes, changed)
    return found


def _maker_of(value: Any) -> Callable[[list[Any]], Any] | None:
    """Return what makes a tuple like this one, which cannot be changed itself; None for all else."""
    if type(value) is tuple:
        return tuple
    return getattr(value, "_make", None) if isinstance(value, tuple) else None


def _may_hold_seats(kind: type) -> bool:
    """Whether it is a world's own: not the service, which worlds may hold too, and no thread or lock."""
    room = kind.__module__.split(".")
    if room[0] == "parleyrun":
        return len(room) > 1 and room[1] in ("core", "ready")
    return kind is SimpleNamespace or room[0] not in sys.stdlib_module_names or room[0] == "__main__"


def _in_dict(holder: dict[Any, Any], changed: Callable[[Any], Any]) -> None:
    for key, value in [*holder.items()]:
        if (new := changed(value)) is not value:
            holder[key] = new
        if (new_key := changed(key)) is not key:
            holder[new_key] = holder.pop(key)
