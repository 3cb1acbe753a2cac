"""What Prolific says of people, and what is on record here, side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...core.message import FrozenDict
from ..study_visits import StudyVisit
from .prolific_api import AWAITING_REVIEW, GIVEN_UP, UNDER_WAY, Submission

PERSON = "PROLIFIC_PID"
STUDY = "STUDY_ID"
SESSION = "SESSION_ID"
FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A submission there and a visit here that are of the same attempt, or one of them alone.

    Attributes:
        submission: None where Prolific knows nothing of it.
        visit: None where nothing is on record here.
        trouble: What does not fit, as sentences.
    """

    submission: Submission | None
    visit: StudyVisit | None
    trouble: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the attempt is called: the id of the submission."""
        if self.submission is not None:
            return self.submission.submission_id
        return self.visit.named(SESSION) if self.visit is not None else ""

    @property
    def finished(self) -> bool:
        """Whether the visit is on record here as finished."""
        return self.visit is not None and self.visit.outcome == FINISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """All attempts at one study.

    Attributes:
        pairs: In the order of Prolific's list, then those that only are on record here.
        unfilled: How many people came here by a link in which Prolific's placeholders stand as they are.
        statuses: How many submissions there are of each status.
        outcomes: How many visits ended in each way.
    """

    pairs: tuple[Pair, ...]
    unfilled: int = 0
    statuses: Mapping[str, int] = field(default_factory=FrozenDict)
    outcomes: Mapping[str, int] = field(default_factory=FrozenDict)

    @property
    def troubled(self) -> list[Pair]:
        """The attempts of which something does not fit."""
        return [pair for pair in self.pairs if pair.trouble]

    def to_approve(self) -> list[Pair]:
        """Return the attempts that wait for review, are finished here, and fit in every way."""
        return [
            pair
            for pair in self.pairs
            if pair.submission is not None
            and pair.submission.status == AWAITING_REVIEW
            and pair.finished
            and not pair.trouble
        ]


def studies_of(visits: Iterable[StudyVisit]) -> list[str]:
    """Return the ids of the studies that people came from, those with the most people first."""
    counted = Counter(study for visit in visits if (study := visit.named(STUDY)))
    return [study for study, _ in counted.most_common()]


def reconcile(
    study_id: str, submissions: Iterable[Submission], visits: Iterable[StudyVisit], codes: Mapping[str, str]
) -> Reconciliation:
    """Lay submissions and visits side by side, by the ids of the submissions.

    Args:
        study_id: Of the study.
        submissions: All of them.
        visits: All that are on record; those of other studies are left out.
        codes: The outcome of each completion code of the config.
    """
    ours = list(visits)
    unfilled = sum(1 for visit in ours if visit.unfilled)
    by_session: dict[str, list[StudyVisit]] = defaultdict(list)
    for visit in ours:
        session = visit.named(SESSION)
        if session and visit.named(STUDY) in ("", study_id):
            by_session[session].append(visit)
    theirs = list(submissions)
    pairs = []
    for submission in theirs:
        found = by_session.pop(submission.submission_id, [])
        best = _best(found)
        pairs.append(Pair(submission=submission, visit=best, trouble=_trouble(submission, found, best, codes)))
    for found in by_session.values():
        said = "Prolific knows of no such submission: somebody tried the study out, or altered their link"
        pairs.append(Pair(submission=None, visit=_best(found), trouble=(said,)))
    return Reconciliation(
        pairs=tuple(pairs),
        unfilled=unfilled,
        statuses=FrozenDict(Counter(submission.status for submission in theirs)),
        outcomes=FrozenDict(
            Counter(pair.visit.outcome or "not ended" for pair in pairs if pair.visit is not None)
        ),
    )


def _best(visits: Sequence[StudyVisit]) -> StudyVisit | None:
    """Return the visit that counts: one that was finished, else one that has ended, else the newest."""
    ranked = sorted(visits, key=lambda visit: (visit.outcome == FINISHED, visit.outcome is not None))
    return ranked[-1] if ranked else None


def _trouble(
    submission: Submission, visits: Sequence[StudyVisit], visit: StudyVisit | None, codes: Mapping[str, str]
) -> tuple[str, ...]:
    if visit is None:
        return _never_came(submission)
    trouble = []
    if len({each.participant for each in visits}) > 1:
        trouble.append("two people are on record here with this id: a link was passed on or altered")
    person = visit.named(PERSON)
    if person and person != submission.person:
        trouble.append(f"the link here says it is {person}, Prolific says it is {submission.person}")
    if submission.code:
        trouble += _about_code(submission.code, visit, codes)
    if visit.outcome == FINISHED:
        trouble += _finished(submission)
    return tuple(trouble)


def _never_came(submission: Submission) -> tuple[str, ...]:
    if submission.status in (*UNDER_WAY, *GIVEN_UP):
        return ()
    return (f"{submission.status} there, and nobody came here with this id",)


def _about_code(code: str, visit: StudyVisit, codes: Mapping[str, str]) -> list[str]:
    ended = "has not ended here" if visit.outcome is None else f"ended here as '{visit.outcome}'"
    if code == visit.code:
        return []
    if code not in codes:
        return [f"gave the code {code}, which is none of the config's; the visit {ended}"]
    if codes[code] == visit.outcome:
        return []
    return [f"gave the code {code} of '{codes[code]}', and the visit {ended}"]


def _finished(submission: Submission) -> list[str]:
    if submission.status in GIVEN_UP:
        return [f"finished here, and is {submission.status} there: Prolific pays nothing unless you do (a bonus)"]
    if submission.status == "REJECTED":
        return ["finished here, and is REJECTED there"]
    if not submission.code and submission.status not in UNDER_WAY:
        return [f"finished here, and is {submission.status} there without a code"]
    return []
