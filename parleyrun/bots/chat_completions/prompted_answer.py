"""A prompted answer: one answer of a model, with all the requests to its server that it takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from ...core.bot_seats.allowance import ALLOWANCE, Allowance
from ...core.message import FrozenDict
from ...core.model_answer import ModelAnswer
from ...core.thinking import Thinking, think
from ...errors import ModelError
from .completion import Completion, TokenUsage
from .completions_server import Answered
from .model_connection import ModelConnection

RESERVE_TOKENS = 512
"""How much of a prompt's budget is kept for the answer where `max_tokens` is not given."""


class PromptedAnswer:
    """One thread.

    Args:
        connection: To the server.
        messages: The prompt.
        tools: False asks for plain words, without functions and forms.
        before: What was asked to make the prompt; what it took is a part of what this one took.
        repeat: Which time it is, from 0, that an evaluation asks the same.
    """

    def __init__(
        self,
        connection: ModelConnection,
        messages: list[dict[str, Any]],
        *,
        tools: bool = True,
        before: Sequence[PromptedAnswer] = (),
        repeat: int = 0,
    ) -> None:
        self._repeat = repeat
        self._connection = connection
        self._messages = messages
        self._tools = tools
        written = json.dumps(messages, ensure_ascii=False, sort_keys=True)
        self._hash = hashlib.sha256(written.encode(errors="replace")).hexdigest()[:16]
        self._prompt = written if connection.settings.record_prompts else None
        self._usages: list[TokenUsage] = [usage for asked in before for usage in asked._usages]
        self._calls: list[FrozenDict] = []
        self._tries: int = sum(asked._tries for asked in before)
        self._served_by = self._finish_reason = ""
        self._started = connection.timers.clock.monotonic()

    def ask(self, on_text: Callable[[str], None] | None) -> Completion:
        """Make a request, as soon as there is room for it below the limits. Raises `ModelError`."""
        body = self._connection.request(self._messages, self._repeat)
        if not self._tools:
            for name in ("tools", "response_format"):
                body.pop(name, None)
        expected = self._connection.estimate.of_messages(self._messages)
        reserve = self._connection.settings.max_tokens or self._connection.estimate.of_answer(RESERVE_TOKENS)
        allowance = ALLOWANCE.get()

        def request(thinking: Thinking) -> Answered:
            cost = self._connection.cost_of(TokenUsage(expected, reserve, is_estimate=True)) or 0.0
            with nullcontext() if allowance is None else allowance.request(cost, expected + reserve, thinking):
                answered = self._connection.server.complete(
                    body,
                    expected + reserve,
                    on_text,
                    thinking,
                    lambda received: self._add(self._estimated(expected, received), allowance),
                )
                self._count(answered, expected, allowance)
            return answered

        try:
            return think(request).completion
        except ModelError as error:
            self._tries += error.tries
            raise

    def called(self, completion: Completion, results: list[str]) -> None:
        """Put what the model had called, and what came of it, behind the prompt."""
        calls = completion.tool_calls
        self._messages = [*self._messages, _assistant_call(completion)]
        for call, result in zip(calls, results, strict=True):
            self._messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
            self._calls.append(FrozenDict(name=call.name, arguments=call.arguments, result=result))

    def answered(self, text: str) -> ModelAnswer:
        return self._record(text=text)

    def failed(self, error: ModelError) -> ModelAnswer:
        return self._record(failure=error.cause.value, error=str(error))

    def _count(self, answered: Answered, expected: int, allowance: Allowance | None) -> None:
        completion = answered.completion
        self._tries += answered.tries
        self._served_by, self._finish_reason = completion.model, completion.finish_reason
        usage = completion.usage
        if usage is None:
            usage = self._estimated(expected, completion.text)
        else:
            self._connection.learn(self._messages, usage)
        self._add(usage, allowance)

    def _estimated(self, expected: int, text: str) -> TokenUsage:
        tokens = self._connection.estimate.of_text(text) if text else 0
        return TokenUsage(expected, tokens, is_estimate=True)

    def _add(self, usage: TokenUsage, allowance: Allowance | None) -> None:
        self._usages.append(usage)
        if allowance is not None:
            allowance.took(self._connection.cost_of(usage) or 0.0, usage.prompt + usage.completion)

    def _record(self, **more: Any) -> ModelAnswer:
        costs = [self._connection.cost_of(usage) for usage in self._usages]
        known = [cost for cost in costs if cost is not None]
        return ModelAnswer(
            model=self._connection.name,
            served_by=self._served_by,
            parameters=FrozenDict(self._connection.parameters(self._repeat)),
            prompt_hash=self._hash,
            prompt=self._prompt,
            prompt_tokens=sum(usage.prompt for usage in self._usages),
            completion_tokens=sum(usage.completion for usage in self._usages),
            tokens_estimated=any(usage.is_estimate for usage in self._usages),
            cost=sum(known) if known else None,
            seconds=self._connection.timers.clock.monotonic() - self._started,
            tries=self._tries,
            finish_reason=self._finish_reason,
            calls=tuple(self._calls),
            **more,
        )


def _assistant_call(completion: Completion) -> dict[str, Any]:
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
        for call in completion.tool_calls
    ]
    return {"role": "assistant", "content": completion.text or "", "tool_calls": calls}
