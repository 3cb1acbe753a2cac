"""Panels by name: what they call the person in their links, and where people go back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.message import FrozenDict


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPreset:
    """What holds for a panel where a config says nothing else.

    Attributes:
        id: The parameter that says who somebody is.
        link: Where people go who have a code; None where that differs from study to study.
        links: Which links are believed.
    """

    id: str
    link: str | None = None
    links: str = "open"


PANELS: Mapping[str, PanelPreset] = FrozenDict(
    {
        "prolific": PanelPreset(id="PROLIFIC_PID", link="https://app.prolific.com/submissions/complete?cc={code}"),
        "sona": PanelPreset(id="survey_code"),
        "cloudresearch": PanelPreset(id="participantId"),
        "mturk": PanelPreset(id="workerId"),
        "microworkers": PanelPreset(id="mw_id"),
        "respondent": PanelPreset(id="respondent_profile_id", link="https://app.respondent.io/complete?cc={code}"),
        "lab": PanelPreset(id="participant", links="signed"),
    }
)
"""By the names that `arrival: {panel: …}` takes."""
