"""A model connection: what all seats of one model that is asked by requests have in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from ...errors import AgentError, ModelError
from ...runner.timers import ThreadTimers, Timers
from ..opt_names import FOLDER, FUNCTIONS, MODEL_NAME, PICTURES, TIMERS
from ..pictures import Pictures, payload_of, with_pictures
from ..system_text import read_system_text
from ..tool_functions import ToolFunction
from .cache.cached_source import CachedSource
from .completion import TokenUsage
from .completion_settings import PARAMETERS
from .completion_source import CompletionSource, RepeatedRequest
from .completions_server import CompletionsServer
from .connection_kind import ConnectionKind
from .keys.known_secrets import KnownSecrets, secrets_by_name
from .keys.redacted_source import RedactedSource
from .limits.circuit_breaker import CircuitBreaker
from .limits.concurrency_limit import ConcurrencyLimit
from .limits.rate_budget import RateBudget
from .limits.retry_schedule import RetrySchedule
from .prompt import in_roles
from .token_estimate import TokenEstimate

_SEED = "seed"

MOST_NAMED = 10
"""How many models of a server a sentence names."""


class ModelConnection:
    """What all seats of one model have in common. Any thread.

    Args:
        opt: An entry of `models:`.
        kind: What is asked, and how.

    Raises:
        AgentError: Something is wrong with the entry.
    """

    def __init__(self, opt: Mapping[str, Any], kind: ConnectionKind) -> None:
        self.name = str(opt.get(MODEL_NAME) or kind.name)
        self.settings = settings = kind.settings_of(opt)
        folder = Path(opt.get(FOLDER) or ".")
        self.functions = {function.__name__: ToolFunction(function) for function in opt.get(FUNCTIONS, ())}
        self.estimate = TokenEstimate()
        self._cost_a_token: float | None = None
        self._pictures: Pictures | None = opt.get(PICTURES)
        timers = opt.get(TIMERS)
        self._own_timers: ThreadTimers | None = None
        if timers is None:
            timers = self._own_timers = ThreadTimers()
        self.timers: Timers = timers
        try:
            opened = kind.open_source(settings, folder, timers.clock)
            self.system = read_system_text(settings.system, folder)
        except ValueError as error:
            raise AgentError(f"model '{self.name}': {error}") from None
        if self._own_timers is not None:
            self._own_timers.start()
        self.secrets = KnownSecrets((*opened.secrets, *secrets_by_name(settings.extra_body)))
        monotonic = timers.clock.monotonic
        source: CompletionSource = RedactedSource(opened, self.secrets)
        if settings.cache is not None:
            source = CachedSource(source, folder / settings.cache)
        self.server = CompletionsServer(
            source,
            ConcurrencyLimit(settings.max_concurrency, monotonic),
            RateBudget(settings.requests_per_minute, settings.tokens_per_minute, monotonic),
            CircuitBreaker(self.name, monotonic),
            RetrySchedule(settings.tries, settings.longest_wait_seconds),
            timers,
            Random(),  # noqa: S311  # it spreads retries over time
        )

    def described(self) -> str:
        """Say which model it is, and where."""
        name, where = self.settings.name, self.server.source.described()
        return f"{name} at {where}" if name else where

    def close(self) -> None:
        """Close what is open of it. Calling it twice is harmless."""
        self.server.source.close()
        if self._own_timers is not None:
            self._own_timers.close()

    def request(self, messages: list[dict[str, Any]], repeat: int = 0) -> dict[str, Any]:
        """Return the body of a request, which is made so many times besides this one."""
        settings = self.settings
        body: dict[str, Any] = {"model": settings.name} if settings.name else {}
        body["messages"] = with_pictures(in_roles(messages, settings.system_role), self._pictures)
        body.update(self.parameters(repeat))
        if settings.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if self.functions:
            body["tools"] = [function.description() for function in self.functions.values()]
        if settings.answer_schema is not None:
            schema = {"name": "answer", "schema": _plain(settings.answer_schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        body.update(_plain(settings.extra_body))
        # Servers differ in what they make of null; it leaves a field out.
        named = {settings.rename.get(name, name): value for name, value in body.items() if value is not None}
        request = RepeatedRequest(named)
        request.repeat = repeat
        return request

    def parameters(self, repeat: int = 0) -> dict[str, Any]:
        """Return what is set besides the words. A seed is another one each time that the same is asked."""
        values = {name: getattr(self.settings, name) for name in PARAMETERS}
        if values[_SEED] is not None:
            values[_SEED] += repeat
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value not in (None, ())
        }

    def offered(self) -> str:
        """Return, for a sentence, which models the server has; empty where it does not say."""
        try:
            names = self.server.source.model_names()
        except ModelError:
            return ""
        more = "" if len(names) <= MOST_NAMED else ", …"
        return f"; there are: {', '.join(names[:MOST_NAMED])}{more}" if names else ""

    def picture(self, address: str) -> dict[str, Any] | None:
        """Return the payload of an act that shows a picture which the model has made; None if it is none."""
        return payload_of(address, self._pictures)

    def learn(self, messages: list[dict[str, Any]], usage: TokenUsage) -> None:
        """Take notice of what a server said that an answer took, for what others will take."""
        self.estimate.learn(messages, usage.prompt, usage.completion)
        tokens = usage.prompt + usage.completion
        if usage.cost is not None and tokens:
            self._cost_a_token = usage.cost / tokens

    def cost_of(self, usage: TokenUsage) -> float | None:
        """Return what an answer cost: the server's word, or by `price`; None where nobody knows.

        Of an estimate it is what so many tokens may cost, by what servers said before.
        """
        price = self.settings.price
        if usage.cost is not None:
            return usage.cost
        if price:
            prompt, completion = float(price.get("prompt", 0)), float(price.get("completion", 0))
            return (usage.prompt * prompt + usage.completion * completion) / 1_000_000
        if not usage.is_estimate:
            return None
        known = self.server.source.cost_of(usage)
        if known is None and self._cost_a_token is not None:
            known = (usage.prompt + usage.completion) * self._cost_a_token
        return known


def _plain(value: Any) -> Any:
    """Return a value that JSON can be made of."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
