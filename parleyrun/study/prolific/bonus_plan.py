"""The plan of bonuses: who is to be paid how much, from the record or from a file, before anything is paid."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...config.panels.table_text import read_table_text
from ...core.message import FrozenDict
from ...errors import PanelError
from ..money import to_cents
from .prolific_api import REJECTED, UNDER_WAY
from .reconciliation import Pair

WAITING = "waiting"
"""What pay for waiting is called in the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBonus:
    """A bonus that is to be paid.

    Attributes:
        submission: Its id.
        person: Whom Prolific knows by this id.
        cents: How much, in pence or cents.
    """

    submission: str
    person: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BonusPlan:
    """What is to be paid in one study.

    Attributes:
        study_id: Of the study.
        label: What for. Nobody is paid for the same thing twice.
        bonuses: What is to be paid.
        left_out: Who is not paid, by the name of their submission or row, and why.
    """

    study_id: str
    label: str
    bonuses: tuple[PlannedBonus, ...]
    left_out: Mapping[str, str] = field(default_factory=FrozenDict)

    @property
    def cents(self) -> int:
        """All of it together, without Prolific's fees."""
        return sum(bonus.cents for bonus in self.bonuses)


def plan_pay_for_waiting(
    study_id: str, pairs: Iterable[Pair], paid: Mapping[str, int], outcomes: Collection[str] = ()
) -> BonusPlan:
    """Plan what people are owed for having waited.

    Args:
        study_id: Of the study.
        pairs: Its attempts.
        paid: What each submission was paid for that already.
        outcomes: Only visits that ended so; none for all.
    """
    bonuses, left_out = [], {}
    for pair in pairs:
        if pair.visit is None or not pair.visit.waiting_pay:
            continue
        if outcomes and pair.visit.outcome not in outcomes:
            continue
        reason = _reason_against(pair, paid)
        if reason is not None:
            left_out[pair.name] = reason
        elif pair.submission is not None:
            bonuses.append(
                PlannedBonus(
                    submission=pair.submission.submission_id,
                    person=pair.submission.person,
                    cents=pair.visit.waiting_pay,
                )
            )
    return BonusPlan(study_id=study_id, label=WAITING, bonuses=tuple(bonuses), left_out=FrozenDict(left_out))


def plan_from_amounts(
    study_id: str, pairs: Iterable[Pair], paid: Mapping[str, int], amounts: Mapping[str, int], label: str
) -> BonusPlan:
    """Plan what a file says.

    Args:
        study_id: Of the study.
        pairs: Its attempts.
        paid: What each submission was paid for the same thing already.
        amounts: In pence or cents, by the id of a submission, of a person at Prolific, or of one here.
        label: What it is for.
    """
    known = list(pairs)
    bonuses: dict[str, PlannedBonus] = {}
    left_out = {}
    for name, cents in amounts.items():
        found = [pair for pair in known if pair.submission is not None and name in _names(pair)]
        payable = [pair for pair in found if _reason_against(pair, {}) is None]
        if not found:
            left_out[name] = "no submission of this study has this id"
        elif not payable:
            left_out[name] = _reason_against(found[-1], {}) or ""
        elif (reason := _reason_against(payable[-1], paid)) is not None:
            left_out[name] = reason
        elif (submission := payable[-1].submission) is not None:
            # The newest attempt of somebody who has several.
            if submission.submission_id in bonuses:
                raise PanelError(
                    f"expected each person once in the file of amounts, got {name} by two of their ids"
                )
            bonuses[submission.submission_id] = PlannedBonus(
                submission=submission.submission_id, person=submission.person, cents=cents
            )
    return BonusPlan(
        study_id=study_id, label=label, bonuses=tuple(bonuses.values()), left_out=FrozenDict(left_out)
    )


def read_amounts(path: Path) -> dict[str, int]:
    """Return the amounts of a CSV file with an id and an amount a row, in pence or cents.

    A first row without an amount is the columns' names. Blank rows are nothing.

    Raises:
        PanelError: The file cannot be read, or a row is wrong; the message names it.
    """
    text = read_table_text(path)
    amounts: dict[str, int] = {}
    first = True
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        is_heading, first = first, False
        if len(cells) < 2 or not cells[0]:
            raise PanelError(
                f"expected an id and an amount in row {number} of {path}, got {','.join(cells)[:60]!r}"
            )
        try:
            cents = to_cents(cells[1])
        except ValueError as error:
            if is_heading and not any(letter.isdigit() for letter in cells[1]):
                continue
            raise PanelError(f"row {number} of {path}: {error}") from error
        if cells[0] in amounts:
            raise PanelError(f"expected each id once in {path}, got {cells[0]} again in row {number}")
        if cents:
            amounts[cells[0]] = cents
    if not amounts:
        raise PanelError(f"expected rows with an id and an amount in {path}, got none")
    return amounts


def _names(pair: Pair) -> tuple[str, ...]:
    assert pair.submission is not None
    here = (pair.visit.participant,) if pair.visit is not None else ()
    return (pair.submission.submission_id, pair.submission.person, *here)


def _reason_against(pair: Pair, paid: Mapping[str, int]) -> str | None:
    submission = pair.submission
    if submission is None:
        return "Prolific knows of no such submission"
    if submission.submission_id in paid:
        return "paid for this already"
    if submission.status == REJECTED:
        return "the submission is rejected"
    if submission.status in UNDER_WAY:
        return f"the submission is still {submission.status}"
    return None
