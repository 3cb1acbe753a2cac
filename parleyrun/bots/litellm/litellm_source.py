"""Requests through the library litellm, one at a time: its own retries, its telemetry and its log are off."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import MissingExtra, ModelError, ModelFailure
from ...runner.timers import Clock
from ..chat_completions.completion import Completion, CompletionParts, TokenUsage
from ..chat_completions.completion_settings import CompletionSettings, key_of
from ..chat_completions.keys.known_secrets import SHORTEST_OF_ENVIRONMENT, secrets_by_name
from .litellm_errors import error_of_litellm

_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it is downloaded when the library is imported
    "LITELLM_MODE": "PRODUCTION",  # else a file .env is read
}
_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")


class LitellmSource:
    """Has conversations completed by litellm (`CompletionSource`). Any thread, many at the same time.

    Args:
        library: The module.
        settings: How a provider is asked.
        key: The key; empty where litellm is to find it by itself.
        clock: Measures how long an answer takes.
    """

    def __init__(self, library: Any, settings: CompletionSettings, key: str, clock: Clock) -> None:
        self._library = library
        self._settings = settings
        self._key = key
        self._clock = clock
        self._provider = settings.name.partition("/")[0]
        named = secrets_by_name(dict(settings.headers))
        self.secrets: tuple[str, ...] = (key, *named, *secrets_by_name(os.environ, SHORTEST_OF_ENVIRONMENT))
        """What requests are made with, also what the library finds in the environment."""

    def complete(
        self,
        body: Mapping[str, Any],
        on_text: Callable[[str], None] | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Completion:
        """Have a conversation completed by one request (`CompletionSource.complete`)."""
        ends_at = self._clock.monotonic() + self._settings.timeout_seconds
        answer: Any = None
        parts = CompletionParts()
        try:
            answer = self._library.completion(**self._arguments(body))
            completion = self._read(answer, parts, ends_at, on_text, is_over)
        except ModelError as error:
            self._end(answer)
            parts.broke_off(error)
            raise
        except Exception as error:  # those of litellm have no root of their own, and it lets others through
            told = error_of_litellm(error, self._provider, self._key, self._clock.time())
            raise parts.broke_off(told) from None
        return self._with_cost(completion)

    def described(self) -> str:
        """Say where it is."""
        return self._settings.base_url or f"{self._provider} (by litellm)"

    def close(self) -> None:
        """There is nothing open between requests."""

    def _arguments(self, body: Mapping[str, Any]) -> dict[str, Any]:
        settings = self._settings
        arguments = {
            **body,
            "timeout": settings.timeout_seconds,
            "num_retries": 0,
            "max_retries": 0,
        }
        if self._key:
            arguments["api_key"] = self._key
        if settings.base_url:
            arguments["api_base"] = settings.base_url
        if settings.headers:
            arguments["extra_headers"] = {str(name): str(value) for name, value in settings.headers.items()}
        return arguments

    def _read(
        self,
        answer: Any,
        parts: CompletionParts,
        ends_at: float,
        on_text: Callable[[str], None] | None,
        is_over: Callable[[], bool],
    ) -> Completion:
        told = ""
        for chunk in _chunks_of(answer, streams=self._settings.stream):
            if is_over():
                raise ModelError("nobody waits for the answer any more", ModelFailure.CUT)
            if self._clock.monotonic() > ends_at:
                raise ModelError(
                    f"{self._provider} took longer than {self._settings.timeout_seconds:g} s (timeout_seconds)",
                    ModelFailure.TIMEOUT,
                    may_pass=True,
                )
            parts.add(chunk)
            if on_text is not None and self._settings.stream and (spoken := parts.spoken) != told:
                told = spoken
                on_text(spoken)
        if self._settings.stream and not parts.is_finished:
            raise ModelError(
                f"{self._provider} ended the answer before it was whole", ModelFailure.CUT, may_pass=True
            )
        return parts.completion()

    def model_names(self) -> list[str]:
        """Return nothing: providers are not asked which models they have."""
        return []

    def cost_of(self, usage: TokenUsage) -> float | None:
        """Return what the library knows that so many tokens cost; None where it knows no price."""
        try:
            costs = self._library.cost_per_token(
                model=self._settings.name,
                prompt_tokens=usage.prompt,
                completion_tokens=usage.completion,
                cache_read_input_tokens=usage.cached,
            )
        except Exception:  # it raises several kinds of errors for a model of which it knows no price
            return None
        return float(sum(costs))

    def _with_cost(self, completion: Completion) -> Completion:
        """Return it with what litellm knows that it cost, unless the config has a price."""
        usage = completion.usage
        if usage is None or usage.cost is not None or self._settings.price:
            return completion
        return replace(completion, usage=replace(usage, cost=self.cost_of(usage)))

    @staticmethod
    def _end(answer: Any) -> None:
        """Hang up, so that the provider does not go on."""
        close = getattr(getattr(answer, "completion_stream", None), "close", None)
        if callable(close):
            with suppress(Exception):  # it may have ended by itself, in any way
                close()


def open_litellm(settings: CompletionSettings, folder: Path, clock: Clock) -> LitellmSource:
    """Return what asks a provider.

    Raises:
        ValueError: The key cannot be had.
        MissingExtra: litellm is not installed.
    """
    return LitellmSource(_library(), settings, key_of(settings, folder, os.environ), clock)


def _library() -> Any:
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import litellm  # type: ignore[import-not-found,unused-ignore]  # an extra, and slow to load
    except ImportError:
        raise MissingExtra("a model of the kind litellm", "litellm") from None
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.turn_off_message_logging = True
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def _chunks_of(answer: Any, *, streams: bool) -> Iterator[Mapping[str, Any]]:
    for chunk in answer if streams else (answer,):
        yield chunk if isinstance(chunk, Mapping) else chunk.model_dump()
