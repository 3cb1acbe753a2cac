"""The fake of Prolific answers as Prolific does, and refuses what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from parleyrun.testing import FakeProlific


def ask(prolific: FakeProlific, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    answer = requests.request(
        "GET" if body is None else "POST",
        f"{prolific.url}/{path}/",
        json=body,
        headers={"Authorization": f"Token {prolific.token}"},
        timeout=30,
    )
    return answer.status_code, answer.json()


def test_submissions_are_counted_shown_and_approved_one_by_one(prolific: FakeProlific) -> None:
    study, other = prolific.add_study(), prolific.add_study()
    waits = prolific.add_submission(study, participant="p1", status="AWAITING REVIEW", code="C1")
    works = prolific.add_submission(study, participant="p2", status="ACTIVE")
    prolific.add_submission(other, participant="p3", status="ACTIVE")
    assert ask(prolific, f"studies/{study}/submissions/counts") == (
        200,
        {"AWAITING REVIEW": 1, "ACTIVE": 1, "TOTAL": 2},
    )
    status, shown = ask(prolific, f"submissions/{waits}")
    assert (status, shown["participant"], shown["study_code"], shown["study_id"]) == (200, "p1", "C1", study)
    assert ask(prolific, f"submissions/{waits}/transition", {"action": "APPROVE"})[1]["status"] == "APPROVED"
    assert prolific.submission(waits).status == "APPROVED"
    assert ask(prolific, f"submissions/{waits}/transition", {"action": "REJECT"})[0] == 400
    assert ask(prolific, f"submissions/{works}/transition", {"action": "APPROVE"})[0] == 400
    assert prolific.submission(works).status == "ACTIVE"
    for nothing in ("submissions/5f", "studies/5f/submissions/counts", "nothing/of/it"):
        assert ask(prolific, nothing)[0] == 404
    assert ask(prolific, f"studies/{study}/submissions/?offset=2&unused=")[0] == 404


@pytest.mark.parametrize("rows", ["", "p1", "p9,1.00", "p1,1.00\np1,2.00", "p1,one"])
def test_bonuses_that_cannot_be_read_are_refused(prolific: FakeProlific, rows: str) -> None:
    study = prolific.add_study()
    prolific.add_submission(study, participant="p1")
    status, _ = ask(prolific, "submissions/bonus-payments", {"study_id": study, "csv_bonuses": rows})
    assert status == 400
    assert ask(prolific, "bulk-bonus-payments/b9/pay", {})[0] == 404
    assert ask(prolific, "submissions/bulk-approve", {"submission_ids": []})[0] == 400
    assert prolific.paid == {}
