"""Bots by name: simple ones to compare a model with."""

from __future__ import annotations

from ..core.create import AGENTS

for _name, _class in {
    "fixed_response": "FixedResponseAgent",
    "ir_baseline": "IrBaselineAgent",
    "random_candidate": "RandomCandidateAgent",
    "repeat_label": "RepeatLabelAgent",
    "repeat_query": "RepeatQueryAgent",
}.items():
    AGENTS.register_lazily(_name, f"{__name__}.{_name}:{_class}")

AGENTS.register_lazily(
    "chat_completions", f"{__name__}.chat_completions.chat_completions_agent:ChatCompletionsAgent"
)
