"""The hosts there are: which run is on which, what becomes of those of a lost one, and who takes its place."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from ..core.bot_seats.bot_desk import SeatControls
from ..core.message import FrozenDict
from ..errors import OperatorError
from ..runner.turn import Outcome, Turn
from ..service.operations.reading.host_results import HostFigures, HostsFound, HostTotals
from .host_connection import all_rest
from .host_link import HostLink, HostSource, RecordAccess
from .host_orders import ControlsOrder, EndOrder, EndReport, LeftOrder, ReleaseOrder, ScreenOrder
from .host_promises import promises_of
from .host_replacement import started_again
from .host_watch import HostWatch
from .hosted_run import HostedRun
from .placement import HostStanding, best_host
from .replicas.host_questions import HostQuestions
from .replicas.replicas import Replicas
from .runs_connection import RunsConnection
from .served import Served

log = logging.getLogger(__name__)

REPLACED_AFTER_SECONDS = 1.0
"""A new host takes a processor for seconds as it starts. Where others share the machine with it, they first go on
with the lost one's conversations."""

NO_NEEDS: Mapping[str, float] = FrozenDict()


class Hosts:
    """Any thread, but for `start` and `close`.

    Args:
        source: Where they come from.
        record: What is asked of the record.
        needs: What the conversations of each task ask of a host, by the task's key.
        lost_after: After how many seconds without an answer a host's runs go on elsewhere.
        replicas: The models that live on the cluster, too.
    """

    def __init__(
        self,
        source: HostSource,
        record: RecordAccess,
        needs: Mapping[str, Mapping[str, float]],
        lost_after: float,
        replicas: Replicas,
    ) -> None:
        self.late_turns = 0
        """How many turns came from where their run was no longer, and were refused."""
        self.moved_runs = 0
        """How many times a run was moved, as its host was lost or emptied."""
        self.lost = 0
        """How many hosts were lost."""
        self.restored = 0
        """How many came back, or had another one started in their place."""
        self.record = record
        self.steps = 0
        """How many reports were taken that tell of something."""
        self._source = source
        self._needs = needs
        self._lost_after = lost_after
        self._lock = threading.Lock()  # guards the two below, and what is placed where
        self._connections: list[RunsConnection] = []
        self._homeless: dict[str, HostedRun] = {}
        self._lost_at = -math.inf  # when the last one was lost
        self._closing = threading.Event()
        self._served: Served | None = None
        self.promises = promises_of(None, time.time)
        """What requests on hosts may take."""
        self.replicas = replicas
        self.questions = HostQuestions(replicas)
        """What is asked on hosts of models that live on the cluster."""
        self._watch: HostWatch[RunsConnection] | None = None

    def serve(self, served: Served) -> None:
        """Be told of the service, before `start`."""
        self._served = served
        self.promises = promises_of(served.means, served.timers.clock.time)
        self._watch = HostWatch(self, served.timers, self._lost_after)

    def start(self) -> None:
        """Start all hosts. Raises `EngineError`."""
        for link in self._source.open():
            self._connect(link)
        assert self._watch is not None
        self._watch.start()

    def close(self) -> None:
        """End all hosts. Calling it twice is harmless."""
        self._closing.set()
        if self._watch is not None:
            self._watch.stop()
        for connection in self.connections:
            connection.close()
        self.replicas.close()
        self._source.close()

    @property
    def connections(self) -> list[RunsConnection]:
        """The hosts there are, those among them that do not answer."""
        with self._lock:
            return [*self._connections]

    @property
    def have_room(self) -> bool:
        """Whether somebody new can be let in, who needs a host later: one that is slow or just lost counts."""
        there = [connection for connection in self.connections if not (connection.is_gone or connection.draining)]
        if there:
            return any(connection.load.has_room for connection in there)
        return self._now() - self._lost_at < self._lost_after

    @property
    def are_gone(self) -> bool:
        """Whether there is none that answers."""
        return all(connection.is_gone for connection in self.connections)

    def figures(self) -> tuple[HostFigures, ...]:
        """Return how they do, by name."""
        found = [connection.figures for connection in self.connections]
        return tuple(sorted(found, key=lambda figures: figures.name))

    def found(self) -> HostsFound:
        """Return how they and the replicas of models do, and what became of those that were lost."""
        replicas = self.replicas
        totals = HostTotals(
            lost=self.lost,
            restored=self.restored,
            replicas_lost=replicas.lost,
            replicas_restored=replicas.restored,
        )
        return HostsFound(hosts=self.figures(), replicas=replicas.figures(), totals=totals)

    def trouble(self) -> str | None:
        """Say that hosts cannot be there, or that conversations wait for one; None while all is well."""
        waiting = len(self._homeless)
        waits = f"{waiting} conversations wait for a host" if waiting else None
        return ": ".join(filter(None, (self._source.trouble(), waits))) or None

    def place(self, run: HostedRun) -> None:
        """Bring a run to the host that has the least to do; with none that fits it waits for one."""
        with self._lock:
            connection = self._choose(run)
        if connection is not None:
            self._bring(run, connection)

    def drain(self, name: str) -> int:
        """Empty a host: it takes no new runs, and lets go of each one between two parleys.

        Returns:
            How many runs are to go elsewhere.

        Raises:
            OperatorError: There is no such host, or no other one to take its runs.
        """
        with self._lock:
            connection = self._named(name)
            others = [other for other in self._connections if other is not connection]
            if not any(self._standing(other).takes for other in others):
                raise OperatorError(f"there is no other host that takes the conversations of {name}")
            connection.draining = True
            runs = list(connection.placed.values())
        for run in runs:
            connection.put(ReleaseOrder(run.identity.uid))
        return len(runs)

    def fill(self, name: str) -> None:
        """Have a host take new runs again. Raises `OperatorError` if there is none of that name."""
        with self._lock:
            self._named(name).draining = False
        self._place_homeless()

    def _named(self, name: str) -> RunsConnection:
        """Under the lock: return the host of that name. Raises `OperatorError`."""
        for connection in self._connections:
            if connection.name == name:
                return connection
        known = ", ".join(connection.name for connection in self._connections)
        raise OperatorError(f"expected the name of a host ({known}), got {name!r}")

    def wait_quiet(self, seconds: float | None) -> bool:
        """Wait until nothing moves on any host that answers. False after so long (real time)."""
        return all_rest(self.connections, seconds)

    def _place_homeless(self) -> None:
        """Place all runs that wait for a host, as far as there is one for them."""
        with self._lock:
            chosen = [(run, self._choose(run)) for run in list(self._homeless.values())]
        for run, connection in chosen:
            if connection is not None:
                self._bring(run, connection)

    def _choose(self, run: HostedRun) -> RunsConnection | None:
        """Under the lock: note where a run goes; None if it waits for a host."""
        uid = run.identity.uid
        name = best_host(map(self._standing, self._connections), self._needs.get(run.task, NO_NEEDS))
        if name is None:
            self._homeless[uid] = run
            return None
        self._homeless.pop(uid, None)
        connection = self._named(name)
        connection.placed[uid] = run
        return connection

    def end_here(self, run: HostedRun) -> None:
        """End a run that is on no host, as it is to end."""
        with self._lock:
            self._homeless.pop(run.identity.uid, None)
        served = self._served
        assert served is not None
        with run.lock:
            outcome = run.stopped
            if run.host is not None or outcome is None or run.future.done():
                return
            forced = Outcome(outcome.kind, outcome.reason, outcome.data, forced=True)
            served.commit(Turn(run.identity, run.next_turn, run.epoch, outcome=forced))
            # Under its lock, so that nobody else ends it, or brings it to a host, meanwhile.
            uid = run.identity.uid
            served.over(run, EndReport(uid=uid, epoch=run.epoch, outcome=forced, seats=run.seat_facts()))

    def move(self, run: HostedRun, connection: RunsConnection) -> None:
        """Have a run that was on a host go on elsewhere, from where it is on record, with a new epoch."""
        with self._lock:
            connection.placed.pop(run.identity.uid, None)
        with run.lock:
            if run.host is not connection or run.future.done():
                return
            run.host = None
            run.epoch += 1
            self.moved_runs += 1
            self.record.moved(run.identity.uid, run.epoch)
        if run.stopped is not None:
            self.end_here(run)
        else:
            self.place(run)

    def leave(self, connection: RunsConnection, why: str) -> None:
        """A host does not answer, or is not there any more: its runs go on elsewhere."""
        with self._lock:
            if connection.is_gone:
                return
            connection.is_gone = True
            self._lost_at = self._now()
            runs = list(connection.placed.values())
        connection.becomes_silent()
        log.warning("host %s is lost (%s): %d conversations go on elsewhere", connection.name, why, len(runs))
        for run in runs:
            self.move(run, connection)
        with self._lock:
            self.lost += 1

    def give_up(self, connection: RunsConnection, why: str) -> None:
        """A host will not come back: another one is started in its place."""
        if self._closing.is_set():
            return
        self.leave(connection, why)
        with self._lock:
            if connection not in self._connections:
                return
            self._connections.remove(connection)
        self.promises.host_lost(connection)
        self.questions.host_lost(connection)
        self._on_thread(self._let_go, connection)

    def came_back(self, connection: RunsConnection) -> None:
        """A host answers again whose runs went on elsewhere: it is as good as a new one."""
        with self._lock:
            connection.is_gone = connection.is_silent = False
            self.restored += 1
        log.info("host %s answers again, and takes new conversations", connection.name)
        self._place_homeless()

    def catch_up(self) -> None:
        """Place what waits for a host, and tell hosts who can be shown forms now, and what operators have set."""
        self._place_homeless()
        served = self._served
        assert served is not None
        self.promises.tell_if_reached()
        for connection in self.connections:
            for run in list(connection.placed.values()):
                for who, shows in run.other_screens(served.shows_forms):
                    connection.put(ScreenOrder(who, shows))
                if served.means is not None:
                    self._tell_controls(run, connection, served.means.controls)

    def _tell_controls(self, run: HostedRun, connection: RunsConnection, controls: SeatControls) -> None:
        with run.lock:
            changed = run.other_controls(controls) if run.host is connection else None
            if changed is not None:
                connection.put(ControlsOrder(run.identity.uid, changed))

    def _connect(self, link: HostLink) -> None:
        served = self._served
        assert served is not None
        connection = RunsConnection(link, served.timers.clock, served.take, self.give_up)
        self.promises.host_came(connection)
        self.questions.host_came(connection)
        with self._lock:
            is_late = self._closing.is_set()
            if not is_late:
                self._connections.append(connection)
        if is_late:  # whoever closes has not seen it
            link.end()
            return
        connection.start()
        self._place_homeless()

    def _on_thread(self, work: Callable[[RunsConnection], None], lost: RunsConnection) -> None:
        name = f"parleyrun-host-{lost.name}"
        threading.Thread(target=work, args=(lost,), name=name, daemon=True).start()

    def _let_go(self, lost: RunsConnection) -> None:
        """On a thread of its own: let go of a host, and have another one started once its runs go on elsewhere."""
        lost.close()
        if self.are_gone:
            self._begin_again(lost)
            return
        served = self._served
        assert served is not None
        served.timers.call_later(REPLACED_AFTER_SECONDS, partial(self._on_thread, self._begin_again, lost))

    def _begin_again(self, lost: RunsConnection) -> None:
        """On a thread of its own: start another host, however long that takes."""
        link = started_again(self._source, lost.offer, self._closing)
        if link is not None:
            with self._lock:
                self.restored += 1
            self._connect(link)

    def _bring(self, run: HostedRun, connection: RunsConnection) -> None:
        with run.lock:
            goes_on = run.stopped is None and not run.future.done()
            if goes_on:
                self._begin_on(connection, run)
        if not goes_on:  # since it was placed
            with self._lock:
                connection.placed.pop(run.identity.uid, None)
            self.end_here(run)
        elif connection.is_gone:  # since it was chosen
            self.move(run, connection)
        elif connection.draining:
            connection.put(ReleaseOrder(run.identity.uid))

    def _begin_on(self, connection: RunsConnection, run: HostedRun) -> None:
        """Under the run's lock: have a host begin it, or go on with it."""
        served = self._served
        assert served is not None
        uid = run.identity.uid
        run.host = connection
        self.promises.tell_if_reached()
        connection.put(run.order(served.shows_forms))
        run.begun = run.epoch
        if served.means is not None:
            self._tell_controls(run, connection, served.means.controls)
        if run.end is not None:
            connection.put(EndOrder(uid, run.end))
        for number, agent in enumerate(run.agents):
            if agent.replaced:
                continue
            agent.listen(partial(run.mail_came, number))
            if agent.left:
                connection.put(LeftOrder(uid, number))

    def _now(self) -> float:
        served = self._served
        assert served is not None
        return served.timers.clock.monotonic()

    def _standing(self, connection: RunsConnection) -> HostStanding:
        is_there = not (connection.is_gone or connection.is_silent or connection.draining)
        return HostStanding(
            offer=connection.offer,
            runs=len(connection.placed),
            ready=connection.load.ready,
            takes=is_there and connection.load.has_room,
        )
