"""The route to replicas: what a seat asks of a model that lives elsewhere, and what it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ...core.message import Act
from ...core.model_answer import ModelAnswer
from ...core.thinking import Thinking
from ...errors import ModelFailure

OnText = Callable[[str], None]
"""Told the words of an answer so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaFacts:
    """What the replicas of one model have in common.

    Attributes:
        id: What a copy of the model is called.
        described: What it is, in a few words.
        forks: Whether a conversation may go on while an answer is made (`fork`).
        streams: Whether the words of an answer can be shown while they come (`on_text`).
        at_once: How many questions a replica has at a time: those that are being answered, and as many to come.
    """

    id: str
    described: str
    forks: bool
    streams: bool
    at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaQuestion:
    """One answer is wanted.

    Attributes:
        model: The model's name.
        base: Names the copy of the model that has heard a part of the conversation already; empty for none.
        known: How many of `events` that one has heard.
        events: All that was heard and said in the conversation: pickles of `(kind, what)`.
        streams: Whether the words are wanted while they come.
    """

    model: str
    base: str
    known: int
    events: tuple[bytes, ...]
    streams: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaReply:
    """What came of a question.

    Attributes:
        act: What the model says; None for nothing.
        base: Names the copy that has answered, and remembers it.
        id: What that copy is called.
        answer: What it took; None where nobody was asked.
        failure: Why there is no answer; None if there is one.
        error: What happened then, as one sentence.
        may_pass: Whether the same question may be answered later.
    """

    act: Act | None = None
    base: str = ""
    id: str = ""
    answer: ModelAnswer | None = None
    failure: ModelFailure | None = None
    error: str = ""
    may_pass: bool = False


class ReplicaRoute(Protocol):
    """Reaches the replicas of models. Any thread."""

    def open(self, model: str) -> ReplicaFacts:
        """Start the replicas of a model, unless they are there, and return what they have in common. Blocks.

        Raises:
            AgentError: One of them cannot be built.
            EngineError: One of them cannot be started.
        """

    def ask(self, question: ReplicaQuestion, thinking: Thinking, on_text: OnText | None) -> ReplicaReply:
        """Return what one of the replicas answers. Blocks.

        Args:
            question: What is asked.
            thinking: Says whether anybody still waits for it.
            on_text: Told the words while they come, on any thread; None where nobody wants them.

        Raises:
            ModelError: No replica can be asked, or nobody waits any more.
        """

    def trouble(self, model: str) -> str | None:
        """Say what keeps the replicas of a model from answering; None while nothing does."""
