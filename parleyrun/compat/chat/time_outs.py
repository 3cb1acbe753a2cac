"""Waiting for a person, not for ever."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

TIMED_OUT = "You took too long to answer."


class TimeoutUtils:
    """What worlds of ParlAI's wait with. All of it is called in a `parley()`."""

    @staticmethod
    def get_timeout_act(
        agent: Any, timeout: float = 120, quick_replies: Iterable[Any] | None = None
    ) -> dict[str, Any] | None:
        """Return what a person says next; None if they say nothing in time, or none of the replies.

        Args:
            agent: Their seat.
            timeout: How many seconds they have.
            quick_replies: Whatever they may answer; anything else is answered, and they are asked again.
        """
        allowed = None if quick_replies is None else [str(reply) for reply in quick_replies]
        while True:
            act: dict[str, Any] | None = agent.act_blocking(timeout)
            if act is None or allowed is None or act.get("text") in allowed:
                return act
            agent.observe({"id": "", "text": "Invalid response. Please try again.", "quick_replies": allowed})

    @staticmethod
    def get_response_timeout_loop(
        agent: Any, world: Any, timeout: float = 120, timeout_msg: str = TIMED_OUT
    ) -> dict[str, Any] | None:
        """Return what a person says next; None if they say nothing in time, told so, and the world is done."""
        act = TimeoutUtils.get_timeout_act(agent, timeout)
        if act is None:
            world.episodeDone = True
            agent.observe({"id": "", "text": timeout_msg})
        return act
