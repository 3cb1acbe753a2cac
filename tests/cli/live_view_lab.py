"""Figures of a service, for tests of what is drawn of them."""

from __future__ import annotations

from typing import Any

from parleyrun.service.counts import ConversationCounts, Counts


def counts(**more: Any) -> Counts:
    """Return the figures of a service in which nothing happens, but for what is given."""
    nothing: dict[str, Any] = dict.fromkeys(Counts.__dataclass_fields__, 0)
    for name in ("places", "waiting", "in_task", "runs_ended", "full", "not_taken"):
        nothing[name] = {}
    nothing["held"] = ()
    nothing["conversations"] = ConversationCounts(now=0, finished=0, ended={})
    return Counts(**{**nothing, **more})
