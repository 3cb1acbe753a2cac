"""The desk of bots: what a bot's seat asks of the run that it is in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ...errors import ModelError
from ..message import LeftOut, Message
from ..model_answer import BotDecision
from ..thinking import CallLater, Thinking
from .bot_settings import ModelSeat
from .promises import Promises
from .spending import Spending, SpendingLimit

if TYPE_CHECKING:
    from .bot_agent import BotAgent


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatControls:
    """What operators have set for bots' seats, by the run's uid and the seat's role. Any thread.

    Attributes:
        is_taken: Whether an operator has taken the seat over: what it says is held until they let it go.
        model: The name of the model that is to speak there; None for the one that does.
        lines: Returns what is on record of a bot's log, by the name that it has there: each line with its number,
            and with whether the bot has said it.
    """

    is_taken: Callable[[str, str], bool] = lambda run_uid, role: False
    model: Callable[[str, str], str | None] = lambda run_uid, role: None
    lines: Callable[[str], Sequence[tuple[int, bool, Message]]] = lambda record_id: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMeans:
    """What all bots of a service have in common.

    Attributes:
        seat: Gives a model of a name for one seat, as for one that takes another's place.
        study: What all models have cost so far.
        max_cost: What they may cost; None for no limit.
        max_tokens_total: How many tokens they may take; None for no limit.
        answers_per_minute: How often one bot that sits with people is asked in any minute; None: without a bound.
        streams: Whether words may be shown before the whole line is there.
        counted: Told of each answer, and of each failure.
        promises: What the requests under way of all of them may take.
        record: Puts on record what no turn of a run brings, by the run's uid.
        controls: What operators have set.
    """

    seat: ModelSeat
    study: Spending
    max_cost: float | None = None
    max_tokens_total: int | None = None
    answers_per_minute: int | None = None
    streams: bool = True
    counted: Callable[[Any], None] = lambda answer: None
    promises: Promises = field(default_factory=Promises)
    record: Callable[[str, BotDecision], None] = lambda run_uid, decision: None
    controls: SeatControls = SeatControls()

    @property
    def limit(self) -> SpendingLimit:
        """What all of them together may take."""
        return SpendingLimit(
            of=(self.study,), max_cost=self.max_cost, max_tokens=self.max_tokens_total, whose="the study"
        )


class PendingAnswer(Protocol):
    """An answer that is being made."""

    is_done: bool

    def result(self) -> Any:
        """Return what came of it, or raise what it raised. Once it is done."""

    def abandon(self) -> None:
        """Nobody waits for it any more."""


class BotGoing(Protocol):
    """How a bot goes that passes for a person. On the run's own thread."""

    def leaves(self, bot: BotAgent) -> None:
        """It goes away as a person does whose connection is lost; the run is woken once it has gone."""

    def is_asked_again(self, bot: BotAgent) -> None:
        """Its world asks it although it was told that it has gone."""


class BotDesk(Protocol):
    """What a bot's seat asks of its run. On the run's own thread, but for the signs, which are for any."""

    parley_number: int
    run_uid: str
    """The run's uid."""
    left_out: LeftOut
    """Told of values of acts that cannot be recorded."""

    @property
    def presence(self) -> BotGoing:
        """How a bot goes that passes for a person."""

    @property
    def replaying(self) -> bool:
        """True while a parley that was cut off is run again."""

    @property
    def means(self) -> BotMeans | None:
        """What all bots of the service have in common; None where there is no service."""

    @property
    def call_later(self) -> CallLater:
        """Calls back by the clock of `now`. Any thread."""

    def spendings(self) -> Sequence[Spending]:
        """Return what the models of this conversation have taken so far, bot by bot."""

    def now(self) -> float:
        """Return seconds that only grow. Any thread."""

    def wall_time(self) -> float:
        """Return wall time in seconds."""

    def adopt(self, bot: BotAgent) -> None:
        """Take in a bot that has not been here yet: it gets its number, and its seat goes on record."""

    def hear_again(self, bot: BotAgent) -> Message | None:
        """Return what this seat's `act()` returned next on record; None if another's did. While replaying."""

    def begin(self, bot: BotAgent, work: Callable[[Thinking], Any]) -> PendingAnswer:
        """Have work done on another thread; the run is woken once it is done."""

    def wake_in(self, bot: BotAgent, seconds: float) -> None:
        """Have the run woken then, to look at this bot again."""

    def wait(self, bot: BotAgent, pending: PendingAnswer | None) -> None:
        """Hold this thread, without a slot, until an answer is there, or without one until anything happens."""

    def heard(self, bot: BotAgent, message: Message) -> None:
        """This seat's `act()` has returned that."""

    def line(self, bot: BotAgent, seq: int, message: Message, *, mine: bool) -> None:
        """The next line of this seat's log, as the bot has counted it."""

    def decided(self, decision: BotDecision) -> None:
        """Put on record what the bot decided."""

    def failed(self, bot: BotAgent, error: ModelError) -> None:
        """Tell the operator that the bot's model gave no answer."""

    def past(self, bot: BotAgent) -> Sequence[tuple[bool, Message]]:
        """Return what the bot has said (True) and was shown so far, oldest first."""

    def show_read(self, bot: BotAgent, lines: list[str]) -> None:
        """People's lines of these names were read by the bot."""

    def show_typing(self, bot: BotAgent, *, on: bool) -> None:
        """The bot types, or stopped."""

    def show_growing(self, bot: BotAgent, text: str) -> None:
        """The words so far of what the bot is saying, for those in its `stream_to`."""
