"""`ir_baseline`: says the candidate that shares most words with the question, rare ones counting more."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Self

from ..config.kinds import Quantity
from ..config.sections import Field, Section
from ..core.message import Act
from ..core.metrics.normal_words import words_of
from ..errors import AgentError
from .bm25 import Index
from .plain import MOST_RANKED, NO_IDEA, PlainAgent

_KEPT = 64
_FADING = 0.5
_HISTORY = "earlier_texts"


class IrBaselineAgent(PlainAgent):
    """Ranks the candidates with BM25 and says the first. Learns nothing.

    `opt['ir_history']` (default 0) is how many earlier texts of the episode are part of the question; each
    counts half as much as the one after it. Candidates that many questions share, as a tuple, are looked
    through once for all copies.
    """

    settings_section = Section(
        "a model of the kind ir_baseline",
        (Field("ir_history", Quantity(0, 10_000, whole=True), "how many earlier texts are part of the question"),),
    )

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        turns = self.opt.get("ir_history") or 0
        if not isinstance(turns, int) or turns < 0:
            raise AgentError(f"expected a number of earlier texts, 0 or more, at 'ir_history', got {turns!r}")
        self._earlier: deque[str] = deque(maxlen=turns)
        self._ended = False
        self._indexes: _Indexes = _Indexes() if shared is None else shared["indexes"]

    def observe(self, act: Act) -> Any:
        if self._ended:
            self._earlier.clear()
        self._ended = bool(act.get("episode_done"))
        if self._earlier.maxlen:
            observation = {**act, _HISTORY: tuple(self._earlier)}
            if act.get("text"):
                self._earlier.append(act["text"])
            act = observation
        return super().observe(act)

    def reset(self) -> None:
        super().reset()
        self._earlier.clear()
        self._ended = False

    def share(self) -> dict[str, Any]:
        return {**super().share(), "indexes": self._indexes}

    def fork(self) -> Self:
        fork = super().fork()
        fork._earlier = self._earlier.copy()
        return fork

    def answer(self, observation: Mapping[str, Any]) -> Act:
        candidates = observation.get("label_candidates")
        if not candidates:
            return {"id": self.id, "text": NO_IDEA}
        words: dict[str, float] = {}
        weight = 1.0
        for text in (observation.get("text") or "", *reversed(observation.get(_HISTORY, ()))):
            for word in words_of(text):
                words[word] = words.get(word, 0.0) + weight
            weight *= _FADING
        ranked = self._indexes.of(candidates).rank(words, MOST_RANKED)
        return {"id": self.id, "text": ranked[0], "text_candidates": ranked}


class _Indexes:
    """The indexes of the candidates that were met last. Any thread."""

    def __init__(self) -> None:
        # Found by identity, which costs nothing however many candidates; keeping the tuple keeps its id its own.
        self._kept: dict[int, tuple[Sequence[str], Index]] = {}

    def of(self, candidates: Sequence[str]) -> Index:
        known = self._kept.get(id(candidates))
        if known is not None:
            return known[1]
        index = Index(tuple(candidates))
        if isinstance(candidates, tuple):
            if len(self._kept) >= _KEPT:
                # Another thread may have taken it out by now.
                self._kept.pop(list(self._kept)[0], None)  # noqa: RUF015 - see above
            self._kept[id(candidates)] = candidates, index
        return index

    def __getstate__(self) -> dict[str, Any]:
        # In another process other objects have these ids.
        return {"_kept": {}}
