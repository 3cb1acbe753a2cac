"""What `eligibility_function` sees of somebody who waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """What `eligibility_function` is given. `time_in_pool` maps a task key to seconds."""

    id: str
    data: dict[str, Any]
    stored_data: dict[str, Any]
    onboard_data: Any
    condition: Mapping[str, Any]
    time_in_pool: Mapping[str, float]
