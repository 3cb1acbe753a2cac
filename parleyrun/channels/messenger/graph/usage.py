"""Usage: what Meta says in the headers of an answer about how much of a page's rate limit is used up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_OF_THE_APP = ("X-App-Usage", "X-Page-Usage")
_OF_BUSINESS_USE_CASES = "X-Business-Use-Case-Usage"
_MEASURES = ("call_count", "total_time", "total_cputime")
_USE_CASES = ("messenger", "pages")


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of the limit is used, in percent, and in how many seconds a page that is over it may go on.

    Both are 0 where Meta says nothing.
    """

    percent: float = 0.0
    regain_seconds: float = 0.0


def usage_of(headers: Mapping[str, str]) -> Usage:
    """Read the usage headers of an answer; the fullest of all limits they tell of counts. Never raises."""
    percent = regain_minutes = 0.0
    for limit in _limits(headers):
        percent = max([percent, *(_number(limit.get(measure)) for measure in _MEASURES)])
        regain_minutes = max(regain_minutes, _number(limit.get("estimated_time_to_regain_access")))
    return Usage(percent, regain_minutes * 60.0)


def _limits(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for name in _OF_THE_APP:
        limit = _parsed(headers.get(name))
        if isinstance(limit, dict):
            yield limit
    businesses = _parsed(headers.get(_OF_BUSINESS_USE_CASES))
    for use_cases in businesses.values() if isinstance(businesses, dict) else ():
        for use_case in use_cases if isinstance(use_cases, list) else ():
            if isinstance(use_case, dict) and use_case.get("type", "messenger") in _USE_CASES:
                yield use_case


def _parsed(header: str | None) -> Any:
    if not header:
        return None
    try:
        return json.loads(header)
    except (ValueError, RecursionError):
        return None


def _number(value: Any) -> float:
    """Return a number that Meta sent, 0 for anything else (`NaN` and negative ones too)."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value < 1e9:
        return float(value)
    return 0.0
