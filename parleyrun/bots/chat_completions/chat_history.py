"""The chat history of one seat: what it has heard and said, kept short enough for the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .prompt import PromptLine, messages_of
from .token_estimate import TokenEstimate

CUT_TO = 0.75
"""To which part of the budget a prompt is cut: rarely and in large steps, as servers keep what begins the same."""

SUMMARY_NOTE = "What was said before, in short: "

Summarize = Callable[[str, tuple[PromptLine, ...]], str]
"""Called with the summary so far and with lines that have to go; returns the new summary."""


class ChatHistory:
    """One thread at a time. It is pickled with its seat, so there is nothing in it but what was said.

    Args:
        most_tokens: How long a prompt may be; None for as long as it gets.
        most_lines: How many lines it may have; None likewise.
    """

    def __init__(self, most_tokens: int | None = None, most_lines: int | None = None) -> None:
        self._most_tokens = most_tokens
        self._most_lines = most_lines
        self._lines: list[PromptLine] = []
        self._summary = ""

    def add(self, line: PromptLine) -> None:
        self._lines.append(line)
        if self._most_lines is not None:
            del self._lines[: -self._most_lines]

    def fork(self) -> ChatHistory:
        """Return a history that goes on from here by itself."""
        fork = ChatHistory(self._most_tokens, self._most_lines)
        fork._lines = list(self._lines)
        fork._summary = self._summary
        return fork

    def clear(self) -> None:
        self._lines.clear()
        self._summary = ""

    @property
    def lines(self) -> tuple[PromptLine, ...]:
        return tuple(self._lines)

    def messages(
        self, system: str, estimate: TokenEstimate, reserve: int, summarize: Summarize | None = None
    ) -> list[dict[str, Any]]:
        """Return the prompt.

        Args:
            system: What the model is told about itself.
            estimate: Says how long a prompt is.
            reserve: How many tokens of the budget are for the answer.
            summarize: Makes a summary of the lines that have to go; None: they just go.
        """
        messages = self._messages(system)
        if self._most_tokens is None or estimate.of_messages(messages) + reserve <= self._most_tokens:
            return messages
        gone: list[PromptLine] = []
        while len(self._lines) > 1 and estimate.of_messages(messages) + reserve > self._most_tokens * CUT_TO:
            number = max(1, len(self._lines) // 8)
            gone += self._lines[:number]
            del self._lines[:number]
            messages = self._messages(system)
        if gone and summarize is not None:
            self._summary = summarize(self._summary, tuple(gone))
            messages = self._messages(system)
        return messages

    def _messages(self, system: str) -> list[dict[str, Any]]:
        if self._summary:
            system = f"{system}\n\n{SUMMARY_NOTE}{self._summary}".strip()
        return messages_of(system, self._lines)
