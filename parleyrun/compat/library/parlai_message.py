"""ParlAI's message."""

from __future__ import annotations

from typing import Any

from ...core.act_dict import ActDict


class ParlaiMessage(ActDict):
    """An act whose values are not overwritten by mistake: that takes `force_set`."""

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            raise RuntimeError(
                f"expected a key that the message has not yet, got {key!r}, which is {self[key]!r:.60}: "
                "overwrite it by force_set(key, value)"
            )
        super().__setitem__(key, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)
