"""The reply to a question, for whoever thinks to wait for it."""

from __future__ import annotations

from collections.abc import Callable

from ...bots.replicated.replica_route import ReplicaReply
from ...core.bot_seats.awaited import Awaited
from ...core.thinking import Thinking
from ...errors import ModelError, ModelFailure
from .replica_orders import unpacked_reply

LOOK_SECONDS = 1.0
"""How often it is looked whether anybody still waits, where nobody is woken."""


class AwaitedReply(Awaited):
    """Any thread."""

    def __init__(self) -> None:
        super().__init__()
        self._reply: tuple[bytes, int] | None = None

    def answered(self, reply: bytes, lost: int) -> None:
        """It is there, packed, after so many replicas that were lost while they had the question."""
        self._reply = reply, lost
        self.tell()

    def wait(self, thinking: Thinking, cancel: Callable[[], None]) -> ReplicaReply:
        """Return it. Blocks.

        Args:
            thinking: Says whether anybody still waits.
            cancel: Called if nobody does.

        Raises:
            ModelError: Nobody waits any more.
        """
        while not (self.is_there or thinking.is_over()):
            thinking.wait(LOOK_SECONDS, self.call_back)
        if self._reply is None:
            cancel()
            raise ModelError("nobody waited any more before there was an answer", ModelFailure.CUT)
        return unpacked_reply(*self._reply)
