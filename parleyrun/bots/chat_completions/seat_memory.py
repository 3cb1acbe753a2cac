"""A seat's memory: who it is, who the others are, and what it has heard and said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.asking import ends_episode, is_parting
from ...core.message import Act, words_with_quote
from ..system_text import filled
from .chat_history import ChatHistory, Summarize
from .prompt import PromptLine
from .token_estimate import TokenEstimate


class SeatMemory:
    """One thread at a time. It is pickled with its seat.

    Args:
        name: What the model calls itself as long as it has no role.
        most_tokens: How long a prompt may be; None for as long as it gets.
        most_lines: How many lines it may have; None likewise.
    """

    def __init__(self, name: str, most_tokens: int | None = None, most_lines: int | None = None) -> None:
        self.name = name
        self._history = ChatHistory(most_tokens, most_lines)
        self._about: dict[str, Any] = {}
        self._others: dict[str, None] = {}
        self._is_over = False

    def introduce(self, about: Mapping[str, Any]) -> None:
        """Take notice of the seat: `role`, `task`, `people`, `condition`, `onboard_data`, `instruction`."""
        self._about = dict(about)
        if about.get("role"):
            self.name = str(about["role"])

    @property
    def others(self) -> frozenset[str]:
        """Who else was heard to speak."""
        return frozenset(self._others) - {self.name}

    def heard(self, act: Act, images: tuple[str, ...] = ()) -> None:
        """Remember what somebody said; after the end of an episode another one begins."""
        if self._is_over:
            self.forget()
        # Somebody who goes away leaves the others in the conversation.
        self._is_over = ends_episode(act) and not is_parting(act)
        speaker = str(act.get("id") or "")
        if speaker and speaker != self.name:
            self._others[speaker] = None
        self._history.add(PromptLine(words_with_quote(act), speaker, mine=False, images=images))

    def said(self, act: Act) -> None:
        """Remember what was said in this seat's name."""
        if act and act.get("text"):
            self._history.add(PromptLine(str(act["text"]), self.name, mine=True))

    def messages(
        self, system: str, estimate: TokenEstimate, reserve: int, summarize: Summarize | None = None
    ) -> list[dict[str, Any]]:
        """Return the prompt, as `ChatHistory.messages` does, with what is known of the seat in the system text."""
        values = {**self._about, "people": self._about.get("people") or list(self._others)}
        told = (filled(system, values), str(self._about.get("instruction") or ""))
        return self._history.messages("\n\n".join(filter(None, told)), estimate, reserve, summarize)

    def forget(self) -> None:
        """Begin anew, in the same seat."""
        self._is_over = False
        self._history.clear()
        self._others.clear()

    def fork(self) -> SeatMemory:
        """Return a copy, which remembers for itself."""
        fork = SeatMemory(self.name)
        fork._history = self._history.fork()
        fork._about = self._about
        fork._others = dict(self._others)
        fork._is_over = self._is_over
        return fork
