"""What is kept of a person, in two places at once: a world changes it on a host, the service where people are."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

Kept = dict[str, dict[str, Any]]
"""What a `PersonAgent` has as `kept`: `data` and `stored_data`."""


def take_changes(kept: Kept, before: bytes, after: bytes) -> bytes:
    """Have what a host has changed hold here too; what was changed here meanwhile stays.

    Args:
        kept: What is kept of the person here; it is changed in place, and is never empty on the way.
        before: The pickle of what the host began with.
        after: The pickle of what it has made of that.

    Returns:
        The pickle of what is kept now.
    """
    was, now = _loaded(before), _loaded(after)
    if pickle.dumps(kept, pickle.HIGHEST_PROTOCOL) == before:
        for name, values in now.items():
            _become(kept[name], values)
        return after
    for name, values in now.items():
        _change(kept[name], was.get(name, {}), values)
    return pickle.dumps(kept, pickle.HIGHEST_PROTOCOL)


def _loaded(packed: bytes) -> Kept:
    found: Kept = pickle.loads(packed)  # noqa: S301  # it comes from our own host
    return found


def _become(kept: dict[str, Any], values: Mapping[str, Any]) -> None:
    kept.update(values)
    for key in [key for key in kept if key not in values]:
        kept.pop(key, None)


def _change(kept: dict[str, Any], was: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    changed = {key for key in values if key not in was or pickle.dumps(was[key]) != pickle.dumps(values[key])}
    kept.update({key: values[key] for key in changed})
    for key in was:
        if key not in values:
            kept.pop(key, None)
