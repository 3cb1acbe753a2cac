"""Seat claims: whose seat a connection may take, by its token or by its link."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from ...core.message import FrozenDict
from ...study.arrivals import ArrivalReader
from ...text import is_power_of_ten
from .session_tokens import SessionTokens

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SeatClaim:
    """A claim that is right. With `holds_token` its connection has shown the seat's own token."""

    participant_id: str
    parameters: FrozenDict
    holds_token: bool


class SeatClaims:
    """Decides on claims. Any thread.

    A link that says who somebody is leads to that person's seat, on any device; one that was not signed, where
    links are, leads there only beside the seat's token. Without such a link the token alone decides.
    """

    def __init__(self, tokens: SessionTokens, arrivals: ArrivalReader) -> None:
        self._tokens = tokens
        self._arrivals = arrivals
        self._refused = count(1)

    def decide(self, token: str | None, parameters: Mapping[str, str], address: str) -> SeatClaim | None:
        """Return whose seat it is; None if nobody's is given away for this."""
        holder = self._tokens.participant_of(token)
        arrival = self._arrivals.read(parameters)
        if arrival.identity is not None:
            person = self._tokens.participant_by(arrival.identity)
            if arrival.proven or person == holder:
                return SeatClaim(person, arrival.parameters, person == holder)
        elif holder is not None:
            return SeatClaim(holder, arrival.parameters, holds_token=True)
        elif not self._arrivals.invited_only:
            return SeatClaim(self._tokens.new_participant(), arrival.parameters, holds_token=False)
        self._log_refusal(address)
        return None

    def _log_refusal(self, address: str) -> None:
        refused = next(self._refused)
        # Who tries many fills no log: the first is told, then the tenth, the hundredth, and so on.
        if is_power_of_ten(refused):
            log.warning(
                "refused a link that was not signed here, from %s; %d so far", address or "somewhere", refused
            )
