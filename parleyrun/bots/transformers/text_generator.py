"""The text generator: a model of the library transformers, and its tokenizer."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import AgentError, MissingExtra
from .transformers_settings import GenerationSettings

Messages = Sequence[Mapping[str, Any]]

_TRIED = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."})
_MOST_BELIEVED = 10**9
"""Tokenizers without a limit of their own name a number beyond any."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What was generated for one prompt. `is_whole` is False where it was cut off at `max_new_tokens`."""

    text: str
    prompt_tokens: int
    tokens: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class TooLong:
    """A prompt for which there is no room: how long it is, and how long it may be, in tokens."""

    prompt_tokens: int
    most: int


class TextGenerator:
    """Loads a model and generates with it. Any thread; one call at a time.

    Args:
        settings: Which model, where it runs, and how it generates.
        folder: Where the path of a folder begins.

    Raises:
        AgentError: It cannot be loaded.
        MissingExtra: transformers, or torch, is not installed.
    """

    def __init__(self, settings: GenerationSettings, folder: Path) -> None:
        self._settings = settings
        self._library = library = _library()
        self._lock = threading.Lock()  # guards the two below while they are used
        place = folder / settings.name
        name = str(place) if place.is_dir() else settings.name
        try:
            self._tokenizer: Any = library.AutoTokenizer.from_pretrained(name, padding_side="left")
            self._model: Any = library.AutoModelForCausalLM.from_pretrained(name, **_loading(settings))
        except (OSError, ValueError, ImportError, RuntimeError) as error:
            first = str(error).strip().split("\n")[0]
            raise AgentError(
                f"expected a model of transformers at 'name', got {settings.name!r}: {first}"
            ) from error
        if settings.device != "auto":
            self._model = self._model.to(settings.device or _best_device())
        self._model.eval()
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self.most_tokens = settings.context_tokens or self._limit()
        """How long prompt and answer may be together; None for as long as they get."""
        self._ends = self._end_tokens()
        self._folds_system = self._is_refused_a_system()

    @property
    def device(self) -> str:
        """Where it runs."""
        return str(self._model.device)

    def generate(
        self, prompts: Sequence[Messages], max_new_tokens: int | None = None, seed: int | None = None
    ) -> list[Generated | TooLong]:
        """Return what the model says to each prompt, in order. All are done in one call of the model.

        Args:
            prompts: The messages of each, in the roles `system`, `user` and `assistant`.
            max_new_tokens: How long an answer may be; None for what the settings say.
            seed: Where chance begins; None leaves it where it is.
        """
        most_new = max_new_tokens or self._settings.max_new_tokens
        with self._lock:
            texts = [self._text_of(messages) for messages in prompts]
            lengths = [len(ids) for ids in self._tokenizer(texts, add_special_tokens=False)["input_ids"]]
            most = None if self.most_tokens is None else max(1, self.most_tokens - most_new)
            fits = [index for index, length in enumerate(lengths) if most is None or length <= most]
            if seed is not None:
                self._library.set_seed(seed)
            generated = self._generate([texts[index] for index in fits], most_new) if fits else []
        found: list[Generated | TooLong] = [TooLong(length, most or 0) for length in lengths]
        for index, tokens in zip(fits, generated, strict=True):
            found[index] = self._read(tokens, lengths[index])
        return found

    def _generate(self, texts: Sequence[str], most_new: int) -> list[list[int]]:
        inputs = self._tokenizer(list(texts), return_tensors="pt", padding=True, add_special_tokens=False)
        inputs = inputs.to(self._model.device)
        output = self._model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            max_new_tokens=most_new,
            pad_token_id=self._tokenizer.pad_token_id,
            **self._sampling(),
        )
        width = inputs["input_ids"].shape[1]
        rows: list[list[int]] = output[:, width:].tolist()
        return rows

    def _sampling(self) -> dict[str, Any]:
        settings = self._settings
        values: dict[str, Any] = {}
        if settings.temperature == 0:
            values["do_sample"] = False
        elif settings.temperature is not None or settings.top_p is not None:
            values["do_sample"] = True
            values |= {
                name: value
                for name, value in (("temperature", settings.temperature), ("top_p", settings.top_p))
                if value is not None
            }
        if settings.stop:
            values |= {"stop_strings": list(settings.stop), "tokenizer": self._tokenizer}
        return values

    def _read(self, tokens: Sequence[int], prompt_tokens: int) -> Generated:
        end = next((index for index, token in enumerate(tokens) if token in self._ends), None)
        own = list(tokens if end is None else tokens[:end])
        with self._lock:
            text = self._tokenizer.decode(own, skip_special_tokens=True)
        cuts = [at for mark in self._settings.stop if (at := text.find(mark)) >= 0]
        if cuts:
            text = text[: min(cuts)]
        return Generated(text, prompt_tokens, len(own), is_whole=end is not None or bool(cuts))

    def _text_of(self, messages: Messages) -> str:
        if self._tokenizer.chat_template is None:
            return _plain_text(messages)
        text: str = self._tokenizer.apply_chat_template(
            _folded(messages) if self._folds_system else list(messages), tokenize=False, add_generation_prompt=True
        )
        return text

    def _is_refused_a_system(self) -> bool:
        """Whether the model's template takes no system message."""
        self._folds_system = False
        try:
            self._text_of(_TRIED)
        except Exception:  # templates raise what they like
            return True
        return False

    def _limit(self) -> int | None:
        limits = (
            getattr(self._model.config, "max_position_embeddings", None),
            getattr(self._tokenizer, "model_max_length", None),
        )
        known = [limit for limit in limits if isinstance(limit, int) and 0 < limit < _MOST_BELIEVED]
        return min(known) if known else None

    def _end_tokens(self) -> frozenset[int]:
        ends = getattr(self._model.generation_config, "eos_token_id", None)
        listed = ends if isinstance(ends, list | tuple) else [ends]
        return frozenset(end for end in (*listed, self._tokenizer.eos_token_id) if isinstance(end, int))


def _library() -> Any:
    try:
        import torch  # type: ignore[import-not-found,unused-ignore]  # noqa: F401  # an extra
        import transformers  # type: ignore[import-not-found,unused-ignore]  # the same, and slow to load
    except ImportError:
        raise MissingExtra("a model of the kind transformers", "transformers") from None
    transformers.logging.set_verbosity_error()
    return transformers


def _best_device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _loading(settings: GenerationSettings) -> dict[str, Any]:
    values: dict[str, Any] = {} if settings.dtype is None else {"dtype": settings.dtype}
    return {**values, **({"device_map": "auto"} if settings.device == "auto" else {})}


def _folded(messages: Messages) -> list[Mapping[str, Any]]:
    """Return messages without a system one: its words begin the first of the user."""
    first, *rest = messages
    if first["role"] != "system" or not rest:
        return list(messages)
    begin, *others = rest
    return [{**begin, "content": f"{first['content']}\n\n{begin['content']}"}, *others]


def _plain_text(messages: Messages) -> str:
    """Return a prompt for a model that knows no roles."""
    names = {"user": "User: ", "assistant": "Assistant: "}
    lines = [f"{names.get(message['role'], '')}{message['content']}" for message in messages]
    return "\n".join([*lines, "Assistant:"])
