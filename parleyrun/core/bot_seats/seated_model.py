"""A seated model: what a bot thinks with, what it has not been shown yet, and the answer that is being made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import AgentError, ModelError
from ..message import Act
from .allowance import Allowance
from .answer_making import AnswerMaking, MadeAnswer, allowance_of, count
from .bot_desk import BotDesk, PendingAnswer

if TYPE_CHECKING:
    from .bot_agent import BotAgent

MOST_KEPT = 400
"""How many acts are kept for a model that may have to take over."""


class SeatedModel:
    """Used on the run's own thread. It is pickled with its seat; an answer that is being made is not.

    Args:
        model: What thinks: has `observe` and `act`, and perhaps `fork`, `self_observe`, `last_answer`, `on_text`,
            and `seat`, which is None until it is told in which one it sits.
        keeps_past: Whether another model may have to take over.
    """

    def __init__(self, model: Any, *, keeps_past: bool) -> None:
        self.model = model
        self.unheard: list[Act] = []
        """What it has not been shown yet, as it may be thinking."""
        self._limits_apply = True
        self._past: list[tuple[bool, Act]] | None = [] if keeps_past else None
        self._pending: PendingAnswer | None = None
        self._making: AnswerMaking | None = None
        self._asked_through = 0

    def show(self, act: Act) -> None:
        """Somebody said this; the model sees it before it is asked next."""
        self.unheard.append(act)
        self._keep(mine=False, act=act)

    @property
    def is_asked(self) -> bool:
        """True while an answer is being made, or is there and was not taken."""
        return self._pending is not None

    @property
    def has_answer(self) -> bool:
        """True once the answer is there."""
        return self._pending is not None and self._pending.is_done

    @property
    def was_overtaken(self) -> bool:
        """True if it has been shown something since it was asked."""
        return len(self.unheard) > self._asked_through

    @property
    def can_be_asked_meanwhile(self) -> bool:
        """Whether the world may go on while it thinks: then a copy of it thinks."""
        return hasattr(self.model, "fork")

    def ask(self, desk: BotDesk, bot: BotAgent, line: str) -> None:
        """Have an answer made on another thread, if no limit is reached."""
        self._asked_through = len(self.unheard)
        allowance = allowance_of(desk, bot, is_limited=self._limits_apply)
        error = _limit_reached(allowance)
        if error is not None:
            self._pending = _Refused(MadeAnswer(act=None, model=self.model, answer=None, error=error))
            return
        model = self.model.fork() if self.can_be_asked_meanwhile else self.model
        _tell_seat(model, bot)
        if hasattr(model, "on_text"):
            streams = bot.stream_to and bot.is_disclosed and (desk.means is None or desk.means.streams)
            model.on_text = (lambda text: desk.show_growing(bot, text)) if streams else None
        self._making = AnswerMaking(bot, desk, model, list(self.unheard), line, allowance)
        self._pending = desk.begin(bot, self._making)

    def take(self, desk: BotDesk, bot: BotAgent, *, wait: bool = False) -> MadeAnswer:
        """Return the answer, once it is there; with `wait` hold the thread until then."""
        assert self._pending is not None
        if wait:
            desk.wait(bot, self._pending)
        pending, self._pending, self._making = self._pending, None, None
        made: MadeAnswer = pending.result()
        if not self.can_be_asked_meanwhile:
            # The model itself has been shown all of it.
            del self.unheard[: self._asked_through]
            self._asked_through = 0
        return made

    def accept(self, made: MadeAnswer) -> None:
        """What it answered is said: from now on it remembers that."""
        self.model = made.model
        if hasattr(self.model, "on_text"):
            self.model.on_text = None  # nobody listens until it is asked again, and it may be pickled now
        self.heard_what_it_was_asked()
        if made.act is not None:
            self._keep(mine=True, act=made.act)

    def heard_what_it_was_asked(self) -> None:
        """It is not asked about the same once more."""
        del self.unheard[: self._asked_through]
        self._asked_through = 0

    def ask_directly(self, bot: BotAgent) -> Act | None:
        """Ask on this very thread."""
        _tell_seat(self.model, bot)
        for shown in self.unheard:
            self.model.observe(shown)
        self.unheard.clear()
        act: Act | None = self.model.act()
        return act

    def remember(self, act: Act) -> None:
        """It is on record that it said this, and it is not asked again."""
        for shown in self.unheard:
            self.model.observe(shown)
        self.unheard.clear()
        self._asked_through = 0
        tell = getattr(self.model, "self_observe", None)
        if tell is not None:
            tell(act)
        self._keep(mine=True, act=act)

    def replace(self, desk: BotDesk, name: str, *, as_limit_reached: bool) -> None:
        """Let the model of that name go on in this one's stead: it is told all that was said.

        One that takes over as a limit is reached is not bound by it, as it would never say anything.
        """
        self._limits_apply = self._limits_apply and not as_limit_reached
        if desk.means is None:
            raise AgentError(f"expected a service that has the model '{name}', to go on in the stead of another")
        waiting = len(self.unheard)
        past = self._past or []
        self._seat(desk.means.seat(name), past[: len(past) - waiting])

    def be(self, model: Any, past: Sequence[tuple[bool, Act]]) -> None:
        """Let another model go on in this one's stead, which is told what was said, but for what waits for it."""
        waiting = len(self.unheard)
        known = [*past]
        for place in reversed(range(len(known))):
            if not waiting:
                break
            if not known[place][0]:
                del known[place]
                waiting -= 1
        self._seat(model, known)

    def _seat(self, model: Any, past: Sequence[tuple[bool, Act]]) -> None:
        self.model = model
        for mine, act in past:
            tell = getattr(model, "self_observe", None) if mine else model.observe
            if tell is not None:
                tell(act)

    def abandon(self) -> None:
        """Nobody waits for the answer any more."""
        pending, self._pending = self._pending, None
        making, self._making = self._making, None
        if pending is not None:
            pending.abandon()
        if making is not None:
            making.leave()

    def _keep(self, *, mine: bool, act: Act) -> None:
        if self._past is not None:
            self._past.append((mine, act))
            del self._past[:-MOST_KEPT]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pending": None, "_making": None, "_asked_through": 0}


def _limit_reached(allowance: Allowance) -> ModelError | None:
    """Return what says that a limit of the conversation, or of the study, is reached; None if none is."""
    try:
        allowance.check()
    except ModelError as error:
        return error
    return None


def _tell_seat(model: Any, bot: BotAgent) -> None:
    """Tell a model in which seat it sits, if it wants to know."""
    if hasattr(model, "seat") and model.seat is None:
        model.seat = bot


def made_directly(desk: BotDesk, bot: BotAgent, seated: SeatedModel) -> MadeAnswer:
    """Have a bot's model asked on this very thread, and what it took counted.

    Raises:
        ModelError: A limit is reached, and it is not asked. Whatever else its model raises goes on.
    """
    allowance = allowance_of(desk, bot)
    allowance.check()
    model = seated.model
    before = getattr(model, "last_answer", None)
    act, error = None, None
    try:
        with allowance:
            act = seated.ask_directly(bot)
    except ModelError as raised:
        error = raised
    answer = getattr(model, "last_answer", None)
    if answer is before:
        answer = None
    if answer is not None:
        count(desk, allowance, answer)
    return MadeAnswer(act=act, model=model, answer=answer, error=error)


class _Refused:
    """An answer that nobody is asked for, as a limit is reached."""

    is_done = True

    def __init__(self, made: MadeAnswer) -> None:
        self._made = made

    def result(self) -> MadeAnswer:
        return self._made

    def abandon(self) -> None:
        """There is nothing to end."""
