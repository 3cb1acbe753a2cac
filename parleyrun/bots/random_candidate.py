"""`random_candidate`: what guessing achieves."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from ..config.kinds import Quantity
from ..config.sections import Field, Section
from ..core.message import Act
from .plain import MOST_RANKED, NO_IDEA, PlainAgent


class RandomCandidateAgent(PlainAgent):
    """Ranks candidates by chance, and says the first.

    Chance depends on `opt['seed']` and the question alone. So a question has the same answer in whichever copy,
    batch or process it comes up, and in every run.
    """

    settings_section = Section(
        "a model of the kind random_candidate",
        (Field("seed", Quantity(-(2**63), 2**63 - 1, whole=True), "what chance depends on"),),
    )

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self._seed = int(self.opt.get("seed") or 0)

    def answer(self, observation: Mapping[str, Any]) -> Act:
        candidates = observation.get("label_candidates")
        if not candidates:
            return {"id": self.id, "text": NO_IDEA}
        chance = Random(f"{self._seed}:{observation.get('text')}")  # noqa: S311 - a guess is no secret
        ranked = chance.sample(candidates, min(len(candidates), MOST_RANKED))
        return {"id": self.id, "text": ranked[0], "text_candidates": ranked}
