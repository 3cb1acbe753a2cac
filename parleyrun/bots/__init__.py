"""Bots by name: simple ones to compare a model with, written ones, and models of several kinds."""

from __future__ import annotations

from ..core.create import AGENTS

for _name, _class in {
    "chat_completions": "chat_completions.chat_completions_agent:ChatCompletionsAgent",
    "fixed": "written.fixed_response:FixedResponseAgent",
    "fixed_response": "written.fixed_response:FixedResponseAgent",
    "ir_baseline": "ir_baseline:IrBaselineAgent",
    "litellm": "litellm.litellm_agent:LitellmAgent",
    "parlai": "parlai.parlai_agent:ParlaiAgent",
    "random_candidate": "random_candidate:RandomCandidateAgent",
    "repeat_label": "repeat_label:RepeatLabelAgent",
    "repeat_query": "repeat_query:RepeatQueryAgent",
    "scripted": "written.scripted:ScriptedAgent",
    "transformers": "transformers.transformers_agent:TransformersAgent",
}.items():
    AGENTS.register_lazily(_name, f"{__name__}.{_class}")
