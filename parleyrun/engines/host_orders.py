"""What passes between a coordinator and its hosts: orders go out, reports come back. All of it is frozen."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..core.bot_seats.promises import Asker
from ..core.group_size import GroupSize
from ..core.message import Message
from ..core.model_answer import BotDecision
from ..runner.turn import CalledEnd, Heard, Outcome, RunIdentity, Said, Turn
from .replicas.replica_orders import ReplicaOrder, ReplicaReport

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsSeat:
    """Who sits in a run. `kept` and `onboard_data` are pickles; the others are as at a `PersonAgent`."""

    participant_id: str
    role: str | None
    nameless: bool
    condition: Mapping[str, Any]
    round: int
    kept: bytes
    onboard_data: bytes
    left: bool
    left_told: bool
    shows_forms: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """Execute this run, from its beginning or from where it was on record.

    Attributes:
        identity: Its names.
        task: The key of its task.
        epoch: What its turns carry from now on.
        turn: The number of its last turn on record; 0 for none.
        seats: The people in it.
        snapshot: The world on record.
        heard: What the parley that was cut off had heard.
        said: What it had said.
        filling: The roles of those in whose places nobody came.
        filled_after: After how many seconds bots sit down there.
        again: Whether it was cut off before its world was on record.
        size: With how many people it may be, where the task says so.
        hold: Whether it stays on record if it cannot be restored.
        handovers: Where bots sit down in people's seats.
    """

    identity: RunIdentity
    task: str
    epoch: int
    turn: int
    seats: tuple[PersonsSeat, ...]
    snapshot: bytes | None = None
    heard: tuple[Heard, ...] = ()
    said: tuple[Said, ...] = ()
    filling: tuple[str, ...] = ()
    filled_after: float | None = None
    again: bool = False
    size: GroupSize | None = None
    hold: bool = False
    handovers: tuple[SeatHandover, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatHandover:
    """A bot sits down, or sits already, where a person sat.

    Attributes:
        seat: Where, counted from 0.
        entry: Which bot, as the control board has it.
        past: What was said to the person there, and (True) by them.
    """

    seat: int
    entry: Mapping[str, Any]
    past: tuple[tuple[bool, Message], ...]

    def told(self) -> tuple[tuple[bool, Message], ...]:
        """Return what the bot is told of (`SeatSwap.past`)."""
        return self.past


@dataclass(frozen=True, slots=True)
class MailOrder:
    """Somebody has said this, in the run of that uid; `messages` are pickled as they travel."""

    uid: str
    seat: int
    messages: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class StopOrder:
    """End a run with this outcome."""

    uid: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class EndOrder:
    """Have a run come to its end, by its world where that knows how to."""

    uid: str
    end: CalledEnd


@dataclass(frozen=True, slots=True)
class LeftOrder:
    """Who sits there has gone for good."""

    uid: str
    seat: int


@dataclass(frozen=True, slots=True)
class ScreenOrder:
    """Whether somebody can be shown a form as a whole, now that this has changed."""

    participant_id: str
    shows_forms: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatControl:
    """What operators have set for a bot's seat (`core.bot_seats.bot_desk.SeatControls`).

    `lines` is what is on record of its log, where another model is to speak there.
    """

    role: str
    record_id: str
    is_taken: bool
    model: str | None
    lines: tuple[tuple[int, bool, Message], ...] = ()


@dataclass(frozen=True, slots=True)
class ControlsOrder:
    """What operators have set for the bots of a run, all of it."""

    uid: str
    seats: tuple[SeatControl, ...]


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """Let go of a run as soon as all that it did is in turns, and say so."""

    uid: str


@dataclass(frozen=True, slots=True)
class DropOrder:
    """Let go of a run at once: it goes on elsewhere. A run of a later epoch is another matter."""

    uid: str
    epoch: int


@dataclass(frozen=True, slots=True)
class BeatOrder:
    """Say that you are there."""

    number: int


@dataclass(frozen=True, slots=True)
class SpentOrder:
    """So much have all models of the study taken by now, at least."""

    cost: float
    tokens: int


@dataclass(frozen=True, slots=True)
class PromiseOrder:
    """The request of that number may be made; or it may not, and `refusal` says why."""

    number: int
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class RestOrder:
    """Say when nothing moves any more."""

    number: int


HostOrder = (
    RunOrder
    | MailOrder
    | StopOrder
    | EndOrder
    | LeftOrder
    | ScreenOrder
    | ControlsOrder
    | ReleaseOrder
    | DropOrder
    | BeatOrder
    | SpentOrder
    | PromiseOrder
    | RestOrder
    | ReplicaOrder
)


@dataclass(frozen=True, slots=True)
class TurnReport:
    """A run took a turn."""

    turn: Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class EndReport:
    """A run is over, and its last turn was reported.

    Attributes:
        uid: Which.
        epoch: Of its turns.
        outcome: How it ended; None for one that could not be restored.
        fault: Why it could not be.
        may_fit_again: Whether it stays on record then.
        seats: For each of its people, whether its world was told that they left, and whether it last heard that
            they did not answer in time.
    """

    uid: str
    epoch: int
    outcome: Outcome | None
    fault: str = ""
    may_fit_again: bool = False
    seats: tuple[tuple[bool, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class SignReport:
    """Something to show people besides words: the name of one of `SeatSigns`, and what it is called with."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """A model was asked; what came of it is an answer or a failure, for the figures."""

    answer: Any


@dataclass(frozen=True, slots=True)
class PromiseReport:
    """A request is to be made, which will probably take so much: may it be? Its `number` is one of that host."""

    number: int
    cost: float
    tokens: int
    asker: Asker | None


@dataclass(frozen=True, slots=True)
class PromiseOverReport:
    """The request of that number is over, or was never made, and has taken so much."""

    number: int
    cost: float
    tokens: int


@dataclass(frozen=True, slots=True)
class TookReport:
    """Models have taken so much more, besides what requests took that were promised something."""

    cost: float
    tokens: int


SpendingReport = PromiseReport | PromiseOverReport | TookReport
"""What a host says of what its models take."""


@dataclass(frozen=True, slots=True)
class DecisionReport:
    """A model took something beside the turns of the run of that uid."""

    uid: str
    decision: BotDecision


@dataclass(frozen=True, slots=True)
class LogReport:
    """A line of a host's log: its `level`, who says it, and the text, a traceback included."""

    level: int
    logger: str
    text: str


@dataclass(frozen=True, slots=True)
class ReleasedReport:
    """A run was let go of; all its turns were reported before."""

    uid: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLoad:
    """How much a host has to do.

    Attributes:
        ready: How many runs wait for their turn to execute.
        blocked: How many wait inside `parley()`, with a thread each.
        has_room: Whether more may.
        waiting_reports: How many reports wait to be fetched.
        memory_bytes: What its process holds; 0 where that is not known.
    """

    ready: int = 0
    blocked: int = 0
    has_room: bool = True
    waiting_reports: int = 0
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class BeatReport:
    """A host is there."""

    number: int
    load: HostLoad


@dataclass(frozen=True, slots=True)
class RestReport:
    """Nothing moves on a host any more."""

    number: int


HostReport = (
    TurnReport
    | EndReport
    | SignReport
    | AnswerReport
    | SpendingReport
    | DecisionReport
    | ReleasedReport
    | LogReport
    | BeatReport
    | RestReport
    | ReplicaReport
)


def packed(what: Sequence[HostOrder | HostReport]) -> bytes:
    """Return a batch as bytes. What in an outcome cannot be pickled is left out, with a line in the log."""
    try:
        return pickle.dumps([*what], 5)
    except Exception:
        return pickle.dumps([_portable(each) for each in what], 5)


def unpacked(batch: bytes) -> list[Any]:
    """Return what was packed."""
    found: list[Any] = pickle.loads(batch)  # noqa: S301  # a host runs our own code, and so does the coordinator
    return found


def _portable(each: HostOrder | HostReport) -> HostOrder | HostReport:
    """Return what can travel of an order or a report whose outcome, or choice, may hold what cannot."""
    try:
        pickle.dumps(each, 5)
    except Exception as error:
        if isinstance(each, TurnReport):
            run = each.turn.run
            log.warning("the data of run %s is not recorded, as it cannot be pickled: %s", run, error)
            return TurnReport(replace(each.turn, value=None, outcome=_plain(each.turn.outcome)))
        if isinstance(each, EndReport):
            return replace(each, outcome=_plain(each.outcome))
        raise
    return each


def _plain(outcome: Outcome | None) -> Outcome | None:
    return None if outcome is None else replace(outcome, data=None)
