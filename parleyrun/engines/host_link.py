"""How a coordinator reaches one host: what a Ray actor and a host in this process have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..core.message import FrozenDict


class HostLost(Exception):
    """A host is not there any more; the message says how that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOffer:
    """What a host is called and what it has: `cpus`, and `resources` by their names."""

    name: str
    cpus: float = 1.0
    resources: Mapping[str, float] = field(default_factory=FrozenDict)
    where: str = ""


class HostWork(Protocol):
    """What is executed on a host. Any thread."""

    def take(self, batch: bytes) -> None:
        """Take a batch of orders."""

    def give(self, seconds: float) -> bytes:
        """Return what there is to report as a batch; empty if there is nothing after so long."""

    def close(self) -> None:
        """Stop everything. Calling it twice is harmless."""


class HostLink(Protocol):
    """A way to one host. `send` and `receive` are called on one thread each, `end` on any."""

    offer: HostOffer

    def send(self, batch: bytes) -> None:
        """Hand over a batch of orders; blocks until the host has it. Raises `HostLost`."""

    def receive(self) -> bytes:
        """Return the next batch of reports; blocks until there is one. Empty: look again. Raises `HostLost`."""

    def end(self) -> None:
        """End the host. Whoever waits in `send` or `receive` gets `HostLost`."""


class HostSource(Protocol):
    """Where hosts come from."""

    def open(self) -> Sequence[HostLink]:
        """Start all hosts that there are to be. Blocks.

        Raises:
            EngineError: One cannot be started, or does not fit; none is left open.
        """

    def again(self, offer: HostOffer) -> HostLink:
        """Start a host in the place of one that was lost. Blocks. Raises `EngineError`."""

    def trouble(self) -> str | None:
        """Say what keeps hosts from being there; None while nothing does. Any thread."""

    def close(self) -> None:
        """End all hosts. Calling it twice is harmless."""


MovedRun = Callable[[str, int], None]
"""Has the record take turns of a run, by its uid, with this epoch only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAccess:
    """What a coordinator asks of the record besides taking turns.

    Attributes:
        moved: Has it take turns of a run with a new epoch only.
        after: Calls something once all that was handed over is recorded.
    """

    moved: MovedRun
    after: Callable[[Callable[[], None]], None]
