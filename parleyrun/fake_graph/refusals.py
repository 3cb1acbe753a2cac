"""Refusals: what the Graph API says no with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STATUSES = {190: 401, 200: 403, 230: 403, 10: 403}


class Refusal(Exception):
    """An answer of the Graph API that is an error. `http_status` None takes the usual one of the code."""

    def __init__(
        self,
        code: int,
        subcode: int | None = None,
        message: str = "made to fail",
        *,
        http_status: int | None = None,
        transient: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.transient = transient
        self.http_status = http_status or _STATUSES.get(code, 400)

    def answer(self, trace_id: str) -> Mapping[str, Any]:
        """Return the body, in the shape that Graph gives it."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self}",
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": trace_id,
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient:
            error["is_transient"] = True
        return {"error": error}


def bad_parameter(what: str, subcode: int | None = None) -> Refusal:
    """A call that can never work, whoever sends it: code 100."""
    return Refusal(100, subcode, what)


def bad_token() -> Refusal:
    return Refusal(190, message="Invalid OAuth access token - Cannot parse access token")


def unknown_path(method: str, path: str) -> Refusal:
    return Refusal(100, 33, f"Unsupported {method.lower()} request: there is nothing at {path}")


def unknown_person() -> Refusal:
    return Refusal(100, 2018001, "No matching user found")


def window_closed() -> Refusal:
    return Refusal(10, 2018278, "This message is sent outside of allowed window")


def human_agent_not_approved() -> Refusal:
    return Refusal(200, 2018028, "The app has no approval for the tag HUMAN_AGENT")
