"""The history of a seat, as ParlAI's authors ask a model for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .shared_bot import SharedBot

MOST_LINES = 400
"""How many lines are kept."""


class SeatHistory:
    """What was said at a bot's seat, the oldest first.

    Args:
        bot: Who sits there.
    """

    delimiter = "\n"

    def __init__(self, bot: SharedBot) -> None:
        self._bot = bot
        self._lines: list[str] = []

    def add(self, act: Mapping[str, Any]) -> None:
        """Note what was said."""
        text = act.get("text")
        if text:
            self._lines.append(str(text))
            del self._lines[:-MOST_LINES]

    def add_reply(self, text: str) -> None:
        """Have the bot take this for something that it has said itself."""
        self.add({"text": text})
        tell = getattr(self._bot.model, "self_observe", None)
        if tell is not None:
            tell({"id": self._bot.id, "text": text, "episode_done": False})

    def get_history_str(self) -> str:
        """Return all of it as one text, a line each."""
        return self.delimiter.join(self._lines)

    def reset(self) -> None:
        """Forget it."""
        self._lines.clear()

    def __str__(self) -> str:
        return self.get_history_str()
