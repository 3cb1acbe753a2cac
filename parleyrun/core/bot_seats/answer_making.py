"""Answer making: what is done on a thread of its own, from what a bot was shown to what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import ModelError, ModelFailure
from ..message import Act
from ..model_answer import ModelAnswer
from ..thinking import Thinking, thinking_here
from .bot_desk import BotDesk
from .pacing import Pacing

if TYPE_CHECKING:
    from .bot_agent import BotAgent

TYPING_REPEATED_SECONDS = 5.0
"""How often it is said again that the bot types, as a person's page does: a screen believes it for 20 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeAnswer:
    """What came of asking a model.

    Attributes:
        act: What it says; None for nothing.
        model: The model, which remembers having said it.
        answer: What it took; None where the model does not tell.
        error: Why there is no answer; None if there is one.
    """

    act: Act | None
    model: Any
    answer: ModelAnswer | None
    error: ModelError | None = None


class AnswerMaking:
    """Asks a model once, at the bot's pace.

    Args:
        bot: Whose answer it is; only what does not change is looked at.
        desk: Of the run, for the signs and the clock.
        model: Whom to ask; nobody else uses it meanwhile.
        unheard: What the model is shown first.
        line: Names the line to come, as the seed of its pace.
    """

    def __init__(self, bot: BotAgent, desk: BotDesk, model: Any, unheard: Sequence[Act], line: str) -> None:
        self._bot = bot
        self._desk = desk
        self._model = model
        self._unheard = unheard
        pace = None if bot.settings is None else bot.settings.pace
        self._pacing = None if pace is None else Pacing(pace, line)
        self._is_over: Callable[[], bool] = lambda: False

    def __call__(self, thinking: Thinking) -> MadeAnswer:
        """Make the answer; a failure of the model is a part of what is returned. Any thread."""
        self._is_over = thinking.is_over
        try:
            return self._make(thinking)
        finally:
            self._is_over = lambda: True

    def _make(self, thinking: Thinking) -> MadeAnswer:
        desk, pacing = self._desk, self._pacing
        began = desk.now()
        reading = (
            0.0 if pacing is None else pacing.reading_seconds(str(act.get("text") or "") for act in self._unheard)
        )
        if reading > 0:
            desk.call_later(reading, self._has_read)
        else:
            self._has_read()
        made = self._ask(thinking)
        answer = made.answer
        # Also what nobody takes any more was paid for; only that such an answer was cut off is no failure.
        if answer is not None and (made.error is None or answer.prompt_tokens or not thinking.is_over()):
            count(desk, self._bot, answer)
        if pacing is not None:
            typing = 0.0 if made.act is None else pacing.typing_seconds(str(made.act.get("text") or ""))
            remaining = began + reading + typing - desk.now()
            if remaining > 0:
                thinking.wait(remaining, desk.call_later)
        return made

    def _has_read(self) -> None:
        if self._is_over():
            return
        lines = [str(act["carried_line"]) for act in self._unheard if act.get("carried_line")]
        self._desk.show_read(self._bot, lines)
        self._type()

    def _type(self) -> None:
        if self._is_over():
            return
        self._desk.show_typing(self._bot, on=True)
        if self._is_over():
            # Whoever said so a moment ago may have said it too early to be the last word.
            self._desk.show_typing(self._bot, on=False)
        else:
            self._desk.call_later(TYPING_REPEATED_SECONDS, self._type)

    def _ask(self, thinking: Thinking) -> MadeAnswer:
        model = self._model
        try:
            with thinking_here(thinking):
                for act in self._unheard:
                    model.observe(act)
                act = model.act()
        except ModelError as error:
            return self._failed(error)
        except Exception as error:  # an author's model may raise anything, and the conversation goes its way
            failure = ModelError(f"{type(error).__name__}: {error}", ModelFailure.CODE)
            failure.__cause__ = error
            return self._failed(failure)
        return MadeAnswer(act=act, model=model, answer=getattr(model, "last_answer", None))

    def _failed(self, error: ModelError) -> MadeAnswer:
        answer = getattr(self._model, "last_answer", None)
        if answer is None or answer.failure == "":
            name = self._bot.model_name
            answer = ModelAnswer(model=name, failure=error.cause.value, error=str(error), tries=error.tries)
        return MadeAnswer(act=None, model=self._model, answer=answer, error=error)


def count(desk: BotDesk, bot: BotAgent, answer: ModelAnswer) -> None:
    """Add what an answer took to what its seat, and its study, have taken. Any thread."""
    bot.spent.add(answer)
    if desk.means is not None:
        desk.means.study.add(answer)
        desk.means.counted(answer)
