"""The absence of a bot that passes for a person: for a moment after a restart, for good once it has no answer."""

from __future__ import annotations

from random import Random
from typing import Any

from ..message import DISCONNECT_TEXT, Message

SOONEST_BACK_SECONDS = 0.5
LATEST_BACK_SECONDS = 6.0
"""Between these a person's page is there again after a restart of the service."""


class BotAbsence:
    """Used on the run's own thread, but for `is_gone`. It is pickled with its seat."""

    was_cut_off = False
    """True for one that sits down anew in a conversation which a restart cut off at its very beginning."""

    def __init__(self) -> None:
        self.is_leaving = False
        """True once it has gone away for good; for others that shows a while later."""
        self.is_gone = False
        """True once that shows."""
        self.is_told = False
        """True once its world was given the act that says so."""
        self._back_at: float | None = None

    @property
    def has_news(self) -> bool:
        """Whether `act()` would say that it has gone."""
        return self.is_gone and not self.is_told

    def is_away(self, now: float) -> bool:
        """Whether it is away at this moment of the run's clock, and says and hears nothing."""
        return self.is_leaving or (self._back_at is not None and now < self._back_at)

    def goes_away(self, now: float, line: str) -> float:
        """It was cut off by a restart, as people are; return after how many seconds it is back.

        Args:
            now: On the run's clock.
            line: Names the line to come, as the seed of that time.
        """
        seed = Random(f"away:{line}")  # noqa: S311  # it spreads times, and guards nothing
        seconds = seed.uniform(SOONEST_BACK_SECONDS, LATEST_BACK_SECONDS)
        self._back_at = now + seconds
        self.was_cut_off = False
        return seconds

    def tell(self) -> None:
        """Its world is given the act that says that it has gone."""
        self.is_leaving = self.is_gone = self.is_told = True

    def __getstate__(self) -> dict[str, Any]:
        # Clocks begin anew with each process, and so does the time in which somebody may come back.
        return {**self.__dict__, "_back_at": None, "is_gone": self.is_told}


def leaving_of(role: str) -> Message:
    """Return the act that says that somebody of that role has gone for good."""
    return Message(DISCONNECT_TEXT, id=role, episode_done=True)


def is_leaving_act(message: Message) -> bool:
    """Return whether that is what an act says, and not somebody's words."""
    return message.text == DISCONNECT_TEXT and message.carried_line is None
