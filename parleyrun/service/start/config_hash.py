"""A short name for what a config says, by which two starts of a service can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
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
            name: said_by(held)
            for name, default in _defaults_of(type(value))
            if (held := getattr(value, name)) != default
        }
    if isinstance(value, Mapping):
        return {str(key): said_by(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [said_by(held) for held in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


@cache
def _defaults_of(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Return what counts of a part of the config, each with its default: looked up once for each kind of part."""
    return tuple(
        (field.name, field.default if field.default_factory is MISSING else field.default_factory())
        for field in fields(kind)
        if field.repr and field.name != "path"
    )
