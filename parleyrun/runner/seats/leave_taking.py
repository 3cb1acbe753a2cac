"""How a world is told that somebody has gone for good, and is ended where it takes no notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ...core.message import DISCONNECT_TEXT, Message
from ..timers import Timers
from ..turn import EVERYBODY_LEFT, LEAVING_IGNORED, LEAVING_UNNOTICED, Outcome

if TYPE_CHECKING:
    from ..person import PersonAgent

Stop = Callable[[Outcome], None]


def leaving_act(agent: PersonAgent) -> Message:
    """Return the act that says that the person has gone for good."""
    return Message(DISCONNECT_TEXT, id=agent.disp_id or agent.id, episode_done=True)


def watch_leaving(
    agent: PersonAgent, agents: Sequence[PersonAgent], timers: Timers, tick_seconds: float, stop: Stop
) -> None:
    """Have a run ended one tick after somebody has left it, if nobody is there any more or its world ignores it.

    Args:
        agent: Who has left.
        agents: All people of the run.
        timers: Wait for the tick.
        tick_seconds: How long it is.
        stop: Ends the run.
    """
    if all(other.left or other.replaced for other in agents):
        # The world is told, and may put things in order, but there is nobody left for whom to go on.
        timers.call_later(tick_seconds, partial(stop, Outcome("left", EVERYBODY_LEFT)))
    else:
        timers.call_later(tick_seconds, partial(_end_unless_noticed, agent, stop))


def end_as_ignored(who: str, timers: Timers, tick_seconds: float, stop: Stop) -> None:
    """Have a run ended one tick after its world has asked somebody once more who has left, as it knows."""
    ignored = Outcome("left", LEAVING_IGNORED.format(who=who))
    timers.call_later(tick_seconds, partial(stop, ignored))


def _end_unless_noticed(agent: PersonAgent, stop: Stop) -> None:
    if not agent.left_told:
        stop(Outcome("left", LEAVING_UNNOTICED.format(who=agent.role or agent.id)))
