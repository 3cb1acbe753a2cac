"""How a bot behaves in its seat: when it speaks, at which pace, and what happens where its model fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from ..conditions import ByCondition, Value, When, holds

if TYPE_CHECKING:
    from ..agents import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPolicy:
    """When a bot speaks that sits among others.

    Attributes:
        kind: `each`: after each message that it is shown; `in_turn`: once everybody else has spoken since it last
            did; `when_addressed`: when its name is in what it is shown, or only one other sits there; `after`:
            as the two numbers say; `callable`: as `decides` says.
        messages: With `after`, how many messages by others make it speak.
        silence_seconds: With `after`, how long nobody has said anything before it speaks; None for never.
        decides: With `callable`, called with the seat and the acts that it was shown since it last spoke; true to
            speak. None until the world module is known.
        function: With `callable`, its name in the world module.
    """

    kind: Literal["each", "in_turn", "when_addressed", "after", "callable"] = "each"
    messages: int = 1
    silence_seconds: float | None = None
    decides: Callable[[Any, list[dict[str, Any]]], bool] | None = None
    function: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a bot reads and types. Words are counted, and every time is spread by `jitter`.

    Attributes:
        reading_words_per_minute: How fast it reads what it is shown.
        typing_words_per_minute: How fast it types.
        jitter: By which part of itself a time may differ, up or down: 0 to 1.
        longest_seconds: How long reading and typing take together at most.
        seed: The same seed, conversation and line give the same times.
    """

    reading_words_per_minute: float = 250.0
    typing_words_per_minute: float = 60.0
    jitter: float = 0.25
    longest_seconds: float = 30.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBotError:
    """What happens where a model gives no answer. At most one of the two is set; none ends the conversation.

    Attributes:
        say: What the bot says instead.
        replace_with: The model, by its name, that goes on in its stead.
    """

    say: str | None = None
    replace_with: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """How a bot behaves in its seat.

    Attributes:
        model: The name under `models:` of what it thinks with.
        when: For which values of conditions it sits there; None for all.
        disclose: Whether people are told that it is a bot.
        reply: When it speaks.
        begins: Whether it speaks before anybody else has.
        overtaken: What becomes of an answer that was made while others said something: it is made anew, dropped,
            or said all the same.
        max_bot_turns: How many lines in a row bots may say before a person has to say something.
        pace: How fast it reads and types; None as fast as it can.
        on_error: What happens where its model gives no answer.
        max_cost: What its model may cost in one conversation; None for no limit.
        max_tokens_total: How many tokens it may take in one conversation; None for no limit.
        disclose_by: Whether people are told that it is a bot, where that depends on a condition; `disclose` is
            false as long as their values are not known.
        instruction: What its model is told of this one conversation, besides its system text.
        repeat: Which time it is, from 0, that the same conversation is held, for another seed each time.
    """

    model: str
    when: When | None = None
    disclose: bool = True
    reply: ReplyPolicy = field(default_factory=ReplyPolicy)
    begins: bool = False
    overtaken: Literal["ask_again", "drop", "say"] = "ask_again"
    max_bot_turns: int = 3
    pace: Pace | None = None
    on_error: OnBotError = field(default_factory=OnBotError)
    max_cost: float | None = None
    max_tokens_total: int | None = None
    disclose_by: ByCondition[bool] | None = None
    instruction: str = ""
    repeat: int = 0

    def under(self, values: Mapping[str, Value]) -> BotSettings:
        """Return how it behaves towards those who have these values of the conditions."""
        by = self.disclose_by
        if by is None or not by.when.keys() <= values.keys():
            return self
        told = by.then if holds(by.when, values) else by.otherwise
        return replace(self, disclose=told, disclose_by=None)


ModelSeat = Callable[[str], "Model"]
"""Gives a model of that name for one seat: its weights and connections are shared, its conversation is its own."""
