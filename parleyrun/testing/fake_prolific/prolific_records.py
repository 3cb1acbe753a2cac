"""What the fake of Prolific knows: studies, submissions, and bonuses that were set up."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...core.message import FrozenDict


@dataclass(slots=True, kw_only=True)
class FakeStudy:
    """A study. `codes` are its completion codes, and of which type each is."""

    study_id: str
    name: str
    url: str
    codes: dict[str, str]
    status: str = "ACTIVE"
    places: int = 40


@dataclass(slots=True, kw_only=True)
class FakeSubmission:
    """A person's attempt at a study. `bonuses` are in pence or cents."""

    submission_id: str
    study_id: str
    participant: str
    status: str
    code: str = ""
    bonuses: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class FakeBonuses:
    """Bonuses by participant, in pence or cents, set up; `times_paid` counts how often they were paid."""

    bulk_id: str
    study_id: str
    cents: dict[str, int]
    times_paid: int = 0


@dataclass(frozen=True, slots=True)
class ProlificCall:
    """A request that the fake was sent, and with which status it was answered; 0 where it was dropped."""

    method: str
    path: str
    body: FrozenDict
    status: int


class ProlificRefusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, title: str, detail: object = "") -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
