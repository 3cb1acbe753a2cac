"""What a server's error means: the cause, whether trying again may help, and how long to wait before it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from ...errors import ModelError, ModelFailure
from .endpoint import Endpoint

_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context l|context limit|context size"
    r"|longer than the model's context|prompt is too long|maximum input length|maximum number of tokens"
    r"|input tokens exceed|while limit is",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"insufficient_quota|budget_exceeded|credit_balance|billing|insufficient balance", re.IGNORECASE
)
_FILTERED = re.compile(r"content_filter|content_policy|ResponsibleAI|content management policy", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model_not_found|invalid model name|model .{0,80}(does not exist|not found)|no models loaded", re.IGNORECASE
)
_REFUSED = re.compile(r"jinja|chat template|roles must alternate|validation error", re.IGNORECASE)
"""What servers say of a request that they will never take, although they call it their own fault."""
_IN_WORDS = re.compile(r"retry after (\d{1,5}) second", re.IGNORECASE)

_PASSING = frozenset({408, 409, 425, 429, 498})


def error_of(
    status: int, headers: Mapping[str, str], content: bytes, endpoint: Endpoint, now: float
) -> ModelError:
    """Return the error that an answer of this HTTP status tells of.

    Args:
        status: Its HTTP status.
        headers: Its headers, in which any case finds them.
        content: Its body, whatever it is.
        endpoint: Who answered.
        now: Wall time in seconds, for a `Retry-After` that is a date.
    """
    body = _json(content)
    said = endpoint.without_key(words_of_error(body) if body is not None else plain_words(content))
    if 300 <= status < 400:
        said = f"it sends requests on to {headers.get('location', 'elsewhere').partition('?')[0]}"
    everything = f"{said} {content[:4000].decode(errors='replace')}"
    cause = cause_of(status, everything)
    wait_seconds = wait_seconds_of(headers, said, now)
    return ModelError(
        f"{endpoint.host} answered HTTP {status}: {said or 'nothing more'}{_advice(cause, endpoint)}",
        cause,
        status=status,
        may_pass=may_pass(status, cause, headers),
        wait_seconds=wait_seconds,
    )


def error_in_answer(body: Mapping[str, Any]) -> ModelError:
    """Return the error that stands in an answer which began well: in a chunk of a stream, or under HTTP 200."""
    said = words_of_error(body)
    told = body.get("error")
    code = told.get("code") if isinstance(told, Mapping) else body.get("code")
    status = int(code) if isinstance(code, int | str) and re.fullmatch(r"[45]\d\d", str(code)) else 500
    cause = cause_of(status, f"{said} {body!r:.2000}")
    return ModelError(f"the server broke off: {said}", cause, status=status, may_pass=may_pass(status, cause, {}))


def words_of_error(body: Any) -> str:
    """Return a server's own words in an error, in whatever form it gives them."""
    told = body
    if isinstance(body, Mapping):
        told = body.get("error") or body.get("message") or body.get("detail") or body
    if isinstance(told, Mapping):
        told = told.get("message") or told.get("detail") or told
    return short(told)


def short(value: Any) -> str:
    """Return the beginning of whatever it is on one line, for a sentence."""
    return " ".join(value[:1000].split())[:300] if isinstance(value, str) else f"{value!r:.300}"


def cause_of(status: int, text: str) -> ModelFailure:
    """Return why there is no answer, by the HTTP status and all that was said with it."""
    if _MONEY.search(text) or status == 402:
        return ModelFailure.MONEY
    if status in (400, 413, 422, 500) and _CONTEXT.search(text):
        return ModelFailure.CONTEXT
    if status in (400, 403) and _FILTERED.search(text):
        return ModelFailure.FILTERED
    if status in (400, 404) and _NO_MODEL.search(text):
        return ModelFailure.NO_SUCH_MODEL
    if status in (401, 403, 407):
        return ModelFailure.KEY
    if status in (429, 498):
        return ModelFailure.RATE
    if status == 408:
        return ModelFailure.TIMEOUT
    if 300 <= status < 400:
        return ModelFailure.ADDRESS
    if status in (404, 405):
        return ModelFailure.ADDRESS
    if status >= 500:
        return ModelFailure.REQUEST if _REFUSED.search(text) else ModelFailure.SERVER
    return ModelFailure.REQUEST


def may_pass(status: int, cause: ModelFailure, headers: Mapping[str, str]) -> bool:
    """Return whether the same request may succeed later."""
    if cause in (ModelFailure.MONEY, ModelFailure.CONTEXT, ModelFailure.FILTERED, ModelFailure.KEY):
        return False
    advised = headers.get("x-should-retry", "").lower()
    if advised in ("true", "false"):
        return advised == "true"
    return status in _PASSING or (status >= 500 and status != 501 and cause is ModelFailure.SERVER)


def wait_seconds_of(headers: Mapping[str, str], said: str, now: float) -> float | None:
    """Return how long the server asks to be left alone; None where it says nothing."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        told = headers.get(name, "").strip()
        if not told:
            continue
        try:
            seconds = float(told) * unit
        except ValueError:
            try:
                seconds = parsedate_to_datetime(told).timestamp() - now
            except (ValueError, TypeError, OverflowError):
                continue
        if seconds == seconds and seconds < 1e9:
            return max(0.0, seconds)
    found = _IN_WORDS.search(said)
    return float(found[1]) if found else None


def _advice(cause: ModelFailure, endpoint: Endpoint) -> str:
    if cause is ModelFailure.KEY:
        return (
            "; see that the key is right (api_key_env)"
            if endpoint.key
            else "; it wants a key: name it by api_key_env"
        )
    if cause is ModelFailure.NO_SUCH_MODEL:
        return f"; see that 'name' is one of those at {endpoint.models}"
    if cause is ModelFailure.ADDRESS:
        return f"; see that base_url is right: {endpoint.completions} was asked"
    if cause is ModelFailure.CONTEXT:
        return "; lower context_tokens"
    return ""


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def plain_words(content: bytes) -> str:
    """Return the words of a page that is no JSON."""
    text = re.sub(r"<[^>]*>|\s+", " ", content[:2000].decode(errors="replace"))
    return " ".join(text.split())[:200]
