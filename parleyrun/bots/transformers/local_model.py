"""A local model: what all seats of one model in this process have in common."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...config.diagnostics import Findings
from ...core.message import FrozenDict
from ...core.model_answer import ModelAnswer
from ...errors import AgentError, ModelError, ModelFailure
from ...runner.timers import Clock, SystemClock, Timers
from ..answered_act import AnsweredAct
from ..chat_completions.answer_cleaning import own_words
from ..chat_completions.token_estimate import TokenEstimate
from ..opt_names import FOLDER, MODEL_NAME, TIMERS
from ..system_text import read_system_text
from .text_generator import Generated, TextGenerator, TooLong
from .transformers_settings import TRANSFORMERS_SETTINGS, GenerationSettings

KIND = "transformers"

MESSAGES, OWN_NAMES, OTHER_NAMES = "messages", "own_names", "other_names"
"""What is asked about one seat: its prompt, what it is called, and what the others are called."""

_SEED = "seed"

_PARAMETERS = ("temperature", "top_p", "max_new_tokens", "stop", "seed")


class LocalModel:
    """Any thread.

    Args:
        opt: An entry of `models:`.

    Raises:
        AgentError: Something is wrong with the entry, or the model cannot be loaded.
        MissingExtra: The library is not installed.
    """

    def __init__(self, opt: Mapping[str, Any]) -> None:
        self.name = str(opt.get(MODEL_NAME) or KIND)
        self.settings = settings_of(opt)
        folder = Path(opt.get(FOLDER) or ".")
        try:
            self.system = read_system_text(self.settings.system, folder)
        except ValueError as error:
            raise AgentError(f"model '{self.name}': {error}") from None
        timers: Timers | None = opt.get(TIMERS)
        self._clock: Clock = SystemClock() if timers is None else timers.clock
        self.estimate = TokenEstimate()
        self.generator = TextGenerator(self.settings, folder)

    def described(self) -> str:
        """Say which model it is, and where it runs."""
        return f"{self.settings.name} on {self.generator.device}"

    def answers(self, asked: Sequence[Mapping[str, Any]], id: str, repeat: int = 0) -> list[AnsweredAct]:
        """Return an act for each that is asked about; one without words for whom there is no answer.

        Args:
            asked: What is asked.
            id: Who speaks.
            repeat: Which time it is, from 0, that an evaluation asks the same.
        """
        began = self._clock.monotonic()
        seed = None if self.settings.seed is None else (self.settings.seed + repeat) % 2**32
        generated = self.generator.generate([each[MESSAGES] for each in asked], seed=seed)
        seconds = self._clock.monotonic() - began
        parameters = self._parameters() if seed is None else {**self._parameters(), _SEED: seed}
        return [
            self._act(each, made, seconds, id, parameters) for each, made in zip(asked, generated, strict=True)
        ]

    def _act(
        self,
        asked: Mapping[str, Any],
        made: Generated | TooLong,
        seconds: float,
        id: str,
        parameters: Mapping[str, Any],
    ) -> AnsweredAct:
        messages = asked[MESSAGES]
        text, failure, error = "", "", ""
        if isinstance(made, TooLong):
            failure = ModelFailure.CONTEXT.value
            error = (
                f"expected a prompt of at most {made.most} tokens, got {made.prompt_tokens}; shorten system, or "
                "lower max_new_tokens"
            )
        else:
            self.estimate.learn(messages, made.prompt_tokens, made.tokens)
            try:
                text = own_words(made.text, asked[OWN_NAMES], asked[OTHER_NAMES])
            except ModelError as raised:
                failure, error = raised.cause.value, str(raised)
        written = json.dumps(messages, ensure_ascii=False, sort_keys=True)
        answer = ModelAnswer(
            model=self.name,
            served_by=self.settings.name,
            text=text,
            parameters=FrozenDict(parameters),
            prompt_hash=hashlib.sha256(written.encode(errors="replace")).hexdigest()[:16],
            prompt=written if self.settings.record_prompts else None,
            prompt_tokens=made.prompt_tokens,
            completion_tokens=0 if isinstance(made, TooLong) else made.tokens,
            cost=0.0,
            seconds=seconds,
            finish_reason="" if isinstance(made, TooLong) else "stop" if made.is_whole else "length",
            failure=failure,
            error=error,
        )
        return AnsweredAct({"id": id, "text": text, "episode_done": False}, answer)

    def _parameters(self) -> dict[str, Any]:
        values = {name: getattr(self.settings, name) for name in _PARAMETERS}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if value not in (None, ())
        }


def settings_of(opt: Mapping[str, Any]) -> GenerationSettings:
    """Return the settings that an entry of `models:` holds.

    Raises:
        AgentError: Something is wrong with them; the message names all of it.
    """
    findings = Findings("models")
    known = set(TRANSFORMERS_SETTINGS.names)
    values = {
        **settings_of_name(str(opt.get("model") or "").partition(":")[2]),
        **{key: opt[key] for key in known & opt.keys() if opt[key] is not None},
    }
    checked = TRANSFORMERS_SETTINGS.check(values, (), findings)
    if findings.has_errors:
        name = opt.get(MODEL_NAME) or KIND
        raise AgentError(f"model '{name}': " + "; ".join(finding.message for finding in findings.in_order()))
    return GenerationSettings(**checked)


def settings_of_name(reference: str) -> dict[str, str]:
    """Return what stands behind the colon of `transformers:`: the model's name."""
    return {"name": reference} if reference else {}
