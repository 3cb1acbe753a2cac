"""A redacted source: what it answers has no key in it, whatever its server says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ....errors import ModelError
from ..completion import Completion, ToolCall
from ..completion_source import CompletionSource
from ..wrapped_source import WrappedSource
from .known_secrets import KnownSecrets


class RedactedSource(WrappedSource):
    """Hides the secrets of another source in all that it answers (`CompletionSource`). Any thread.

    Args:
        source: Makes the requests.
        secrets: What nobody may read.
    """

    def __init__(self, source: CompletionSource, secrets: KnownSecrets) -> None:
        super().__init__(source)
        self._secrets = secrets

    def complete(
        self,
        body: Mapping[str, Any],
        on_text: Callable[[str], None] | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Completion:
        """Have a conversation completed by one request (`CompletionSource.complete`)."""
        try:
            completion = self._source.complete(body, on_text and self._telling(on_text), is_over)
        except ModelError as error:
            error.args = (self._secrets.hidden(str(error)),)
            raise
        hidden = self._secrets.hidden
        return replace(
            completion,
            text=hidden(completion.text),
            model=hidden(completion.model),
            finish_reason=hidden(completion.finish_reason),
            reasoning=hidden(completion.reasoning),
            refusal=hidden(completion.refusal),
            tool_calls=tuple(map(self._hidden_call, completion.tool_calls)),
            images=tuple(map(hidden, completion.images)),
        )

    def model_names(self) -> list[str]:
        """Return the models that there are, as far as its server says."""
        return [self._secrets.hidden(name) for name in super().model_names()]

    def _telling(self, on_text: Callable[[str], None]) -> Callable[[str], None]:
        told = ""

        def tell(text: str) -> None:
            nonlocal told
            words = self._secrets.hidden_so_far(text)
            if words != told:
                told = words
                on_text(words)

        return tell

    def _hidden_call(self, call: ToolCall) -> ToolCall:
        hidden = self._secrets.hidden
        return ToolCall(hidden(call.id), hidden(call.name), self._secrets.hidden_in_json(call.arguments))
