"""`chat_completions`: a model behind any server that speaks `/v1/chat/completions`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import copy
from functools import partial
from typing import Any, ClassVar, Self

from ...core.agents import Agent
from ...core.message import Act
from ...core.model_answer import ModelAnswer
from ...core.thinking import think
from ...errors import ModelError, ModelFailure
from ..opt_names import REPEAT
from ..pictures import pictures_in
from ..tool_functions import unknown_tool
from .answer_cleaning import own_words
from .completion import Completion, ToolCall
from .completion_checks import faults_of_settings
from .completion_settings import COMPLETION_SETTINGS, settings_of_reference
from .connection_kind import CHAT_COMPLETIONS, ConnectionKind
from .model_connection import ModelConnection
from .prompt import PromptLine, attributed, harmless
from .prompted_answer import RESERVE_TOKENS, PromptedAnswer
from .seat_memory import SeatMemory

MOST_TOOL_ROUNDS = 8

_SUMMARY_ASK = (
    "Summarize the following part of a conversation in at most 120 words. Keep names, facts, numbers and what was "
    "agreed. Write the summary only."
)


class ChatCompletionsAgent(Agent):
    """One seat's conversation with a model behind a server. Copies share the server.

    Args:
        opt: An entry of `models:`; see `CompletionSettings`.
        shared: What `share()` of another copy returned.

    Raises:
        AgentError: Something is wrong with the entry.
    """

    settings_section = COMPLETION_SETTINGS
    settings_of_reference = staticmethod(settings_of_reference)
    check_settings = staticmethod(faults_of_settings)
    connection_kind: ClassVar[ConnectionKind] = CHAT_COMPLETIONS
    is_elsewhere: ClassVar[bool] = True
    """Whether what answers is elsewhere, so that nothing is gained by having this on a cluster."""

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self._opened = shared is None
        self._connection = (
            ModelConnection(self.opt, self.connection_kind) if shared is None else shared["connection"]
        )
        settings = self._connection.settings
        self.id = self._connection.name
        self._repeat = int(self.opt.get(REPEAT) or 0)
        self._memory = SeatMemory(self.id, settings.context_tokens, settings.context_lines)
        self.last_answer: ModelAnswer | None = None
        """What it took to answer the last time."""
        self.on_text: Callable[[str], None] | None = None
        """Told the words of an answer while they come."""
        self.seat: Any = None
        """The seat that the model speaks from, for functions that it calls."""

    def introduce(self, about: Mapping[str, Any]) -> None:
        """Tell the model of its seat: `role`, `task`, `people`, `condition`, `onboard_data`."""
        self._memory.introduce(about)
        self._repeat = int(about.get(REPEAT) or self._repeat)
        self.id = self._memory.name

    def observe(self, act: Act) -> Any:
        self.observation = act
        self._memory.heard(act, pictures_in(act) if self._connection.settings.images else ())
        return act

    def self_observe(self, act: Act) -> None:
        self._memory.said(act)

    def act(self) -> Act:
        """Return what the model says. Blocks until it is there; raises `ModelError` if there is nothing."""
        self.last_answer = None
        act = self._answer()
        self.self_observe(act)
        return act

    def reset(self) -> None:
        super().reset()
        self._memory.forget()

    def share(self) -> dict[str, Any]:
        return {**super().share(), "connection": self._connection}

    def fork(self) -> Self:
        """Return a copy for one answer, to keep or throw away: it remembers for itself, and shares the server."""
        fork = copy(self)
        fork._memory = self._memory.fork()
        fork.seat = self.seat  # which copying leaves out, as pickling does
        fork.last_answer = None
        fork._opened = False
        return fork

    def check(self) -> str:
        """Ask the model once, and return what it is called by its server. Raises `ModelError`."""
        body = self._connection.request([{"role": "user", "content": "Say hello."}])
        try:
            answered = think(lambda thinking: self._connection.server.complete(body, 1, thinking=thinking))
        except ModelError as error:
            if error.cause is ModelFailure.NO_SUCH_MODEL:
                error.args = (f"{error}{self._connection.offered()}",)
            raise
        return answered.completion.model

    def described(self) -> str:
        """Say which model it is, and where."""
        return self._connection.described()

    def shutdown(self) -> None:
        """Close the connection to the server, if it is this one that has opened it: copies only share it."""
        if self._opened:
            self._connection.close()

    def trouble(self) -> str | None:
        """Say what keeps the model from answering; None while all is well. Any thread."""
        return self._connection.server.breaker.trouble()

    def _answer(self) -> Act:
        connection = self._connection
        reserve = connection.settings.max_tokens or RESERVE_TOKENS
        summaries: list[PromptedAnswer] = []
        summarize = partial(self._summarize, summaries) if connection.settings.context == "summary" else None
        try:
            messages = self._memory.messages(connection.system, connection.estimate, reserve, summarize)
        except ModelError as error:  # no summary came
            self.last_answer = PromptedAnswer(connection, [], before=summaries).failed(error)
            raise
        asking = PromptedAnswer(connection, messages, before=summaries, repeat=self._repeat)
        try:
            text, extra = self._ask_until_it_speaks(asking)
        except ModelError as error:
            self.last_answer = asking.failed(error)
            raise
        self.last_answer = asking.answered(text)
        return {"id": self.id, "text": text, "episode_done": False, **extra}

    def _ask_until_it_speaks(self, asking: PromptedAnswer) -> tuple[str, dict[str, Any]]:
        """Ask again as long as the model wants functions called, and once more if it says nothing of its own."""
        silent = False
        for _ in range(MOST_TOOL_ROUNDS):
            completion = asking.ask(self._while_it_comes())
            if completion.tool_calls:
                asking.called(completion, [self._call(call) for call in completion.tool_calls])
                continue
            try:
                return self._spoken(completion)
            except ModelError as error:
                if silent or not error.may_pass:
                    raise
                silent = True
        raise ModelError(f"it called functions {MOST_TOOL_ROUNDS} times and said nothing", ModelFailure.BAD_ANSWER)

    def _spoken(self, completion: Completion) -> tuple[str, dict[str, Any]]:
        if completion.refusal and not completion.text.strip():
            return own_words(completion.refusal, (), ()), {}
        if completion.finish_reason == "content_filter":
            raise ModelError("the server's content filter held the answer back", ModelFailure.FILTERED)
        if not completion.text.strip() and completion.finish_reason in ("length", "model_length"):
            raise ModelError("max_tokens was spent before it said anything; raise max_tokens", ModelFailure.EMPTY)
        extra: dict[str, Any] = {}
        text = completion.text
        if completion.images and (payload := self._connection.picture(completion.images[0])) is not None:
            extra["payload"] = payload
            if not text.strip():
                return "", extra
        if self._connection.settings.answer_schema is not None:
            value = _json_answer(self._connection.secrets.hidden_in_json(text))
            extra["answer"] = value
            text = str(value.get(self._connection.settings.answer_field) or "")
        return self._own_words(text), extra

    def _own_words(self, text: str) -> str:
        # What is cut out of them may have stood in the middle of a key.
        words = own_words(text, {self.id, self._connection.name}, self._memory.others)
        return self._connection.secrets.hidden(words)

    def _while_it_comes(self) -> Callable[[str], None] | None:
        """Return what is told the words of an answer so far; None if nobody wants them, or they are JSON."""
        on_text = self.on_text
        if on_text is None or self._connection.settings.answer_schema is not None:
            return None

        def tell(text: str) -> None:
            try:
                words = self._own_words(text)
            except ModelError:
                return  # nothing of its own yet; what becomes of the whole answer is decided at its end
            on_text(words)

        return tell

    def _call(self, call: ToolCall) -> str:
        function = self._connection.functions.get(call.name)
        if function is None:
            return unknown_tool(call.name, self._connection.functions)
        return function.call(call.arguments, self.seat)

    def _summarize(self, asked: list[PromptedAnswer], summary: str, lines: tuple[PromptLine, ...]) -> str:
        said = "\n".join(attributed(line.speaker or "system", line.text) for line in lines)
        words = f"{_SUMMARY_ASK}\n\n{summary}\n{said}"
        asking = PromptedAnswer(
            self._connection, [{"role": "user", "content": words}], tools=False, repeat=self._repeat
        )
        asked.append(asking)
        return harmless(asking.ask(None).text.strip())

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "on_text": None, "seat": None, "observation": None}


def _json_answer(text: str) -> dict[str, Any]:
    begin, end = text.find("{"), text.rfind("}")
    try:
        value = json.loads(text[begin : end + 1])
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ModelError(
            f"expected an answer in JSON (answer_schema), got {text[:80]!r}",
            ModelFailure.BAD_ANSWER,
            may_pass=True,
        )
    return value
