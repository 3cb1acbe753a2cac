"""Which node of a Ray cluster a host is started on."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from ..host_link import HostOffer

SPREAD = "SPREAD"
"""How Ray is asked to choose by itself: a node that is lost is to take as few hosts with it as may be."""


class NodeChoice:
    """What is known of where hosts are. Any thread.

    For the place of a lost one a node is chosen here, as Ray takes half a minute and more to notice that a node is
    not there, and until then starts hosts on it, which has so much room.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the one below
        self._on: dict[str, tuple[str, HostOffer]] = {}

    def is_on(self, offer: HostOffer, node: str) -> None:
        """Note where a host has been started."""
        with self._lock:
            self._on[offer.name] = node, offer

    def elsewhere(self, offer: HostOffer, nodes: Iterable[Mapping[str, Any]]) -> str | None:
        """Return a node with room for a lost host, other than that which it was on, and note that it goes there.

        Args:
            offer: What it is called, and what it takes.
            nodes: The nodes, as `ray.nodes()` has them.

        Returns:
            Its id; None if none is known to have room.
        """
        with self._lock:
            was_on = self._on[offer.name][0] if offer.name in self._on else ""
            free = {
                str(node["NodeID"]): self._free_on(node, but=offer.name)
                for node in nodes
                if node["Alive"] and node["NodeID"] != was_on
            }
            needed = _needs(offer)
            able = [
                name
                for name, left in free.items()
                if all(left.get(what, 0.0) >= amount for what, amount in needed.items())
            ]
            if not able:
                return None
            chosen = max(able, key=lambda name: (free[name].get("CPU", 0.0), name))
            self._on[offer.name] = chosen, offer
            return chosen

    def _free_on(self, node: Mapping[str, Any], but: str) -> dict[str, float]:
        """Return what is left of a node beside our hosts; what others have of it is not known."""
        left: dict[str, float] = {**node["Resources"]}
        for name, (where, offer) in self._on.items():
            if where == node["NodeID"] and name != but:
                for what, amount in _needs(offer).items():
                    left[what] = left.get(what, 0.0) - amount
        return left


def _needs(offer: HostOffer) -> dict[str, float]:
    return {"CPU": offer.cpus, **offer.resources}
