"""Request lines: what an operator asks for as JSON, and the answer to it, whatever way it comes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...errors import OperatorError, ParleyrunError
from .operation_requests import REQUESTS
from .operation_results import plain
from .operators import Operators
from .request_kinds import WritingRequest

log = logging.getLogger(__name__)

LONGEST_LINE_BYTES = 1 << 20
"""How long a request may be; an answer may be as long as it likes."""

Role = Literal["read", "act"]
"""What somebody may ask for: only what changes nothing, or all."""

CameOfIt = Literal["done", "refused", "forbidden", "failed"]


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """The answer to a request: plain JSON, and what came of it."""

    came_of_it: CameOfIt
    said: Mapping[str, Any]

    @property
    def line(self) -> bytes:
        """The answer as a line of JSON."""
        return json.dumps(self.said, separators=(",", ":")).encode() + b"\n"


def answer_line(
    operators: Operators, line: bytes | str, *, role: Role = "act", name: str | None = None
) -> RequestAnswer:
    """Do what a line of JSON asks for: `{"verb": …, "by": …, "why": …, "values": {…}}`. Any thread but the desk's.

    Args:
        operators: Does it.
        line: The request.
        role: What whoever asks may ask for.
        name: Who asks, where that is known otherwise than by the request.

    Returns:
        `{"ok": true, "result": {…}}`, or `{"ok": false, "error": "…"}`; it raises nothing.
    """
    try:
        request = _request(line)
        verb, values = request.get("verb"), request.get("values") or {}
        if not isinstance(values, dict):
            raise OperatorError("expected an object at 'values'")
        if role != "act" and changes_something(verb):
            return RequestAnswer("forbidden", _refusal(f"with this token you may look, and not do '{verb}'"))
        by = request.get("by") if name is None else name
        result = operators.ask(verb, values, by=by, why=request.get("why") or "")
        return RequestAnswer("done", {"ok": True, "result": plain(result)})
    except ParleyrunError as error:
        return RequestAnswer("refused", _refusal(str(error)))
    except Exception:  # the connection, and whoever comes next, must not suffer from a mistake of ours
        log.exception("an operator's request failed")
        return RequestAnswer("failed", _refusal("it failed; the log says more"))


def refused_line(why: str) -> bytes:
    """Return the answer to what is no request that could be looked at."""
    return RequestAnswer("refused", _refusal(why)).line


def changes_something(verb: object) -> bool:
    """Say whether the operation of that name writes; what is none changes nothing."""
    kind = REQUESTS.get(verb) if isinstance(verb, str) else None
    return kind is not None and issubclass(kind, WritingRequest)


def _request(line: bytes | str) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise OperatorError("expected a line of JSON") from None
    if not isinstance(request, dict):
        raise OperatorError("expected a JSON object")
    return request


def _refusal(why: str) -> dict[str, Any]:
    return {"ok": False, "error": why}
