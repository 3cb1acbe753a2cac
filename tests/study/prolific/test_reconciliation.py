"""Prolific's submissions and our visits, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from prolific_lab import ProlificLab

from parleyrun.archive.archive import Archive
from parleyrun.study.prolific.prolific_api import Submission
from parleyrun.study.prolific.reconciliation import Reconciliation, reconcile, studies_of
from parleyrun.study.study_visits import StudyVisit, study_visits
from parleyrun.testing import FakeProlific

CODES = {"C1AB": "finished", "C0NP": "no_partner"}


def there(session: str, status: str = "AWAITING REVIEW", code: str = "", person: str = "ada") -> Submission:
    return Submission(submission_id=session, person=person, status=status, code=code)


def here(session: str, outcome: str | None = "finished", code: str = "C1AB", **more: str) -> StudyVisit:
    link = {"PROLIFIC_PID": "ada", "STUDY_ID": "s", "session_id": session, **more.pop("link", {})}  # type: ignore[call-overload, dict-item]
    return StudyVisit(participant=more.get("who", "browser:1"), link=link, outcome=outcome, code=code)


def side_by_side(submissions: list[Submission], visits: list[StudyVisit]) -> Reconciliation:
    return reconcile("s", submissions, visits, CODES)


@pytest.mark.parametrize(
    ("submission", "visit", "said"),
    [
        (there("1", code="C1AB"), here("1"), None),
        (
            there("1", code="C1AB"),
            here("1", "no_partner", "C0NP"),
            "'finished', and the visit ended here as 'no_partner'",
        ),
        (there("1", code="C1AB"), here("1", None, ""), "has not ended here"),
        (there("1", code="NOPE"), here("1"), "none of the config's"),
        (there("1", "RETURNED"), here("1"), "finished here, and is RETURNED there"),
        (there("1", "TIMED-OUT"), here("1"), "finished here, and is TIMED-OUT there"),
        (there("1", "REJECTED", "C1AB"), here("1"), "REJECTED"),
        (there("1", "ACTIVE"), here("1"), None),
        (there("1"), here("1"), "without a code"),
        (there("1", "RETURNED"), here("1", "no_partner", ""), None),
        (there("1", "TIMED-OUT"), here("1", "left", ""), None),
        (
            there("1", code="C1AB", person="eve"),
            here("1"),
            "the link here says it is ada, Prolific says it is eve",
        ),
        (there("1", code="C1AB"), here("2"), "nobody came here with this id"),
        (there("1", "RETURNED"), here("2"), None),
    ],
)
def test_what_does_not_fit_is_said(submission: Submission, visit: StudyVisit, said: str | None) -> None:
    pair = side_by_side([submission], [visit]).pairs[0]
    if said is None:
        assert pair.trouble == ()
    else:
        assert said in pair.trouble[0]


def test_who_is_to_be_approved_has_finished_waits_for_review_and_fits() -> None:
    found = side_by_side(
        [
            there("1", code="C1AB"),
            there("2", "APPROVED", "C1AB"),
            there("3", code="C1AB", person="eve"),
            there("4", code="C0NP"),
        ],
        [here("1"), here("2"), here("3"), here("4", "no_partner", "C0NP")],
    )
    assert [pair.name for pair in found.to_approve()] == ["1"]


def test_a_visit_that_prolific_knows_nothing_of_is_named() -> None:
    found = side_by_side([], [here("9")])
    assert [pair.name for pair in found.troubled] == ["9"]
    assert "knows of no such submission" in found.troubled[0].trouble[0]


def test_placeholders_that_nobody_filled_in_are_counted_and_are_nobody() -> None:
    copied = StudyVisit(
        participant="browser:2", link={"PROLIFIC_PID": "{{%PROLIFIC_PID%}}", "SESSION_ID": "{{%SESSION_ID%}}"}
    )
    found = side_by_side([], [copied, here("1")])
    assert found.unfilled == 1
    assert [pair.name for pair in found.pairs] == ["1"]
    assert copied.unfilled == ("PROLIFIC_PID", "SESSION_ID")


def test_of_several_visits_with_one_id_the_finished_one_counts_and_two_people_are_told_of() -> None:
    visits = [here("1"), here("1", "left", "", who="browser:2")]
    pair = side_by_side([there("1", code="C1AB")], visits).pairs[0]
    assert pair.finished
    assert "two people" in pair.trouble[0]


def test_visits_of_other_studies_are_left_out() -> None:
    other = here("1", link={"STUDY_ID": "other"})  # type: ignore[arg-type]
    assert side_by_side([], [other]).pairs == ()
    assert studies_of([other, here("1"), here("2"), StudyVisit(participant="x", link={})]) == ["s", "other"]


def test_what_somebody_did_in_earlier_visits_is_a_visit_each_and_their_newest_is_the_last(
    tmp_path: Path, prolific: FakeProlific
) -> None:
    lab = ProlificLab(tmp_path, prolific)
    lab.visited("ada", "two", "no_partner", seconds_waited=120, waiting_pay_cents=30)
    entry = {"SESSION_ID": "one", "STUDY_ID": "{{%STUDY_ID%}}"}
    earlier = {"entry": entry, "completion": {"outcome": "finished", "code": "C1AB"}}
    lab.visits[-1][1]["earlier_visits"] = [earlier, "no visit", {"entry": None, "completion": {"code": 7}}]
    lab.save()
    with Archive(tmp_path / "study.db") as archive:
        first, second, last = (visit for visit in study_visits(archive) if visit.participant == "browser:ada")
    assert (first.named("session_id"), first.outcome, first.code) == ("one", "finished", "C1AB")
    assert first.unfilled == ("STUDY_ID",)
    assert first.named("STUDY_ID") == ""
    assert (second.link, second.outcome, second.code) == ({}, None, "")
    assert (last.named("SESSION_ID"), last.outcome, last.seconds_waited, last.waiting_pay) == (
        "two", "no_partner", 120, 30,
    )  # fmt: skip
