"""The fake of Prolific: its API on a port of the loopback interface, which does and fails what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ...core.message import FrozenDict
from ...fake_graph.graph_calls import GraphRequest
from ...fake_graph.graph_server import GraphAnswer, GraphServer
from ...fake_graph.refusals import Refusal
from .prolific_endpoints import ProlificEndpoints
from .prolific_records import FakeBonuses, FakeStudy, FakeSubmission, ProlificCall, ProlificRefusal

ROOT = "/api/v1"
PLACEHOLDERS = "PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """What happens to a request whose path has `path` in it. Status 0 drops it, after doing it if `done`."""

    path: str
    status: int
    detail: str = ""
    retry_after: str = ""
    done: bool = False


class FakeProlific:
    """Speaks the part of Prolific's API that parleyrun uses. Use it in `with`; any thread.

    ::

        with FakeProlific() as prolific:
            study = prolific.add_study(codes={"C1AB": "COMPLETED"})
            session = prolific.add_submission(study, status="AWAITING REVIEW", code="C1AB")
            ...
            assert prolific.submission(session).status == "APPROVED"

    Nothing that it does costs anything, and no request leaves this machine.

    Args:
        token: The token it wants.
    """

    def __init__(self, token: str = "fake-prolific-token") -> None:  # noqa: S107 - it opens nothing
        self.token = token
        self._server = GraphServer(self._answer)
        self._endpoints = ProlificEndpoints(lambda: self.url)
        self._faults: list[_Fault] = []
        self._calls: list[ProlificCall] = []
        self._numbered = 0
        self._lock = threading.Lock()  # guards all above but the server

    def __enter__(self) -> Self:
        self._server.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        """The address of the API: `http://127.0.0.1:…/api/v1`."""
        return f"{self._server.url}{ROOT}"

    @property
    def calls(self) -> list[ProlificCall]:
        """All requests so far, the oldest first."""
        with self._lock:
            return list(self._calls)

    @property
    def paid(self) -> dict[str, int]:
        """What each participant was paid in bonuses, in pence or cents; paid twice counts twice."""
        sums: dict[str, int] = {}
        with self._lock:
            for bonuses in self._endpoints.bonuses.values():
                for participant, cents in bonuses.cents.items():
                    if bonuses.times_paid:
                        sums[participant] = sums.get(participant, 0) + cents * bonuses.times_paid
        return sums

    @property
    def set_up(self) -> list[FakeBonuses]:
        """All bonuses that were set up, paid or not."""
        with self._lock:
            return list(self._endpoints.bonuses.values())

    def add_study(
        self,
        codes: Mapping[str, str] | None = None,
        *,
        name: str = "A study",
        url: str = f"https://study.example.org/?{PLACEHOLDERS}",
        status: str = "ACTIVE",
    ) -> str:
        """Add a study, and return its id.

        Args:
            codes: Its completion codes, and of which type each is.
            name: What people see.
            url: Where they are sent.
            status: In Prolific's words.
        """
        with self._lock:
            study_id = self._new_id("a")
            self._endpoints.studies[study_id] = FakeStudy(
                study_id=study_id, name=name, url=url, codes=dict(codes or {}), status=status
            )
            return study_id

    def add_submission(
        self, study_id: str, *, participant: str | None = None, status: str = "ACTIVE", code: str = ""
    ) -> str:
        """Add somebody's attempt at a study, and return its id.

        Args:
            study_id: Of the study.
            participant: Who it is; None makes somebody up.
            status: In Prolific's words, such as `AWAITING REVIEW`.
            code: What they entered.
        """
        with self._lock:
            submission_id = self._new_id("c")
            self._endpoints.submissions[submission_id] = FakeSubmission(
                submission_id=submission_id,
                study_id=study_id,
                participant=participant or self._new_id("b"),
                status=status,
                code=code,
            )
            return submission_id

    def change(self, submission_id: str, *, status: str, code: str | None = None) -> None:
        """Have a submission go on: its status, and the code that its person entered."""
        with self._lock:
            submission = self._endpoints.submissions[submission_id]
            submission.status = status
            submission.code = submission.code if code is None else code

    def submission(self, submission_id: str) -> FakeSubmission:
        """Return a submission as it is now."""
        with self._lock:
            return replace(self._endpoints.submissions[submission_id])

    def approve_after(self, looks: int) -> None:
        """Have submissions be approved only when somebody lists them for that many times."""
        with self._lock:
            self._endpoints.looks_until_approved = looks

    def refuse(self, path: str, status: int, *, times: int = 1, detail: str = "", retry_after: str = "") -> None:
        """Refuse the next requests whose path has these letters in it.

        Args:
            path: Part of their path, such as `bonus-payments`.
            status: With what.
            times: How many of them.
            detail: What the error says.
            retry_after: What stands in `Retry-After`; empty for no such header.
        """
        fault = _Fault(path=path, status=status, detail=detail, retry_after=retry_after)
        with self._lock:
            self._faults += [fault] * times

    def drop(self, path: str, *, times: int = 1, done: bool = False) -> None:
        """Drop the next requests whose path has these letters in it, without an answer.

        Args:
            path: Part of their path.
            times: How many of them.
            done: Whether what they ask is done all the same.
        """
        with self._lock:
            self._faults += [_Fault(path=path, status=0, done=done)] * times

    def _new_id(self, kind: str) -> str:
        self._numbered += 1
        return f"{kind}{self._numbered:023x}"

    def _answer(self, request: GraphRequest | Refusal, _method: str) -> GraphAnswer:
        if isinstance(request, Refusal):
            return GraphAnswer(400, {"error": {"status": 400, "title": "Bad request", "detail": str(request)}})
        with self._lock:
            path = request.path.removeprefix(ROOT).strip("/")
            answer = self._decide(request, path)
            self._calls.append(ProlificCall(request.method, path, FrozenDict(request.body), answer.status))
            return answer

    def _decide(self, request: GraphRequest, path: str) -> GraphAnswer:
        fault = next((each for each in self._faults if each.path in path), None)
        if fault is not None:
            self._faults.remove(fault)
            if not fault.done:
                return _refused(fault.status, "Refused as told", fault.detail, fault.retry_after)
        try:
            if request.headers.get("authorization") != f"Token {self.token}":
                raise ProlificRefusal(401, "Authentication failed", "Invalid token.")
            status, body = self._endpoints.answer(request, path)
        except ProlificRefusal as refusal:
            status, body = refusal.status, _error(refusal.status, refusal.title, refusal.detail)
        return GraphAnswer(status if fault is None else 0, body)


def _refused(status: int, title: str, detail: str, retry_after: str) -> GraphAnswer:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return GraphAnswer(status, _error(status, title, detail), headers)


def _error(status: int, title: str, detail: object) -> dict[str, Any]:
    return {"error": {"status": status, "title": title, "error_code": status * 100, "detail": detail}}
