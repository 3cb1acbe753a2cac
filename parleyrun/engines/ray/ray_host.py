"""The actor that is a host."""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Iterator

import ray

from ..host.collector import look_seldom
from ..host.host_fault import HostFault
from ..host.host_setup import HostFacts, SetsUpHost, host_facts
from ..host_link import HostWork
from .report_flow import ReportFlow

ALONE_SECONDS = 60.0
"""After so long without a word from its coordinator a host ends itself."""

LOOK_SECONDS = 1.0


class RayHost:
    """One host. Calls in one group are executed in order, while those of the others wait for theirs."""

    def __init__(self) -> None:
        self._work: HostWork | None = None
        self._flow: ReportFlow | None = None
        self._heard_at = time.monotonic()
        self._parent = os.getppid()
        threading.Thread(target=self._watch, name="parleyrun-alone", daemon=True).start()

    @ray.method(concurrency_group="setup")
    def facts(self) -> HostFacts:
        """Return what this process says of itself."""
        return host_facts(ray.__version__, ray.get_runtime_context().get_node_id())

    @ray.method(concurrency_group="setup")
    def open(self, setup: bytes) -> HostFault | None:
        """Be set up. Returns why that cannot be; None if all is well."""
        try:
            told: SetsUpHost = pickle.loads(setup)  # noqa: S301  # the coordinator runs our own code
            self._work = told.set_up()
            self._flow = ReportFlow(self._work)
            look_seldom()
        except Exception as error:  # whatever importing an author's module raises
            return HostFault.of(error)
        return None

    @ray.method(concurrency_group="orders")
    def take(self, batch: bytes, taken: int) -> None:
        """Do what these orders say; so many batches of reports were taken by now."""
        self._hear(taken)
        assert self._work is not None
        self._work.take(batch)

    @ray.method(concurrency_group="orders", num_returns=0)
    def taken(self, batches: int) -> None:
        """Know that so many batches of reports were taken by now."""
        self._hear(batches)

    @ray.method(concurrency_group="reports", num_returns="streaming")
    def stream(self) -> Iterator[bytes]:
        """Yield what there is to report."""
        assert self._flow is not None
        yield from self._flow.batches()

    @ray.method(concurrency_group="reports")
    def give(self, seconds: float) -> bytes:
        """Return what there is to report, or nothing after so long: for those who cannot have it as a stream."""
        self._heard_at = time.monotonic()
        assert self._work is not None
        return self._work.give(seconds)

    def _hear(self, taken: int) -> None:
        self._heard_at = time.monotonic()
        assert self._flow is not None
        self._flow.taken(taken)

    def _watch(self) -> None:
        """End this process once nobody is there who would have it: it outlives the node that it was started on."""
        while time.monotonic() - self._heard_at < ALONE_SECONDS and os.getppid() == self._parent:
            time.sleep(LOOK_SECONDS)
        os._exit(1)
