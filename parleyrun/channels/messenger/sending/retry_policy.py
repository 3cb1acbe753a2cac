"""Deciding: what to do about a piece after an attempt to send it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import assert_never

from ....errors import GraphError
from ..graph.error_codes import Treatment, advice_on
from .attempts import OutsideWindow, Rejected, SendResult, Sent, Unanswered

ECHO_GRACE_SECONDS = 5.0
"""How long a piece whose answer was lost waits for its echo, before it is sent again."""

GIVE_UP_SECONDS = 6 * 3600.0
MAX_REFUSALS = 8
MAX_LOST_ANSWERS = 4
"""Fewer than refusals, as each further try may show the person the same words again."""

MAX_TRIES_OF_TEMPORARY = 3
LONGEST_BACKOFF_SECONDS = 300.0
FIRST_HOLD_SECONDS = 30.0
LONGEST_HOLD_SECONDS = 600.0
LOOK_AT_WINDOW_SECONDS = 3600.0
"""How often to look whether a closed window is open after all, as this machine's clock may have been wrong."""


@dataclass(frozen=True, slots=True)
class Advance:
    """The piece is dealt with: sent, or dropped for a reason."""

    mid: str | None = None
    dropped_because: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again in that many seconds."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep it until the person writes again; with `seconds` try again then, if they have not."""

    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class GiveUpPerson:
    """Nothing reaches this person: drop all that waits for them."""

    reason: str


@dataclass(frozen=True, slots=True)
class PausePage:
    """The page is throttled; `seconds` is what Meta says for how long, None if it does not."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class StopPage:
    """The page may send nothing any more."""

    reason: str


Decision = Advance | Retry | Hold | GiveUpPerson | PausePage | StopPage


@dataclass(frozen=True, slots=True)
class Tries:
    """The history of a piece: how often it was tried, and for how many seconds Meta was asked in vain.

    `alike` is how often in a row it came to the same; `own` how often of that while sends to others worked, so
    that it is this piece's own trouble.
    """

    tries: int
    alike: int
    own: int
    seconds: float


def decide(verdict: SendResult, tries: Tries, random: Random) -> Decision:
    """Return what to do now. While nothing at all can be sent, no piece is given up for a long time."""
    match verdict:
        case Sent(mid):
            return Advance(mid)
        case OutsideWindow():
            reason = "has not written for so long that Meta allows no message until they do"
            return Hold(reason, LOOK_AT_WINDOW_SECONDS)
        case Unanswered(reason, may_have_arrived):
            return _unanswered(reason, may_have_arrived, tries, random)
        case Rejected(error, treatment):
            return _refused(error, treatment, tries, random)
        case _:
            assert_never(verdict)


def is_tried(verdict: SendResult) -> bool:
    """Tell whether the request got as far as Meta, or may have."""
    match verdict:
        case OutsideWindow():
            return False
        case Unanswered(_, may_have_arrived):
            return may_have_arrived
        case _:
            return True


def is_sign_of_life(verdict: SendResult) -> bool:
    """Tell whether this verdict shows that the page can send: it worked, or only this one person is in the way."""
    match verdict:
        case Sent():
            return True
        case Rejected(_, treatment):
            return treatment in _ONE_PERSONS_TROUBLE
        case _:
            return False


_ONE_PERSONS_TROUBLE = frozenset(
    {
        Treatment.DO_NOT_RESEND,
        Treatment.ABUSIVE,
        Treatment.WINDOW_CLOSED,
        Treatment.PERSON_GONE,
        Treatment.AUTHOR_ERROR,
        Treatment.WAIT,
    }
)


def backoff_seconds(tries: int, random: Random, longest: float = LONGEST_BACKOFF_SECONDS) -> float:
    """Return how long to wait after so many tries: 1 s, 2 s, 4 s, …, and up to twice that."""
    return min(longest, 2.0 ** min(tries - 1, 16) * random.uniform(1.0, 2.0))


def _unanswered(reason: str, may_have_arrived: bool, tries: Tries, random: Random) -> Decision:
    seconds = backoff_seconds(tries.tries, random)
    if not may_have_arrived:
        return Retry(min(seconds, 60.0), reason)
    if tries.own >= MAX_LOST_ANSWERS or _goes_on_too_long(tries, MAX_LOST_ANSWERS):
        return Advance(dropped_because=f"no answer to {tries.tries} tries: {reason}")
    return Retry(max(seconds, ECHO_GRACE_SECONDS), reason)


def _goes_on_too_long(tries: Tries, most: int) -> bool:
    """Tell whether to give up; but after a page that was stopped for days, a try is not the last of many."""
    return tries.alike >= most and tries.seconds > GIVE_UP_SECONDS


def _refused(error: GraphError, treatment: Treatment, tries: Tries, random: Random) -> Decision:
    reason = advice_on(error)
    match treatment:
        case Treatment.DO_NOT_RESEND:
            return Advance()
        case Treatment.RETRY_BACKOFF:
            if tries.own >= MAX_REFUSALS or _goes_on_too_long(tries, MAX_REFUSALS):
                return Advance(dropped_because=f"refused {tries.tries} times: {reason}")
            return Retry(backoff_seconds(tries.tries, random), reason)
        case Treatment.RETRY_ONCE_OR_TWICE:
            if tries.alike >= MAX_TRIES_OF_TEMPORARY:
                return Advance(dropped_because=f"refused {tries.tries} times: {reason}")
            return Retry(backoff_seconds(tries.tries, random), reason)
        case Treatment.THROTTLED:
            return PausePage(error.regain_seconds)
        case Treatment.ABUSIVE | Treatment.PERSON_GONE:
            return GiveUpPerson(reason)
        case Treatment.WINDOW_CLOSED:
            return Retry(0.0, reason)  # the window is shut by now, so that the next try finds another, or none
        case Treatment.STOP_PAGE:
            return StopPage(reason)
        case Treatment.AUTHOR_ERROR:
            return Advance(dropped_because=reason)
        case Treatment.SETUP_ERROR:
            return Hold(reason, _hold_seconds(tries))
        case Treatment.WAIT:
            return Hold(reason, _hold_seconds(tries))
        case _:
            assert_never(treatment)


def _hold_seconds(tries: Tries) -> float:
    return min(LONGEST_HOLD_SECONDS, FIRST_HOLD_SECONDS * 2.0 ** min(tries.alike - 1, 16))
