"""Answer making: what is done on a thread of its own, from what a bot was shown to what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...errors import ModelError, ModelFailure
from ..message import Act
from ..model_answer import BotDecision, ModelAnswer
from ..thinking import Thinking, thinking_here
from .allowance import Allowance
from .bot_desk import BotDesk
from .decision_numbers import late_number
from .pacing import Pacing
from .promises import Asker, Promises
from .spending import SpendingLimit

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
        allowance: What it may take.
    """

    def __init__(
        self,
        bot: BotAgent,
        desk: BotDesk,
        model: Any,
        unheard: Sequence[Act],
        line: str,
        allowance: Allowance,
    ) -> None:
        from threading import Lock  # whoever only imports what authors use needs none

        self._bot = bot
        self._desk = desk
        self._model = model
        self._unheard = unheard
        self._allowance = allowance
        pace = None if bot.settings is None else bot.settings.pace
        self._pacing = None if pace is None else Pacing(pace, line)
        self._is_over: Callable[[], bool] = lambda: False
        self._lock = Lock()  # guards the two below
        self._is_left = False
        self._counted: ModelAnswer | None = None

    def leave(self) -> None:
        """Nobody takes the answer any more: what it takes goes on record by itself. Any thread."""
        with self._lock:
            self._is_left = True
            answer = self._counted
        if answer is not None:
            self._record(answer)

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
        typing = 0.0
        if pacing is not None and made.act is not None:
            typing = pacing.typing_seconds(str(made.act.get("text") or ""))
        remaining = 0.0 if pacing is None else began + reading + typing - desk.now()
        # Also what nobody takes any more was paid for; only that such an answer was cut off is no failure.
        if answer is not None and (made.error is None or answer.prompt_tokens or not thinking.is_over()):
            count(desk, self._allowance, answer)
            if remaining > 0:
                # It may be half a minute until a turn has it: what was paid for is on record sooner than that.
                answer = self._note(answer)
                made = replace(made, answer=answer)
            with self._lock:
                self._counted = answer
                is_left = self._is_left
            if is_left:
                self._record(answer)
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
            with thinking_here(thinking), self._allowance:
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

    def _note(self, answer: ModelAnswer) -> ModelAnswer:
        """Put an answer on record before it is said; return it as one that is."""
        return replace(answer, noted_as=self._record(answer, "it was not said yet"))

    def _record(self, answer: ModelAnswer, why: str = "nobody waited for it any more") -> int | None:
        desk = self._desk
        if desk.means is None:
            return None
        decision = BotDecision(
            participant_id=self._bot.record_id,
            number=late_number(),
            kind="overtaken",
            why=why,
            at=desk.wall_time(),
            answer=answer,
        )
        desk.means.record(desk.run_uid, decision)
        return decision.number

    def _failed(self, error: ModelError) -> MadeAnswer:
        answer = getattr(self._model, "last_answer", None)
        if answer is None or answer.failure == "":
            name = self._bot.model_name
            answer = ModelAnswer(model=name, failure=error.cause.value, error=str(error), tries=error.tries)
        return MadeAnswer(act=None, model=self._model, answer=answer, error=error)


def allowance_of(desk: BotDesk, bot: BotAgent, *, is_limited: bool = True) -> Allowance:
    """Return what an answer of a bot may take, by the limits of its conversation and of the study."""
    settings, means = bot.settings, desk.means
    limits: list[SpendingLimit] = []
    if is_limited and settings is not None:
        limits.append(
            SpendingLimit(
                of=desk.spendings(),
                max_cost=settings.max_cost,
                max_tokens=settings.max_tokens_total,
                whose="this conversation",
            )
        )
    if means is None:
        return Allowance((bot.spent,), limits, Promises())
    if is_limited:
        limits.append(means.limit)
    asker = Asker(run_uid=desk.run_uid, record_id=bot.record_id, model=bot.model_name)
    return Allowance((bot.spent, means.study), limits, means.promises, asker)


def count(desk: BotDesk, allowance: Allowance, answer: ModelAnswer) -> None:
    """Add what an answer took to what its seat, and its study, have taken. Any thread."""
    allowance.settle(answer)
    if desk.means is not None:
        desk.means.counted(answer)
