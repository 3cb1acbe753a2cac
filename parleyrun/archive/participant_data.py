"""What authors keep of a person, and the link they came by, out of one pickle; no code of it is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .safe_unpickling import loads, to_json

_ARRIVAL = "entry"
"""Where `stored_data` keeps the parameters of the link somebody came by."""


@dataclass(frozen=True, slots=True)
class ParticipantData:
    """Such values as JSON has. `stored_data` is without the parameters of their link, which are `arrival`."""

    data: Any
    stored_data: Mapping[str, Any]
    arrival: Mapping[str, Any]


def participant_data(pickled: bytes | None) -> ParticipantData:
    """Return what a participant's column `data` holds."""
    kept = to_json(loads(pickled))
    kept = kept if isinstance(kept, dict) else {}
    stored = kept.get("stored_data")
    stored = dict(stored) if isinstance(stored, dict) else {}
    arrival = stored.pop(_ARRIVAL, {})
    return ParticipantData(kept.get("data"), stored, arrival if isinstance(arrival, dict) else {_ARRIVAL: arrival})
