"""Hosts in this process: what a coordinator does with hosts can be tried without any other process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from ..errors import EngineError
from .host_link import HostLost, HostOffer, HostWork

LOOK_SECONDS = 0.2
"""How long the fetching thread waits at most before it looks whether all is over."""


class LocalLink:
    """A host in this process, which can be held still or ended as a process is (`HostLink`).

    Args:
        offer: What it is called, and what it has.
        runs: What is executed there.
    """

    def __init__(self, offer: HostOffer, runs: HostWork) -> None:
        self.offer = offer
        self.runs = runs
        self.batches = 0
        """How many batches of orders it has got."""
        self._goes = threading.Event()
        self._goes.set()
        self._dead: str | None = None
        self._is_closed = False

    def send(self, batch: bytes) -> None:
        if self._dead is None:
            self.runs.take(batch)
            self.batches += 1
        self._pass()

    def receive(self) -> bytes:
        self._pass()
        batch = self.runs.give(LOOK_SECONDS)
        self._pass()
        return batch

    def end(self) -> None:
        self.kill("it was ended")
        if not self._is_closed:
            self._is_closed = True
            self.runs.close()

    def kill(self, why: str = "it was killed") -> None:
        """End it as `kill -9` does: whatever it does from now on is never heard of."""
        self._dead = self._dead or why
        self._goes.set()

    def hold(self) -> None:
        """Hold it back: what is sent to it now is the last that it gets, and nothing is heard of it."""
        self._goes.clear()

    def let_go(self) -> None:
        """Let it be heard again."""
        self._goes.set()

    def _pass(self) -> None:
        self._goes.wait()
        if self._dead is not None:
            raise HostLost(self._dead)


class LocalSource:
    """Hosts in this process (`HostSource`).

    Args:
        offers: What they are called, and what they have.
        make: Makes what is executed on one.
        starts_again: Whether another one can be started in the place of one that was lost.
    """

    def __init__(
        self, offers: Sequence[HostOffer], make: Callable[[], HostWork], *, starts_again: bool = False
    ) -> None:
        self._offers = offers
        self._make = make
        self._starts_again = starts_again
        self.links: list[LocalLink] = []
        """All that were started, in order."""

    def open(self) -> Sequence[LocalLink]:
        return [self._start(offer) for offer in self._offers]

    def again(self, offer: HostOffer) -> LocalLink:
        if not self._starts_again:
            raise EngineError("there is no other one")
        return self._start(offer)

    def trouble(self) -> str | None:
        return None

    def close(self) -> None:
        for link in self.links:
            link.end()

    def link(self, name: str) -> LocalLink:
        """Return the newest host of that name."""
        return next(link for link in reversed(self.links) if link.offer.name == name)

    def _start(self, offer: HostOffer) -> LocalLink:
        link = LocalLink(offer, self._make())
        self.links.append(link)
        return link
