"""The coordinator's runner: conversations are executed on hosts, everything else on threads of this process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from ..core.bot_seats.bot_desk import BotMeans
from ..errors import NotRestored, RunnerClosed
from ..runner.person import PersonAgent
from ..runner.recorder import SavedState, WorldSnapshots
from ..runner.run_context import SeatSigns
from ..runner.runner import Runner, RunnerSettings
from ..runner.seats.seat_swap import SeatSwap
from ..runner.timers import Timers
from ..runner.turn import SHUT_DOWN, CalledEnd, Commit, Outcome, RunIdentity
from ..service.bots.task_seats import FirstSeats, SeatsAgain
from ..service.world_build import WorldBuild
from .host_orders import EndOrder, EndReport, LeftOrder, ReleaseOrder, StopOrder
from .hosted_run import HostedRun
from .hosts import Hosts
from .report_taking import ReportTaking
from .served import Served

log = logging.getLogger(__name__)


class ClusterRunner(Runner):
    """A `Runner` whose conversations are on hosts. What people are in alone, and what cannot travel, is not.

    Args:
        hosts: The hosts, not started yet.
    """

    def __init__(
        self,
        hosts: Hosts,
        *,
        timers: Timers,
        commit: Commit,
        signs: SeatSigns,
        settings: RunnerSettings,
        snapshots: WorldSnapshots | None,
        bot_means: BotMeans | None,
    ) -> None:
        super().__init__(
            timers=timers,
            commit=commit,
            signs=signs,
            settings=settings,
            snapshots=snapshots,
            bot_means=bot_means,
        )
        self._hosts = hosts
        self._hosts_lock = threading.Condition()  # guards the two below
        self._hosted: dict[str, HostedRun] = {}
        self._is_closing = False
        self._said_local: set[str] = set()
        served = Served(
            take=ReportTaking(hosts, commit, signs, bot_means, self._hosted_run, self._over),
            over=self._over,
            commit=commit,
            shows_forms=settings.forms.shows,
            timers=timers,
            means=bot_means,
        )
        hosts.serve(served)

    def launch(
        self,
        identity: RunIdentity,
        build: Callable[[], Any],
        agents: Sequence[PersonAgent],
        *,
        on_value: Callable[[Any], None] | None = None,
        saved: SavedState | None = None,
    ) -> Future[Outcome]:
        """Run a world, on a host if it is a conversation's; otherwise as `Runner.launch`."""
        run = self._travelling(identity, build, agents, saved)
        if run is None:
            return super().launch(identity, build, agents, on_value=on_value, saved=saved)
        with self._hosts_lock:
            if self._is_closing:
                raise RunnerClosed(f"run {identity} was launched on a runner that is closed")
            self._hosted[identity.uid] = run
        run.future.set_running_or_notify_cancel()
        self._hosts.place(run)
        return run.future

    def _travelling(
        self,
        identity: RunIdentity,
        build: Callable[[], Any],
        agents: Sequence[PersonAgent],
        saved: SavedState | None,
    ) -> HostedRun | None:
        """Return a run as it goes to a host; None if it stays here."""
        if not isinstance(build, WorldBuild) or build.task is None or not agents:
            return None
        if not isinstance(build.seats, FirstSeats | SeatsAgain):
            return None
        run = HostedRun(identity, build.task, build, agents, saved)
        try:
            run.pack()
        except Exception as error:  # whatever an author keeps of people may fail in a way of its own
            if build.task not in self._said_local:
                self._said_local.add(build.task)
                log.warning(
                    "task '%s': what is kept of people cannot be pickled (%s: %s): its conversations stay with "
                    "the coordinator", build.task, type(error).__name__, error,
                )  # fmt: skip
            return None
        return run

    def stop(self, uid: str, outcome: Outcome) -> None:
        run = self._hosted.get(uid)
        if run is None:
            super().stop(uid, outcome)
            return
        with run.lock:
            if run.stopped is not None:
                return
            run.stopped = outcome
            if run.host is not None:
                run.host.put(StopOrder(uid, outcome))
        self._hosts.end_here(run)  # if it is on none

    def call_end(self, uid: str, end: CalledEnd) -> None:
        run = self._hosted.get(uid)
        if run is None:
            super().call_end(uid, end)
            return
        with run.lock:
            run.end = end
            if run.host is not None:
                run.host.put(EndOrder(uid, end))

    def person_left(self, uid: str, agent: PersonAgent, swap: SeatSwap | None = None) -> None:
        run = self._hosted.get(uid)
        if run is None:
            super().person_left(uid, agent, swap)
            return
        with run.lock:
            if swap is not None:  # the host lets go of it between two parleys, and it goes on with the bot
                run.swap(swap)
                if run.host is not None:
                    run.host.put(ReleaseOrder(uid))
                return
            agent.mark_left(told=not agent.is_told_of_leaving)
            if run.host is not None and agent in run.agents:
                run.host.put(LeftOrder(uid, run.agents.index(agent)))

    def why_no_swap(self, uid: str) -> str | None:
        run = self._hosted.get(uid)
        if run is None:
            return super().why_no_swap(uid)
        with run.lock:
            return run.why_no_swap()

    def identity_of(self, uid: str) -> RunIdentity | None:
        run = self._hosted.get(uid)
        return super().identity_of(uid) if run is None else run.identity

    def __len__(self) -> int:
        return super().__len__() + len(self._hosted)

    @property
    def hosts(self) -> Hosts:
        return self._hosts

    def trouble(self) -> str | None:
        return self._hosts.trouble()

    @property
    def blocked(self) -> int:
        return super().blocked + sum(figures.blocked for figures in self._hosts.figures())

    @property
    def has_room(self) -> bool:
        return super().has_room and self._hosts.have_room

    @property
    def steps(self) -> int:
        return super().steps + self._hosts.steps + self._hosts.replicas.steps

    def wait_quiet(self, timeout_seconds: float | None = None) -> bool:
        for all_quiet in (super().wait_quiet, self._hosts.wait_quiet, self._hosts.replicas.wait_quiet):
            if not all_quiet(timeout_seconds):
                return False
        return True

    def close(self, timeout_seconds: float = 10.0) -> list[RunIdentity]:
        with self._hosts_lock:
            self._is_closing = True
        for run in list(self._hosted.values()):
            self.stop(run.identity.uid, Outcome("stopped", SHUT_DOWN))
        until = time.monotonic() + timeout_seconds
        stuck = super().close(timeout_seconds)
        with self._hosts_lock:
            while self._hosted and not self._hurried and not self._hosts.are_gone and time.monotonic() < until:
                self._hosts_lock.wait(0.1)
        stuck += [run.identity for run in list(self._hosted.values())]
        self._hosts.close()
        return stuck

    def hurry(self) -> None:
        super().hurry()
        with self._hosts_lock:
            self._hosts_lock.notify_all()

    def _hosted_run(self, uid: str) -> HostedRun | None:
        return self._hosted.get(uid)

    def _over(self, run: HostedRun, report: EndReport) -> None:
        """A run is over: whoever waits for its outcome gets it."""
        run.stop_listening()
        for agent, (left_told, timed_out) in zip(run.agents, report.seats, strict=False):
            agent.left_told, agent.timed_out = left_told, timed_out
        with self._hosts_lock:
            self._hosted.pop(run.identity.uid, None)
            self._hosts_lock.notify_all()
        if report.outcome is None:
            run.future.set_exception(NotRestored(report.fault, may_fit_again=report.may_fit_again))
        else:
            run.future.set_result(report.outcome)
