"""What an error of litellm means. Its classes are told by their names, so that nothing is imported for it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from ...errors import ModelError, ModelFailure
from ..chat_completions.completion_errors import cause_of, may_pass, short, wait_seconds_of
from ..chat_completions.endpoint import without_key

_BY_CLASS = {
    "AuthenticationError": ModelFailure.KEY,
    "PermissionDeniedError": ModelFailure.KEY,
    "RateLimitError": ModelFailure.RATE,
    "ContextWindowExceededError": ModelFailure.CONTEXT,
    "ContentPolicyViolationError": ModelFailure.FILTERED,
    "BudgetExceededError": ModelFailure.MONEY,
    "PaymentRequiredError": ModelFailure.MONEY,
    "Timeout": ModelFailure.TIMEOUT,
    "APITimeoutError": ModelFailure.TIMEOUT,
    "MidStreamFallbackError": ModelFailure.CUT,
    "LiteLLMUnknownProvider": ModelFailure.NO_SUCH_MODEL,
    "UnsupportedParamsError": ModelFailure.REQUEST,
}

_ADVICE = {
    ModelFailure.KEY: "; see that the key is right (api_key_env), or that the provider's own variable is set",
    ModelFailure.NO_SUCH_MODEL: "; see that 'name' is provider/model as litellm has it",
    ModelFailure.CONTEXT: "; lower context_tokens",
}

_PASSING = (ModelFailure.RATE, ModelFailure.TIMEOUT, ModelFailure.UNREACHABLE, ModelFailure.CUT)
_SAID_TWICE = re.compile(r"^(?:(?:litellm\.)?\w*(?:Error|Exception|Timeout): |\w+(?:Error|Exception) - )+")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_SHORTEST_SECRET = 8


def error_of_litellm(error: Exception, provider: str, key: str, now: float) -> ModelError:
    """Return what an exception of litellm's tells of.

    Args:
        error: The exception.
        provider: Who was asked.
        key: The key that it was asked with; keys that litellm finds in the environment are not quoted either.
        now: Wall time in seconds, for a `Retry-After` that is a date.
    """
    words = str(getattr(error, "message", None) or error)
    said = _without_secrets(short(_SAID_TWICE.sub("", words.split("\n")[0])), key)
    status = _status_of(error)
    # The library's own words leave out what kind of error the server called it.
    cause = _cause(error, status, f"{words} {getattr(error, 'code', '')} {getattr(error, 'body', '')!r:.2000}")
    headers = _headers_of(error)
    return ModelError(
        f"{provider} (by litellm) answered {type(error).__name__}: {said}{_ADVICE.get(cause, '')}",
        cause,
        status=status,
        may_pass=cause in _PASSING or may_pass(status, cause, headers),
        wait_seconds=wait_seconds_of(headers, said, now),
    )


def _cause(error: Exception, status: int, words: str) -> ModelFailure:
    if re.search(r"Connection error|Cannot connect|Connection refused|Name or service", words):
        return ModelFailure.UNREACHABLE
    if "LLM Provider NOT provided" in words:
        return ModelFailure.NO_SUCH_MODEL
    by_words = cause_of(status, words)
    if by_words in (ModelFailure.MONEY, ModelFailure.CONTEXT, ModelFailure.FILTERED):
        return by_words
    found = (_BY_CLASS.get(kind.__name__) for kind in type(error).__mro__)
    cause = next((cause for cause in found if cause is not None), by_words)
    return ModelFailure.NO_SUCH_MODEL if status == 404 else cause


def _status_of(error: Exception) -> int:
    status = getattr(error, "status_code", 0)
    return status if isinstance(status, int) else 0


def _headers_of(error: Exception) -> Mapping[str, str]:
    headers: Any = getattr(getattr(error, "response", None), "headers", None) or {}
    return {str(name).lower(): str(value) for name, value in dict(headers).items()}


def _without_secrets(text: str, key: str) -> str:
    text = without_key(text, key)
    for name, value in os.environ.items():
        if _SECRET.search(name) and len(value) >= _SHORTEST_SECRET:
            text = without_key(text, value)
    return text
