"""Questions with a right answer."""

from __future__ import annotations

from dataclasses import dataclass

from .answer_value import AnswerValue


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """Which answers to a question are right, and what follows on others.

    Attributes:
        correct: The right answers; any one of them will do.
        tries: How often somebody may answer, at least once.
        ends_with: The outcome with which the form ends for who has no try left; empty where they go on.
        when_wrong: What is said after a wrong answer; empty for the sentence that is always said.
    """

    correct: tuple[AnswerValue, ...]
    tries: int = 1
    ends_with: str = ""
    when_wrong: str = ""
