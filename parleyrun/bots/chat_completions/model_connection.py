"""A model connection: what all seats of one model behind a server have in common."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from ...config.diagnostics import Findings
from ...errors import AgentError
from ...runner.timers import ThreadTimers, Timers
from ..opt_names import FOLDER, FUNCTIONS, MODEL_NAME, TIMERS
from ..system_text import read_system_text
from ..tool_functions import ToolFunction
from .circuit_breaker import CircuitBreaker
from .completion import TokenUsage
from .completion_settings import COMPLETION_SETTINGS, PARAMETERS, CompletionSettings, key_of, settings_of_reference
from .completions_client import CompletionsClient
from .completions_server import CompletionsServer
from .concurrency_limit import ConcurrencyLimit
from .endpoint import PATH, endpoint_of
from .rate_budget import RateBudget
from .retry_schedule import RetrySchedule
from .token_estimate import TokenEstimate

KIND = "chat_completions"


class ModelConnection:
    """What all seats of one model have in common. Any thread."""

    def __init__(self, opt: Mapping[str, Any]) -> None:
        self.name = str(opt.get(MODEL_NAME) or KIND)
        self.settings = settings = settings_of(opt)
        folder = Path(opt.get(FOLDER) or ".")
        try:
            endpoint = endpoint_of(settings.base_url, key_of(settings, folder, os.environ))
            self.system = read_system_text(settings.system, folder)
        except ValueError as error:
            raise AgentError(f"model '{self.name}': {error}") from None
        self.functions = {function.__name__: ToolFunction(function) for function in opt.get(FUNCTIONS, ())}
        self.estimate = TokenEstimate()
        timers = opt.get(TIMERS)
        self._own_timers: ThreadTimers | None = None
        if timers is None:
            timers = self._own_timers = ThreadTimers()
            timers.start()
        self.timers: Timers = timers
        monotonic = timers.clock.monotonic
        self.server = CompletionsServer(
            CompletionsClient(
                endpoint,
                clock=timers.clock,
                connect_seconds=settings.connect_seconds,
                timeout_seconds=settings.timeout_seconds,
                headers={str(name): str(value) for name, value in settings.headers.items()},
                pool_size=settings.max_concurrency,
            ),
            ConcurrencyLimit(settings.max_concurrency, monotonic),
            RateBudget(settings.requests_per_minute, settings.tokens_per_minute, monotonic),
            CircuitBreaker(self.name, monotonic),
            RetrySchedule(settings.tries, settings.longest_wait_seconds),
            timers,
            Random(),  # noqa: S311  # it spreads retries over time
        )

    def described(self) -> str:
        """Say which model it is, and where."""
        name, address = self.settings.name, self.server.client.endpoint.completions.removesuffix(PATH)
        return f"{name} at {address}" if name else address

    def close(self) -> None:
        """Close what is open of it. Calling it twice is harmless."""
        self.server.client.close()
        if self._own_timers is not None:
            self._own_timers.close()

    def request(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the body of a request."""
        settings = self.settings
        body: dict[str, Any] = {"model": settings.name} if settings.name else {}
        body["messages"] = messages
        body.update(self.parameters())
        if settings.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if self.functions:
            body["tools"] = [function.description() for function in self.functions.values()]
        if settings.answer_schema is not None:
            schema = {"name": "answer", "schema": _plain(settings.answer_schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        body.update(_plain(settings.extra_body))
        return {settings.rename.get(name, name): value for name, value in body.items()}

    def parameters(self) -> dict[str, Any]:
        """Return what is set besides the words."""
        values = {name: getattr(self.settings, name) for name in PARAMETERS}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value not in (None, ())
        }

    def cost_of(self, usage: TokenUsage) -> float | None:
        """Return what an answer cost: the server's word, or by `price`; None where nobody knows."""
        price = self.settings.price
        if usage.cost is not None or not price:
            return usage.cost
        return (
            usage.prompt * float(price.get("prompt", 0)) + usage.completion * float(price.get("completion", 0))
        ) / 1_000_000


def settings_of(opt: Mapping[str, Any]) -> CompletionSettings:
    """Return the settings that an entry of `models:` holds.

    Raises:
        AgentError: Something is wrong with them; the message names all of it.
    """
    findings = Findings("models")
    known = set(COMPLETION_SETTINGS.names)
    values = {
        **_by_reference(opt.get("model")),
        **{key: opt[key] for key in known & opt.keys() if opt[key] is not None},
    }
    checked = COMPLETION_SETTINGS.check(values, (), findings)
    if findings.has_errors:
        name = opt.get(MODEL_NAME) or KIND
        raise AgentError(f"model '{name}': " + "; ".join(finding.message for finding in findings.in_order()))
    return CompletionSettings(**checked)


def _by_reference(model: Any) -> dict[str, str]:
    """Return what `chat_completions:http://localhost:11434/v1#llama3.2` says in short."""
    kind, _, address = model.partition(":") if isinstance(model, str) else ("", "", "")
    return settings_of_reference(address) if kind == KIND else {}


def _plain(value: Any) -> Any:
    """Return a value that JSON can be made of."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
