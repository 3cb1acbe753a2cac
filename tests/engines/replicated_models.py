"""Models that live on a cluster, in tests."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from parleyrun import Act, Agent

BUILT: list[str] = []
"""The names of models that were built in this process, in order."""

SHOWN = threading.Event()
"""Set once somebody has seen the first words of an answer."""


class Counting(Agent):
    """Says how many lines it has heard, and the last one; `batch` is how many were answered in the call."""

    def __init__(self, opt: Mapping[str, Any], shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        if shared is None:
            BUILT.append(opt["model_name"])
            if opt.get("breaks"):
                raise ValueError("no weights")
        self.gate: threading.Event = threading.Event() if shared is None else shared["gate"]
        if shared is None:
            self.gate.set()
        self.calls: list[int] = [] if shared is None else shared["calls"]
        self.heard: list[str] = []
        self.said: list[str] = []
        self.role = "?"

    def share(self) -> dict[str, Any]:
        return {**super().share(), "gate": self.gate, "calls": self.calls}

    def introduce(self, about: Mapping[str, Any]) -> None:
        self.role = about["role"]

    def observe(self, act: Act) -> Any:
        self.heard.append(act["text"])
        return {"text": f"{self.role} heard {len(self.heard)}, said {len(self.said)}, last {act['text']}"}

    def self_observe(self, act: Act) -> None:
        self.said.append(act["text"])

    def check(self) -> None:
        pass

    def fork(self) -> Counting:
        fork = type(self)(self.opt, self.share())
        fork.heard, fork.said, fork.role = [*self.heard], [*self.said], self.role
        return fork

    def batch_act(self, observations: Sequence[Any]) -> list[Act]:
        self.calls.append(len(observations))
        self.gate.wait(20)
        return [{"id": "it", "text": seen["text"], "episode_done": False} for seen in observations]

    def act(self) -> Act:
        raise AssertionError("expected to be asked in batches")


class Streaming(Agent):
    """Says its words one after the other, each by itself."""

    on_text: Any = None

    def __init__(self, opt: Mapping[str, Any], shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self.lines: list[str] = []

    def observe(self, act: Act) -> Any:
        self.lines.append(act["text"])

    def act(self) -> Act:
        text = self.lines[-1]
        if text == "boom":
            raise ValueError("boom")
        if self.on_text is not None:
            self.on_text(text[: len(text) // 2])
            SHOWN.wait(20)
        return {"id": "it", "text": text, "odd": (lambda: None) if text == "odd" else None}
