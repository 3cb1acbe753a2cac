"""How people react to lines, and what they reply to, on record."""

from __future__ import annotations

from collections.abc import Callable

from ....events import Delivery
from ....signals import LineReactions
from ...columns import readable
from ...protocol import Reaction
from ..reader import Face
from .line_copies import reactions_to, shown_line
from .reaction_entry import ReactionEntry


class RecordedReactions(Face):
    """The part of a durable store that knows of replies and reactions."""

    def react(self, reaction: Reaction, publish: Callable[[str, LineReactions], None]) -> None:
        """Record that somebody reacts to a line, and publish that on the store's thread.

        Raises `StoreError` once the store is closed.
        """
        self._put(ReactionEntry(reaction, publish))

    def shown_line(self, participant_id: str, line: str) -> Delivery | None:
        """Return somebody's line of that name; None if they were never shown it. Raises `StoreError`."""
        return self._reader.ask(lambda connection: shown_line(connection, participant_id, readable(line)))

    def reactions_to(self, participant_id: str) -> list[LineReactions]:
        """Return how people have reacted to the lines of somebody's log, in order. Raises `StoreError`."""
        return self._reader.ask(lambda connection: reactions_to(connection, participant_id))
