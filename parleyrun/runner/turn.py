"""What leaves a run: its identity, its turns, its outcome."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal

from ..core.message import Message
from ..core.model_answer import BotDecision
from ..frozen_values import quickly_made

OutcomeKind = Literal["finished", "left", "timed out", "stopped", "failed"]

# Why runs end, as the record says it.
LEFT = "{who} left"
LEAVING_IGNORED = "{who} left and the world went on asking them"
LEAVING_UNTOLD = "{who} left, which worlds of ParlAI are not told"
LEAVING_UNNOTICED = "{who} left and the world took no notice"
EVERYBODY_LEFT = "everybody has left"
NO_ANSWER = "{who} did not answer in time"
TIME_IS_UP = "the time was up"
ALL_FINISHED = "everybody wanted to finish"
ONE_FINISHED = "{who} wanted to finish"
SHUT_DOWN = "the service shuts down"
GAVE_UP = "the world raised RunStopped itself"
CANCELLED = "it was cancelled before it began"


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Which run.

    Attributes:
        task_id: Counts within its group: `t_1`, `t_2`, … of a task.
        uid: Unique for good; to authors it is the `conversation_id`.
        group: Whose runs are counted together: a task's key, the same with `-onboarding`, or `overworld`.
        world: The name of the world's class.
        run_id: Of the start of the service in which it began; empty if that is not known.
    """

    task_id: str
    uid: str
    group: str
    world: str
    run_id: str = ""

    def __str__(self) -> str:
        return f"{self.group}/{self.task_id} ({self.world})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How and why a run ended.

    Args:
        kind: `finished`, `left` (somebody did), `timed out`, `stopped` (by an operator, or the end of the service)
            or `failed` (in author code).
        reason: What happened, as one sentence.
        data: The world's `data` attribute; that of an onboarding becomes `agent.onboard_data`.
        forced: Whether it was ended from outside, so that its world had no chance to tell people.
    """

    kind: OutcomeKind
    reason: str = ""
    data: Any = None
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledEnd:
    """An end that is called for from outside, and that a world may bring about itself.

    Attributes:
        method: The world's method that is called, if it has it: `time_is_up` or `finish_early`.
        reason: Why, as the outcome says it.
    """

    method: str
    reason: str

    @property
    def outcome(self) -> Outcome:
        """How a run ends whose world does not do it."""
        return Outcome("finished", self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    """What the author's `before_delivery` made of a line.

    Attributes:
        verdict: The line was `changed`, is `held` until somebody lets it go, or was `refused`.
        shown: What is shown instead of a line that was changed; None: nothing is.
        reason: Why, as the author says.
    """

    verdict: Literal["changed", "held", "refused"]
    shown: Message | None = None
    reason: str = ""


SEAT_TAKEN = "an operator has taken over the seat of who said it"
"""Why a line is held that a bot has said in a seat which an operator has taken over."""


@quickly_made
@dataclass(frozen=True, slots=True)
class Said:
    """A message that a world (or the system) says to one participant. `at` is when, in wall time, if known.

    With `moderation`, something else is shown to them, or nothing; the message is what the world said.
    """

    participant_id: str
    message: Message
    at: float | None = None
    moderation: Moderation | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What one `act()` returned inside a parley. `seat` counts the world's agents, bots included."""

    seat: int
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSeat:
    """A bot's seat in a run. It has a log of its own, like a person's.

    Attributes:
        participant_id: Names seat and log for the record: `bot:NAME@RUN_UID`. `bot:NAME` is the bot.
        position: Which seat of the world it is; people come first.
        role: What others see as the speaker.
        model: The model's name under `models:`, or what it is.
        disclosed: Whether people were told that it is a bot.
    """

    participant_id: str
    position: int
    role: str | None
    model: str
    disclosed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BotLine:
    """A line of a bot's log: what it said (`mine`), or was shown.

    `seq` counts within its seat, from 1, and is the same if a parley is run again: a line whose number is on
    record already is the same line.
    """

    participant_id: str
    seq: int
    message: Message
    mine: bool
    at: float


@quickly_made
@dataclass(frozen=True, slots=True)
class Turn:
    """What one stretch of a run did; the unit that is committed.

    `consumed` names the messages that were read (see `store.protocol.line_reference`). With `between` the
    world stands between two parleys, and `snapshot` is what it was then (None: it cannot be pickled, or
    nobody asked); otherwise a parley is still going on, `heard` is what its `act()` calls returned since the
    last turn, and a `snapshot` is what the world was before that parley, if no turn has said so yet.

    `value` is what an overworld's `parley()` chose. `data` are the participants whose data changed, with the
    pickle of it, `told_left` the seats of which the world has heard that their people left.

    `bots` are the seats of bots that have sat down since the last turn, `bot_lines` and `decisions` what became of
    their logs; of those, what is on record already by its number is left as it is.

    `epoch` grows each time the run is restored: a turn of an older one comes from a process that
    should be dead, and is refused.
    """

    run: RunIdentity
    number: int
    epoch: int = 1
    consumed: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    heard: tuple[Heard, ...] = ()
    between: bool = True
    snapshot: bytes | None = None
    value: Any = None
    data: tuple[tuple[str, bytes], ...] = ()
    told_left: tuple[int, ...] = ()
    outcome: Outcome | None = None
    bots: tuple[BotSeat, ...] = ()
    bot_lines: tuple[BotLine, ...] = ()
    decisions: tuple[BotDecision, ...] = ()


Commit = Callable[[Turn], None]
"""Records a turn and then lets its messages go out, in the order of the calls for each run. Any thread."""


def outcome_of(future: Future[Outcome]) -> Outcome:
    """Return how a run ended whose future is done; a failure in author code is the outcome 'failed'."""
    if future.cancelled():
        return Outcome("stopped", CANCELLED, forced=True)
    error = future.exception()
    return future.result() if error is None else Outcome("failed", describe(error))


def describe(error: BaseException) -> str:
    """Return `Kind: message` of whatever was raised; an author's exception may not even be printable."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except Exception:
        return f"{kind} (its message cannot be shown)"
