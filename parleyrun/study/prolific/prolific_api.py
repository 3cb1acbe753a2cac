"""What is asked of Prolific's API, and what it answers, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...core.message import FrozenDict
from ...errors import PanelError
from ..money import as_amount
from .prolific_client import ProlificClient

AWAITING_REVIEW = "AWAITING REVIEW"
APPROVED = "APPROVED"
REJECTED = "REJECTED"
UNDER_WAY = ("RESERVED", "ACTIVE")
"""The statuses of a submission whose person is still to give a code."""

GIVEN_UP = ("RETURNED", "TIMED-OUT")
"""The statuses of a submission that Prolific pays nothing for by itself."""

BATCH = 100
"""How many submissions are approved with one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProlificStudy:
    """A study at Prolific. `codes` are its completion codes, and of which type each is."""

    study_id: str
    name: str
    status: str
    url: str
    codes: Mapping[str, str] = field(default_factory=FrozenDict)
    places: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One person's attempt at a study.

    Attributes:
        submission_id: What a link calls SESSION_ID.
        person: What a link calls PROLIFIC_PID.
        status: In Prolific's words, such as AWAITING REVIEW or TIMED-OUT.
        code: What they entered, or followed a link with; empty for none.
        bonuses: What they were paid beyond the reward, in pence or cents.
    """

    submission_id: str
    person: str
    status: str
    code: str = ""
    bonuses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BonusQuote:
    """Bonuses that were set up and not paid. `total` is with fees and taxes, in whatever Prolific counts."""

    bulk_id: str
    total: str


class ProlificApi:
    """The few things that are asked of Prolific. For one thread. All raise `PanelError`.

    Args:
        client: Makes the requests.
    """

    def __init__(self, client: ProlificClient) -> None:
        self._client = client

    def check_token(self) -> None:
        """Ask whether the token is good."""
        self._client.get("users/me")

    def study(self, study_id: str) -> ProlificStudy:
        """Return a study."""
        found = self._client.get(f"studies/{_plain(study_id)}")
        return ProlificStudy(
            study_id=study_id,
            name=_text(found.get("name")),
            status=_text(found.get("status")),
            url=_text(found.get("external_study_url")),
            codes=_codes(found),
            places=_whole(found.get("total_available_places")),
        )

    def submissions(self, study_id: str) -> Iterator[Submission]:
        """Yield a study's submissions. Where people sat while they took part is told too, and not kept."""
        for found in self._client.listed(f"studies/{_plain(study_id)}/submissions"):
            bonuses = found.get("bonus_payments")
            yield Submission(
                submission_id=_text(found.get("id")),
                # A list has it under one name, and a single one under the other.
                person=_text(found.get("participant_id") or found.get("participant")),
                status=_text(found.get("status")),
                code=_text(found.get("study_code")),
                bonuses=tuple(map(_whole, bonuses)) if isinstance(bonuses, list) else (),
            )

    def approve(self, submission_ids: Sequence[str]) -> None:
        """Ask for submissions to be approved, which Prolific does some time after it has answered."""
        for first in range(0, len(submission_ids), BATCH):
            batch = list(submission_ids[first : first + BATCH])
            self._client.post("submissions/bulk-approve", {"submission_ids": batch}, again=True)

    def set_up_bonuses(self, study_id: str, cents: Mapping[str, int]) -> BonusQuote:
        """Set up bonuses, by the ids of people. Nothing is paid yet."""
        lines = "\n".join(f"{_plain(person)},{as_amount(amount)}" for person, amount in cents.items())
        body = {"study_id": study_id, "csv_bonuses": lines}
        # Set up twice, one of the two is never paid, so it does no harm.
        found = self._client.post("submissions/bonus-payments", body, again=True)
        bulk_id = _text(found.get("id"))
        if not bulk_id:
            raise PanelError("expected an id of the bonuses from Prolific, got none: nothing was paid")
        return BonusQuote(bulk_id, _text(found.get("total_amount")))

    def pay_bonuses(self, bulk_id: str) -> None:
        """Pay what was set up. Where no answer comes, it may have been paid all the same."""
        self._client.post(f"bulk-bonus-payments/{_plain(bulk_id)}/pay", {}, again=False)


def _codes(found: Mapping[str, Any]) -> Mapping[str, str]:
    codes = {}
    listed = found.get("completion_codes")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, Mapping) and entry.get("code"):
            codes[str(entry["code"])] = _text(entry.get("code_type"))
    older = found.get("completion_code")
    if not codes and older:
        codes[str(older)] = ""
    return FrozenDict(codes)


def _plain(name: str) -> str:
    """Return an id as part of an address or a row. What is none leads nowhere else."""
    if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum()):
        raise PanelError(f"expected an id of Prolific's, letters and digits, got {name[:60]!r}")
    return name


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, int | float) else 0
