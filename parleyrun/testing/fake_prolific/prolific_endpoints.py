"""What the fake of Prolific answers at each path."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...fake_graph.graph_calls import GraphRequest
from .prolific_records import FakeBonuses, FakeStudy, FakeSubmission, ProlificRefusal

StatusAndBody = tuple[int, dict[str, Any]]
"""A status and a body."""

_ROW = re.compile(r"([0-9A-Za-z_-]+),(\d{1,5})(?:\.(\d{1,2}))?")
_DEFAULT_PAGE = 20


class ProlificEndpoints:
    """Studies, submissions and bonuses, as Prolific's API shows and changes them. Guarded by the fake's lock.

    Args:
        url: Returns the address of the API.
    """

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self.studies: dict[str, FakeStudy] = {}
        self.submissions: dict[str, FakeSubmission] = {}
        self.bonuses: dict[str, FakeBonuses] = {}
        self.approving: dict[str, int] = {}
        self.looks_until_approved = 1

    def answer(self, request: GraphRequest, path: str) -> StatusAndBody:
        """Return what is answered to a request; raises `ProlificRefusal`."""
        for method, pattern, answer in (
            ("GET", r"users/me", self._me),
            ("GET", r"studies/([^/]+)", self._study),
            ("GET", r"studies/([^/]+)/submissions", self._list),
            ("GET", r"studies/([^/]+)/submissions/counts", self._counts),
            ("GET", r"submissions/([^/]+)", self._submission),
            ("POST", r"submissions/bulk-approve", self._approve_several),
            ("POST", r"submissions/([^/]+)/transition", self._transition),
            ("POST", r"submissions/bonus-payments", self._set_up),
            ("POST", r"bulk-bonus-payments/([^/]+)/pay", self._pay),
        ):
            found = re.fullmatch(pattern, path)
            if found and request.method == method:
                handle: Callable[..., StatusAndBody] = answer
                return handle(request, *found.groups())
        raise ProlificRefusal(404, "Not found", f"{request.method} {path}")

    def _me(self, _request: GraphRequest) -> StatusAndBody:
        return 200, {"id": "5f00000000000000000000aa", "email": "ada@example.org", "currency_code": "GBP"}

    def _study(self, _request: GraphRequest, study_id: str) -> StatusAndBody:
        study = self._known_study(study_id)
        return 200, {
            "id": study.study_id,
            "name": study.name,
            "status": study.status,
            "external_study_url": study.url,
            "total_available_places": study.places,
            "completion_codes": [
                {
                    "code": code,
                    "code_type": kind,
                    "actor": "participant",
                    "actions": [{"action": "MANUALLY_REVIEW"}],
                }
                for code, kind in study.codes.items()
            ],
        }

    def _list(self, request: GraphRequest, study_id: str) -> StatusAndBody:
        self._known_study(study_id)
        self._approve_in_time()
        first, size = _number(request.params, "offset", 0), _number(request.params, "limit", _DEFAULT_PAGE)
        listed = [each for each in self.submissions.values() if each.study_id == study_id]
        if first > 0 and first >= len(listed):
            raise ProlificRefusal(404, "Not found", "this page is past the end")
        following = first + size if first + size < len(listed) else None
        href = f"{self._url()}/studies/{study_id}/submissions/?limit={size}&offset={following}"
        return 200, {
            "results": [_shown(each, "participant_id") for each in listed[first : first + size]],
            "_links": {"next": {"href": None if following is None else href}},
            "meta": {"count": len(listed)},
        }

    def _counts(self, _request: GraphRequest, study_id: str) -> StatusAndBody:
        self._known_study(study_id)
        counted: dict[str, Any] = {}
        for each in self.submissions.values():
            if each.study_id == study_id:
                counted[each.status] = counted.get(each.status, 0) + 1
        return 200, {**counted, "TOTAL": sum(counted.values())}

    def _submission(self, _request: GraphRequest, submission_id: str) -> StatusAndBody:
        submission = self._known(submission_id)
        return 200, {**_shown(submission, "participant"), "study_id": submission.study_id}

    def _transition(self, request: GraphRequest, submission_id: str) -> StatusAndBody:
        submission = self._known(submission_id)
        if request.body.get("action") != "APPROVE":
            raise ProlificRefusal(400, "Bad request", {"action": ["this fake only knows APPROVE"]})
        self._check_can_be_approved(submission)
        submission.status = "APPROVED"
        return 200, {**_shown(submission, "participant"), "study_id": submission.study_id}

    def _approve_several(self, request: GraphRequest) -> StatusAndBody:
        wanted = request.body.get("submission_ids")
        if not isinstance(wanted, list) or not wanted:
            raise ProlificRefusal(400, "Bad request", {"submission_ids": ["this field is required"]})
        for submission in [self._known(str(each)) for each in wanted]:
            self._check_can_be_approved(submission)
            self.approving.setdefault(submission.submission_id, self.looks_until_approved)
        return 200, {"message": "The request to bulk approve has been made successfully."}

    def _check_can_be_approved(self, submission: FakeSubmission) -> None:
        if submission.status not in ("AWAITING REVIEW", "APPROVED"):
            raise ProlificRefusal(
                400, "Bad request", f"submission {submission.submission_id} is {submission.status}"
            )

    def _approve_in_time(self) -> None:
        for submission_id, looks in list(self.approving.items()):
            if looks > 1:
                self.approving[submission_id] = looks - 1
            else:
                del self.approving[submission_id]
                self.submissions[submission_id].status = "APPROVED"

    def _set_up(self, request: GraphRequest) -> StatusAndBody:
        study = self._known_study(str(request.body.get("study_id")))
        cents: dict[str, int] = {}
        for row in str(request.body.get("csv_bonuses", "")).splitlines():
            found = _ROW.fullmatch(row)
            people = {each.participant for each in self.submissions.values() if each.study_id == study.study_id}
            if found is None or found[1] not in people or found[1] in cents:
                raise ProlificRefusal(400, "Bad request", {"csv_bonuses": [f"cannot read {row!r}"]})
            cents[found[1]] = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
        if not cents:
            raise ProlificRefusal(400, "Bad request", {"csv_bonuses": ["this field is required"]})
        bulk_id = f"b{len(self.bonuses) + 1:023d}"
        self.bonuses[bulk_id] = FakeBonuses(bulk_id=bulk_id, study_id=study.study_id, cents=cents)
        amount = sum(cents.values())
        body = {"id": bulk_id, "study": study.study_id, "amount": amount, "fees": amount // 3, "vat": 0}
        return 201, {**body, "total_amount": amount + amount // 3}

    def _pay(self, _request: GraphRequest, bulk_id: str) -> StatusAndBody:
        bonuses = self.bonuses.get(bulk_id)
        if bonuses is None:
            raise ProlificRefusal(404, "Not found", bulk_id)
        bonuses.times_paid += 1
        for participant, cents in bonuses.cents.items():
            theirs = [each for each in self.submissions.values() if each.participant == participant]
            [each for each in theirs if each.study_id == bonuses.study_id][-1].bonuses.append(cents)
        return 202, {}

    def _known_study(self, study_id: str) -> FakeStudy:
        if study_id not in self.studies:
            raise ProlificRefusal(404, "Not found", f"no study {study_id}")
        return self.studies[study_id]

    def _known(self, submission_id: str) -> FakeSubmission:
        if submission_id not in self.submissions:
            raise ProlificRefusal(404, "Not found", f"no submission {submission_id}")
        return self.submissions[submission_id]


def _shown(submission: FakeSubmission, person: str) -> dict[str, Any]:
    return {
        "id": submission.submission_id,
        person: submission.participant,
        "status": submission.status,
        "study_code": submission.code or None,
        "bonus_payments": list(submission.bonuses),
        "is_complete": submission.status not in ("RESERVED", "ACTIVE"),
        "ip": "203.0.113.7",
    }


def _number(parameters: Mapping[str, str], name: str, otherwise: int) -> int:
    text = parameters.get(name, "")
    return int(text) if text.isdigit() else otherwise
