"""Asking whoever sits in a world: agents that answer at once, and people, who take their time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from ..errors import WorldError
from .message import DISCONNECT_TEXT, TIMEOUT_TEXT, Act

_PARTING = (DISCONNECT_TEXT, TIMEOUT_TEXT)


def ask(agent: Any, seconds: float | None = None) -> Act | None:
    """Return the agent's act, checked; None if it has nothing to say.

    A person's seat is asked in the blocking style: the world waits for them, at most `seconds`, after which
    their act has the text `[TIMEOUT]`. So is a bot that would else speak when it likes, but it takes the time it
    takes.
    """
    if not is_person(agent):
        act = agent.act() if getattr(agent, "settings", None) is None else _spoken(agent.act_blocking())
    elif seconds is None:
        act = agent.act_blocking()
    else:
        act = agent.act_blocking(seconds)
    return act if act is None or type(act) is dict else validate(act)


def _spoken(act: Act) -> Act | None:
    return act if act.get("text") or act.get("payload") or act.get("episode_done") else None


def is_person(agent: Any) -> bool:
    """Return whether an agent has to be waited for."""
    return hasattr(agent, "act_blocking") and not getattr(agent, "is_bot", False)


def is_parting(act: Act | None) -> bool:
    """Return whether an act says that a person has gone for good, or did not answer in time."""
    return act is not None and act.get("episode_done") is True and act.get("text") in _PARTING


def ends_episode(act: Act | None) -> bool:
    """Return whether an act says that the episode is over."""
    return act is not None and bool(act.get("episode_done"))


def validate(observation: Any) -> Any:
    """Return what an agent is to observe; raise `WorldError` if it is no mapping, as acts and observations are.

    Args:
        observation: What an agent is to be shown, or has done.

    Returns:
        The same.

    Raises:
        WorldError: It is no mapping.
    """
    if isinstance(observation, Mapping):
        return observation
    raise WorldError(
        f"expected an act or observation to be a dict, got {type(observation).__name__} {observation!r:.60}"
    )


def shut_down(those: Iterable[Any]) -> None:
    """Call `shutdown()` of each of these once, first to last, of the others too when one of them raises."""
    with ExitStack() as stack:
        # A stack calls what came last first.
        for one in reversed({id(one): one for one in those}.values()):
            shutdown = getattr(one, "shutdown", None)
            if shutdown is not None:
                stack.callback(shutdown)
