"""Visits on record, as a panel asks for them: who came by which link, and how it went for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..archive.archive import Archive
from ..archive.participant_rows import participant_rows
from ..config.panels.arrival_ids import is_unfilled
from ..store.visit_keys import COMPLETION, EARLIER_VISITS, ENTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyVisit:
    """A visit of a person's: all that happened while they came by one link.

    Attributes:
        participant: Their id here.
        link: The parameters of the link.
        outcome: How it ended, as one of the keys under `completion:`; None where it has not.
        code: The completion code they were given; empty for none.
        seconds_waited: In pools.
        waiting_pay: What they are owed for that, in pence or cents.
    """

    participant: str
    link: Mapping[str, str]
    outcome: str | None = None
    code: str = ""
    seconds_waited: float = 0.0
    waiting_pay: int = 0

    def named(self, name: str) -> str:
        """Return what the link says under a name, in whatever case; empty where it says nothing of use."""
        for key, value in self.link.items():
            if key.casefold() == name.casefold() and value.strip() and not is_unfilled(value):
                return value.strip()
        return ""

    @property
    def unfilled(self) -> tuple[str, ...]:
        """The names in the link that its panel has filled in with nothing: `{{%PROLIFIC_PID%}}` stands there."""
        return tuple(name for name, value in self.link.items() if is_unfilled(value))


def study_visits(archive: Archive) -> Iterator[StudyVisit]:
    """Yield all visits: those of one person together, their newest last."""
    for row in participant_rows(archive):
        who, stored = row["participant"], row["stored_data"]
        earlier = stored.get(EARLIER_VISITS)
        for visit in earlier if isinstance(earlier, list) else ():
            if isinstance(visit, dict):
                yield _visit(who, visit.get(ENTRY), visit.get(COMPLETION))
        yield _visit(who, row["arrival"], stored.get(COMPLETION))


def _visit(participant: str, link: Any, completion: Any) -> StudyVisit:
    told: Mapping[str, Any] = completion if isinstance(completion, dict) else {}
    outcome, code, pay, waited = (
        told.get(key) for key in ("outcome", "code", "waiting_pay_cents", "seconds_waited")
    )
    return StudyVisit(
        participant=participant,
        link={name: str(value) for name, value in link.items()} if isinstance(link, dict) else {},
        outcome=outcome if isinstance(outcome, str) else None,
        code=code if isinstance(code, str) else "",
        seconds_waited=float(waited) if isinstance(waited, int | float) else 0.0,
        waiting_pay=pay if isinstance(pay, int) else 0,
    )
