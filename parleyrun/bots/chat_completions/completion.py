"""A completion: what a server answered, read from one JSON body or from the chunks of a stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import ModelError, ModelFailure
from .completion_errors import error_in_answer, short

MAX_TEXT_CHARACTERS = 200_000
"""What is longer is cut: no conversation has use for it."""

MAX_NAME_CHARACTERS = 200
"""Of a server's name for its model, and for why an answer ended: they go on record with each answer."""

MAX_TOOL_CALLS = 32
MAX_IMAGES = 4

_BROKEN = frozenset({"error", "abort", "insufficient_system_resource"})
"""Why an answer ended, in the words of servers that could not go on."""

_THOUGHT_BEGINS, _THOUGHT_ENDS = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants called. `arguments` is its JSON as it came, which may be none."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """How many tokens a request took. `is_estimate` where the server did not say; `cost` where it did."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    cost: float | None = None
    is_estimate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An answer, whole.

    Attributes:
        text: The words, without what the model thought before them.
        model: The model's name, as the server calls it; empty where it does not say.
        finish_reason: Why it ended: `stop`, `length`, `tool_calls`, `content_filter`, or a server's own word.
        reasoning: What the model thought, where the server tells.
        refusal: The words with which the model refused, where it did.
        tool_calls: What it wants called.
        images: Addresses of pictures that it has made, `data:` ones included.
        usage: Tokens; None where the server says nothing of them.
    """

    text: str
    model: str = ""
    finish_reason: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    images: tuple[str, ...] = ()
    usage: TokenUsage | None = None


@dataclass(slots=True)
class _PartialCall:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class CompletionParts:
    """Puts an answer together from its chunks. One thread at a time.

    Servers differ: a chunk may have no choices, usage may come on every chunk or on none, an error may stand in
    the middle, and of several tool calls the pieces may be mixed, or have no index.
    """

    def __init__(self) -> None:
        self.text = ""
        """The words so far, with what the model thinks aloud."""
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._calls: list[_PartialCall] = []
        self._images: list[str] = []
        self._call_at: dict[int, _PartialCall] = {}
        self._finish_reason = ""
        self._model = ""
        self._usage: TokenUsage | None = None
        self._chunks = 0

    @property
    def is_finished(self) -> bool:
        """Whether the server said why the answer ended. A stream that ends without was cut off."""
        return bool(self._finish_reason)

    @property
    def has_begun(self) -> bool:
        """Whether there was anything of an answer at all."""
        return self._chunks > 0

    @property
    def received(self) -> str:
        """All words so far, as they are paid: those that nobody is shown too."""
        calls = (piece for call in self._calls for piece in (call.name, *call.arguments))
        return "".join((*self._reasoning, self.text, *self._refusal, *calls))

    @property
    def spoken(self) -> str:
        """The words so far that are meant for others, without what the model thinks aloud."""
        return _encodable(_spoken(self.text))

    def broke_off(self, error: ModelError) -> ModelError:
        """Return the error that ended it, with what had come of it: that is paid, and so is the prompt."""
        if self.has_begun or error.cause in (ModelFailure.TIMEOUT, ModelFailure.CUT):
            error.received = self.received
        return error

    def add(self, chunk: Any) -> None:
        """Add a chunk, or a whole answer.

        Raises:
            ModelError: It tells of an error, or makes no sense.
        """
        if not isinstance(chunk, Mapping):
            raise ModelError(f"expected a JSON object, got {short(chunk)}", ModelFailure.BAD_ANSWER, may_pass=True)
        if chunk.get("error") or chunk.get("object") == "error":
            raise error_in_answer(chunk)
        self._chunks += 1
        if isinstance(name := chunk.get("model"), str):
            self._model = name[:MAX_NAME_CHARACTERS]
        if (usage := _usage(chunk.get("usage"))) is not None:
            self._usage = usage
        choices = chunk.get("choices")
        for choice in choices[:1] if isinstance(choices, list) else ():
            if isinstance(choice, Mapping):
                self._add_choice(choice)

    def whole(self, body: Any) -> Completion:
        """Return the answer that a body is which was not streamed. Raises as `add` and `completion` do."""
        self.add(body)
        return self.completion()

    def completion(self) -> Completion:
        """Return the answer.

        Raises:
            ModelError: There is none.
        """
        if self._finish_reason in _BROKEN:
            raise ModelError(
                f"the server broke the answer off ({self._finish_reason})", ModelFailure.CUT, may_pass=True
            )
        if not (self._finish_reason or self.text or self._calls or self._refusal or self._images):
            raise ModelError(
                "expected an answer with choices, got one without", ModelFailure.BAD_ANSWER, may_pass=True
            )
        named = [call for call in self._calls if call.name]
        # Where a server gives none, an id of a form that every other one takes.
        calls = tuple(
            ToolCall(call.id or f"call{number:05}", call.name, "".join(call.arguments))
            for number, call in enumerate(named)
        )
        return Completion(
            text=self.spoken,
            model=self._model,
            finish_reason=self._finish_reason,
            reasoning="".join(self._reasoning) or _thought(self.text),
            refusal="".join(self._refusal),
            tool_calls=calls,
            images=tuple(self._images[:MAX_IMAGES]),
            usage=self._usage,
        )

    def _add_choice(self, choice: Mapping[str, Any]) -> None:
        if isinstance(reason := choice.get("finish_reason"), str):
            self._finish_reason = reason[:MAX_NAME_CHARACTERS] or self._finish_reason
        part = choice.get("delta", choice.get("message"))
        if not isinstance(part, Mapping):
            if isinstance(plain := choice.get("text"), str):
                self._add_text(plain)
            return
        self._add_content(part.get("content"))
        self._add_content(part.get("images"))
        if isinstance(refusal := part.get("refusal"), str):
            self._refusal.append(refusal)
        for key in ("reasoning_content", "reasoning"):
            if isinstance(thought := part.get(key), str):
                self._reasoning.append(thought)
                break
        calls = part.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, Mapping):
                self._add_call(call, is_whole="delta" not in choice)

    def _add_content(self, content: Any) -> None:
        if isinstance(content, str):
            self._add_text(content)
        for each in content if isinstance(content, list) else ():
            if not isinstance(each, Mapping):
                continue
            if each.get("type", "text") == "text" and isinstance(each.get("text"), str):
                self._add_text(each["text"])
            elif each.get("type") == "image_url":
                image = each.get("image_url")
                address = image.get("url") if isinstance(image, Mapping) else image
                if isinstance(address, str) and address not in self._images:
                    self._images.append(address)

    def _add_text(self, text: str) -> None:
        self.text += text[: MAX_TEXT_CHARACTERS - len(self.text)]

    def _add_call(self, piece: Mapping[str, Any], *, is_whole: bool) -> None:
        function = piece.get("function")
        function = function if isinstance(function, Mapping) else {}
        id_, name, arguments = (_str(piece.get("id")), _str(function.get("name")), function.get("arguments"))
        index = piece.get("index")
        call = self._call_at.get(index) if isinstance(index, int) else (self._calls[-1] if self._calls else None)
        # Some give every call the same index, or none: what has another id is another call.
        if (
            call is None
            or is_whole
            or (id_ and call.id and id_ != call.id)
            or (name and call.name and not id_ and call.arguments)
        ):
            if len(self._calls) >= MAX_TOOL_CALLS:
                raise ModelError(
                    f"expected at most {MAX_TOOL_CALLS} tool calls, got more", ModelFailure.BAD_ANSWER
                )
            call = _PartialCall()
            self._calls.append(call)
        if isinstance(index, int):
            self._call_at[index] = call
        call.id = call.id or id_
        call.name = call.name or name
        if isinstance(arguments, str):
            call.arguments.append(arguments)
        elif isinstance(arguments, Mapping):
            call.arguments.append(json.dumps(arguments))


def _spoken(text: str) -> str:
    """Return what is said after thinking; nothing while a model still thinks."""
    if _THOUGHT_ENDS in text:
        # A template may have opened the thought, so that only its end is in the answer.
        return text.rpartition(_THOUGHT_ENDS)[2].lstrip()
    begun = text.lstrip()
    if begun.startswith(_THOUGHT_BEGINS) or (begun and _THOUGHT_BEGINS.startswith(begun)):
        return ""
    return text


def _encodable(text: str) -> str:
    """Return text without halves of surrogate pairs, which JSON can carry; two that fit are one letter."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _thought(text: str) -> str:
    return text.rpartition(_THOUGHT_ENDS)[0].replace(_THOUGHT_BEGINS, "").strip() if _THOUGHT_ENDS in text else ""


MOST_TOKENS = 10**9
MOST_COST = 1e6
"""What a server says of one answer beyond these cannot be: it would spoil the sums of a whole study."""


def _usage(usage: Any) -> TokenUsage | None:
    if not isinstance(usage, Mapping):
        return None
    details = usage.get("prompt_tokens_details")
    cost = usage.get("cost")
    return TokenUsage(
        prompt=_count(usage.get("prompt_tokens")),
        completion=_count(usage.get("completion_tokens")),
        cached=_count(details.get("cached_tokens")) if isinstance(details, Mapping) else 0,
        cost=float(cost) if isinstance(cost, int | float) and 0 <= cost <= MOST_COST else None,
    )


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else 0


def _str(value: Any) -> str:
    return value if isinstance(value, str) else ""
