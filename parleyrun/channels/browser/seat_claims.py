"""Seat claims: whose seat a connection may take, by its token, its link, and with what it comes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Literal

from ...config.texts import Texts
from ...core.message import FrozenDict
from ...signals import VisitEnd
from ...study.arrivals import Arrival, ArrivalReader, LinkFault
from ...study.devices import BROWSER_NAMES, Device, Unfit, device_of, unfit
from ...study.visit_completion import end_of_visit
from ...text import is_power_of_ten
from .session_tokens import SessionTokens

log = logging.getLogger(__name__)

Sentence = LinkFault | Unfit | Literal["link_used"]
"""Why a claim is refused; also the name of the sentence that says so."""

WRONG_DEVICE = "wrong_device"
"""The outcome of those who come with what will not do."""

_LOGGED = {
    "bad_link": "a link that was not signed here",
    "no_id": "a link that does not say who comes",
    "not_invited": "somebody who is not on the list",
    "link_used": "a link that somebody has used already",
    "wrong_device": "a device that will not do",
    "wrong_browser": "a browser that will not do",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is at the other end of a connection, as far as it says.

    Attributes:
        address: Where it comes from.
        agent: What their browser says it is.
        touch_points: How many fingers its screen feels at once.
    """

    address: str = ""
    agent: str = ""
    touch_points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatClaim:
    """A claim that is right.

    Attributes:
        participant_id: Whose seat it is.
        parameters: Of their link, as they are kept.
        holds_token: Whether the connection has shown the seat's own token.
        device: With what they come, where that matters.
    """

    participant_id: str
    parameters: FrozenDict
    holds_token: bool
    device: Device | None = None


@dataclass(frozen=True, slots=True)
class SeatRefusal:
    """A claim that is not. `end` is what they are told besides."""

    why: Sentence
    end: VisitEnd | None = None

    @property
    def reason(self) -> str:
        """What is wrong, as an `ended` frame says it: the link, or the person's own case."""
        return "link" if self.why in ("bad_link", "no_id", "link_used") else "refused"


class SeatClaims:
    """Decides on claims. Any thread.

    A link that says who somebody is leads to that person's seat, on any device; one that was not signed, where
    links are, leads there only beside the seat's token, and so does one that is for a single use once it was used.
    Without such a link the token alone decides.

    Args:
        tokens: Know people again.
        arrivals: Read people's links, and say who may come in.
        newest_line: Returns the number of a person's newest line on record, 0 if there is none.
    """

    def __init__(self, tokens: SessionTokens, arrivals: ArrivalReader, newest_line: Callable[[str], int]) -> None:
        self._tokens = tokens
        self._arrivals = arrivals
        self._newest_line = newest_line
        self._refused = count(1)
        self._lock = threading.Lock()  # guards what follows: several may open the same link at the same moment
        self._held: set[str] = set()

    def decide(self, token: str | None, parameters: Mapping[str, str], caller: Caller) -> SeatClaim | SeatRefusal:
        """Return whose seat it is, or why nobody's is given away for this. Raises `StoreError`.

        A seat that is given away by a link for a single use is held until `let_go`: whoever opens the same link
        meanwhile is refused, though nothing of the first one may be on record yet.
        """
        rules = self._arrivals.rules
        holder = self._tokens.participant_of(token)
        arrival = self._arrivals.read(parameters)
        person = holder if arrival.identity is None else self._tokens.participant_by(arrival.identity)
        if holder is None or person != holder:
            fault = arrival.fault
            if fault is None and rules.single_use and person is not None and self._newest_line(person):
                return self._refuse("link_used", caller)
            if fault is not None:
                return self._refuse(fault, caller)
        device = device_of(caller.agent, caller.touch_points) if rules.looks_at_devices else None
        why = None if device is None else unfit(device, rules.devices, rules.browsers)
        if why is not None:
            return self._refuse(why, caller, self._end(arrival))
        if person is None:
            person = self._tokens.new_participant()
        if rules.single_use and not self._hold(person) and person != holder:
            return self._refuse("link_used", caller)
        return SeatClaim(
            participant_id=person, parameters=arrival.parameters, holds_token=person == holder, device=device
        )

    def _hold(self, person: str) -> bool:
        """Hold a seat; return whether nobody did."""
        with self._lock:
            is_first = person not in self._held
            self._held.add(person)
        return is_first

    def let_go(self, participant_id: str) -> None:
        """A connection is gone, or was not let in: from now on the record alone says whether its link was used."""
        with self._lock:
            self._held.discard(participant_id)

    def sentence_of(self, refusal: SeatRefusal, texts: Texts) -> str:
        """Return what somebody is told whose claim was refused; empty for nothing."""
        if refusal.end is not None and refusal.end.text:
            return refusal.end.text
        names = {"desktop": texts.device_desktop, "tablet": texts.device_tablet, "mobile": texts.device_mobile}
        rules = self._arrivals.rules
        sentence: str = getattr(texts, refusal.why)
        return sentence.format(
            devices=" / ".join(names[each] for each in rules.devices),
            browsers=" / ".join(BROWSER_NAMES[each] for each in rules.browsers),
        )

    def _end(self, arrival: Arrival) -> VisitEnd:
        identity = (arrival.identity or "").partition("=")[2]
        return end_of_visit(WRONG_DEVICE, self._arrivals.rules.completion, arrival.parameters, identity)

    def _refuse(self, why: Sentence, caller: Caller, end: VisitEnd | None = None) -> SeatRefusal:
        refused = next(self._refused)
        # Who tries many fills no log: the first is told, then the tenth, the hundredth, and so on.
        if is_power_of_ten(refused):
            what, where = _LOGGED[why], caller.address or "somewhere"
            log.warning("refused %s, from %s; %d so far in all", what, where, refused)
        return SeatRefusal(why, end)
