"""A short name for what a config says, by which two starts of a service can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from ...config.schema import Config


def config_hash(config: Config) -> str:
    """Return 64 hexadecimal digits, the same for configs that say the same.

    What is as it is by default does not count. So neither comments and the order of keys, nor a default that is
    written out, nor a key that a newer parleyrun has, make it another one. Where the file lies does not count
    either, nor secrets, which could be guessed from it.
    """
    said = json.dumps(said_by(config), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(said.encode()).hexdigest()


def said_by(value: Any) -> Any:
    """Return a value as JSON has it; of a part of the config only what is not as by default."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: said_by(held)
            for field in fields(value)
            if field.repr and field.name != "path" and (held := getattr(value, field.name)) != _default(field)
        }
    if isinstance(value, Mapping):
        return {str(key): said_by(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [said_by(held) for held in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default
