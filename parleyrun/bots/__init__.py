"""Agents by name: simple ones to compare a model with."""

NAMES = ("fixed_response", "ir_baseline", "random_candidate", "repeat_label", "repeat_query")
