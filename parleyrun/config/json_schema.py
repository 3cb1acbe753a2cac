"""The config as JSON Schema, made from the same table as the checker."""

from __future__ import annotations

from typing import Any

from .key_table import CONFIG

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the schema of a whole config, as plain values."""
    return {
        "$schema": DIALECT,
        "title": "parleyrun config",
        "description": "Dialogue tasks between people and bots: which worlds, who, how many, and for how long.",
        **CONFIG.json_schema(),
    }
