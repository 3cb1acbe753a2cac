"""A client and a server of chat completions beside a fake one, and answers as they stand on the wire."""

from __future__ import annotations

import json
from random import Random

from parleyrun.bots.chat_completions.completions_client import CompletionsClient
from parleyrun.bots.chat_completions.completions_server import CompletionsServer
from parleyrun.bots.chat_completions.endpoint import endpoint_of
from parleyrun.bots.chat_completions.limits.circuit_breaker import CircuitBreaker
from parleyrun.bots.chat_completions.limits.concurrency_limit import ConcurrencyLimit
from parleyrun.bots.chat_completions.limits.rate_budget import RateBudget
from parleyrun.bots.chat_completions.limits.retry_schedule import RetrySchedule
from parleyrun.runner.timers import SystemClock, Timer
from parleyrun.testing.fake_model.fake_replies import FakeReply

KEY = "sk-very-secret-0123456789"
ASK = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
STREAM = {**ASK, "stream": True, "stream_options": {"include_usage": True}}


def client_of(model, *, key=KEY, timeout_seconds=10.0, headers=None):
    return CompletionsClient(
        endpoint_of(model if isinstance(model, str) else model.base_url, key),
        clock=SystemClock(),
        connect_seconds=5.0,
        timeout_seconds=timeout_seconds,
        headers=headers,
    )


class PatientTimers:
    """Timers that fire at once, and note how long they would have waited; the clock stands still meanwhile."""

    def __init__(self):
        self.clock = SystemClock()
        self.waited = []

    def call_later(self, seconds, callback):
        self.waited.append(seconds)
        callback()
        return Timer(0.0, callback)


def server_of(model, timers=None, *, schedule=None, most=100, budget=None, **client):
    timers = timers or PatientTimers()
    monotonic = timers.clock.monotonic
    return CompletionsServer(
        client_of(model, **client),
        ConcurrencyLimit(most, monotonic),
        budget or RateBudget(None, None, monotonic),
        CircuitBreaker("seller", monotonic),
        schedule or RetrySchedule(),
        timers,
        Random(1),
    )


def wire(*pieces, content_type="text/event-stream"):
    """A reply whose body is these pieces as they are."""
    return FakeReply(
        body=b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces),
        content_type=content_type,
    )


def data(value):
    return f"data: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}\n\n"


def chunk(delta, finish_reason=None, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return data(
        {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}
    )


def whole(message, finish_reason, usage=True):
    counted = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    body = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}],
        **({"usage": counted} if usage else {}),
    }
    return FakeReply(body=json.dumps(body).encode())


def refused(status, error, **headers):
    return FakeReply(
        status=status, error=error, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
