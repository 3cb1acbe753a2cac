"""What a config says, for operators to read: without what is nobody else's business."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from ....config.schema import Config
from ...start.config_hash import said_by

LEFT_OUT = "(left out)"

_SECRET_NAME = re.compile(r"(key|token|secret|password|passwd|headers|credentials)$", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*):[^/\s@]+@")
_SHORTEST_SECRET = 8


def config_without_secrets(config: Config, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what a config says that is not as by default, as JSON has it.

    Passwords in addresses are left out, and what has the name of a secret or the value of one in the environment.
    """
    secrets = [
        value
        for name, value in (os.environ if environment is None else environment).items()
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET
    ]
    said: dict[str, Any] = _cleaned(said_by(config), secrets)
    said.pop("marks", None)
    return said


def _cleaned(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, dict):
        return {
            # What is called just `key` is the name of a task.
            name: LEFT_OUT if held and name != "key" and _SECRET_NAME.search(name) else _cleaned(held, secrets)
            for name, held in value.items()
        }
    if isinstance(value, list):
        return [_cleaned(held, secrets) for held in value]
    if not isinstance(value, str):
        return value
    for secret in secrets:
        value = value.replace(secret, LEFT_OUT)
    return _PASSWORD_IN_URL.sub(rf"\1:{LEFT_OUT}@", value)
