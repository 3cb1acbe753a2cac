"""What a fake model replies: words, tool calls, and all that goes wrong with real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeReply:
    """One reply. What is left out is as with a server that is well.

    Attributes:
        text: What it says; streamed word by word where the request asks for a stream.
        status: The HTTP status; others than 200 come with an error.
        error: What stands in the body under `error`, for a status other than 200.
        headers: Headers besides.
        content_type: Instead of the right one.
        body: The whole body as it is, instead of a completion.
        tool_calls: `(name, arguments)` of functions that it wants called; arguments are a mapping, or bare text.
        finish_reason: Why it ended; `stop` or `tool_calls` where it is None.
        usage: Whether tokens are told.
        first_token_seconds: How long to wait before the first word; on the server's own clock.
        word_seconds: How long each further word of a stream takes; on the server's own clock.
        cut_after: After how many chunks of a stream the connection is closed; None lets it end well.
        error_after: After how many chunks an error stands in the stream.
        hangs: Whether nothing comes at all until the fake is closed, or `release()` is called.
    """

    text: str = ""
    status: int = 200
    error: Mapping[str, Any] | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    body: bytes | None = None
    tool_calls: Sequence[tuple[str, Mapping[str, Any] | str]] = ()
    finish_reason: str | None = None
    usage: bool = True
    first_token_seconds: float = 0.0
    word_seconds: float = 0.0
    cut_after: int | None = None
    error_after: int | None = None
    hangs: bool = False


def rate_limited(retry_after_seconds: float | None = None) -> FakeReply:
    """Return 429, with `Retry-After` if a time is given."""
    headers = {} if retry_after_seconds is None else {"Retry-After": f"{retry_after_seconds:g}"}
    return FakeReply(
        status=429,
        headers=headers,
        error={"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"},
    )


def server_error(status: int = 500) -> FakeReply:
    """Return an error that may pass."""
    return FakeReply(status=status, error={"message": "the engine died", "type": "server_error", "code": None})


def wrong_key() -> FakeReply:
    """Return 401."""
    return FakeReply(status=401, error={"message": "Incorrect API key provided", "code": "invalid_api_key"})


def garbage() -> FakeReply:
    """Return 200 with something that is no JSON."""
    return FakeReply(body=b"\xff\xfe<html>hello</html>", content_type="application/json")


def completion_json(reply: FakeReply, model: str, prompt_tokens: int) -> bytes:
    """Return the body of a completion that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.tool_calls:
        message = {"role": "assistant", "content": reply.text or None, "tool_calls": _calls(reply)}
    body: dict[str, Any] = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish_reason(reply)}],
    }
    if reply.usage:
        body["usage"] = _usage(reply, prompt_tokens)
    return json.dumps(body).encode()


def completion_chunks(reply: FakeReply, model: str, prompt_tokens: int, *, with_usage: bool) -> list[bytes]:
    """Return the events of a completion that is streamed, with the last one that says that it is done."""

    def chunk(delta: Mapping[str, Any], finish_reason: str | None = None) -> bytes:
        return _event(
            {
                "id": "c1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": model,
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
            }
        )

    chunks = [chunk({"role": "assistant", "content": ""})]
    chunks += [chunk({"content": piece}) for piece in _pieces(reply.text)]
    chunks += [chunk({"tool_calls": [{"index": index, **call}]}) for index, call in enumerate(_calls(reply))]
    if reply.error_after is not None:
        return [*chunks[: reply.error_after], _event({"error": {"message": "the engine died", "code": 500}})]
    if reply.cut_after is not None:
        return chunks[: reply.cut_after]
    chunks.append(chunk({}, _finish_reason(reply)))
    if with_usage and reply.usage:
        chunks.append(_event({"id": "c1", "choices": [], "usage": _usage(reply, prompt_tokens)}))
    return [*chunks, b"data: [DONE]\n\n"]


def _event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def _pieces(text: str) -> list[str]:
    words = text.split(" ")
    return [word if index == 0 else f" {word}" for index, word in enumerate(words)] if text else []


def _calls(reply: FakeReply) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{index}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
            },
        }
        for index, (name, arguments) in enumerate(reply.tool_calls)
    ]


def _finish_reason(reply: FakeReply) -> str:
    return reply.finish_reason or ("tool_calls" if reply.tool_calls else "stop")


def _usage(reply: FakeReply, prompt_tokens: int) -> dict[str, Any]:
    tokens = max(1, len(reply.text.split()))
    return {"prompt_tokens": prompt_tokens, "completion_tokens": tokens, "total_tokens": prompt_tokens + tokens}
