"""The models that live on a cluster, as the coordinator knows them: started, watched, asked, and started again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...bots.replicated.replica_route import OnText, ReplicaFacts, ReplicaQuestion, ReplicaReply
from ...core.thinking import Thinking
from ...errors import EngineError
from ...runner.timers import Timers
from ...service.operations.reading.host_results import ReplicaFigures
from ..host_connection import all_rest
from ..host_link import HostLink, HostSource
from ..host_replacement import started_again
from ..host_watch import HostWatch
from .awaited_reply import AwaitedReply
from .model_replicas import ModelReplicas
from .replica_connection import ReplicaConnection

log = logging.getLogger(__name__)

KNOWN_SECONDS = 60.0
"""How long a replica that is set up may take to say what it is."""


class Replicas:
    """The way to the replicas of all models (`ReplicaRoute`). Any thread, but for `close`.

    Args:
        sources: Where the replicas of each model come from, by its name.
        timers: The clock.
        lost_after: After how many seconds without an answer others are asked what a replica was asked.
    """

    def __init__(self, sources: Mapping[str, HostSource], timers: Timers, lost_after: float) -> None:
        self.lost = 0
        """How many replicas were lost."""
        self.restored = 0
        """How many came back, or had another one started in their place."""
        self._sources = sources
        self._timers = timers
        self._models = {name: ModelReplicas(name, timers.clock) for name in sources}
        self._facts: dict[str, ReplicaFacts] = {}
        self._lock = threading.Lock()  # guards who is gone, and the start of the watch
        self._watch = HostWatch(self, timers, lost_after)
        self._is_watching = False
        self._closing = threading.Event()

    def open(self, model: str) -> ReplicaFacts:
        """Start the replicas of a model, as `ReplicaRoute.open`. Once for each."""
        source, replicas = self._sources[model], self._models[model]
        started = [self._connect(replicas, link) for link in source.open()]
        for replica in started:
            if not replica.is_known.wait(KNOWN_SECONDS) or replica.facts is None:
                raise EngineError(f"replica {replica.name} was set up, and does not say what it is")
        facts = started[0].facts
        assert facts is not None
        count = len(started)
        described = f"{facts.facts.described}; {count} replica{'s' if count > 1 else ''} on the cluster"
        self._facts[model] = found = replace(facts.facts, described=described)
        with self._lock:
            is_first, self._is_watching = not self._is_watching, True
        if is_first:
            self._watch.start()
        return found

    def ask(self, question: ReplicaQuestion, thinking: Thinking, on_text: OnText | None) -> ReplicaReply:
        """Have a question answered, as `ReplicaRoute.ask`."""
        awaited, replicas = AwaitedReply(), self._models[question.model]
        asked = replicas.ask(question, awaited.answered, on_text)
        return awaited.wait(thinking, lambda: replicas.cancel(asked))

    def trouble(self, model: str) -> str | None:
        """Say what keeps a model from answering, as `ReplicaRoute.trouble`."""
        return self._models[model].trouble()

    def model(self, name: str) -> ModelReplicas:
        """Return the replicas of a model. Raises `KeyError`."""
        return self._models[name]

    @property
    def facts(self) -> Mapping[str, ReplicaFacts]:
        """What the replicas of each model have in common, of those that are open."""
        return dict(self._facts)

    @property
    def connections(self) -> Sequence[ReplicaConnection]:
        """The replicas there are, of all models."""
        return [replica for replicas in self._models.values() for replica in replicas.connections]

    @property
    def steps(self) -> int:
        """How many reports were taken that tell of something."""
        return sum(replicas.steps for replicas in self._models.values())

    def figures(self) -> tuple[ReplicaFigures, ...]:
        """Return how they do, model by model."""
        found = [figures for replicas in self._models.values() for figures in replicas.figures()]
        return tuple(sorted(found, key=lambda figures: (figures.model, figures.name)))

    def wait_quiet(self, seconds: float | None) -> bool:
        """Wait until nothing moves in any replica that answers. False after so long (real time)."""
        return all_rest(self.connections, seconds)

    def came_back(self, connection: ReplicaConnection) -> None:
        with self._lock:
            connection.is_gone = connection.is_silent = False
            self.restored += 1
        log.info("replica %s answers again", connection.name)
        self.catch_up()

    def leave(self, connection: ReplicaConnection, why: str) -> None:
        with self._lock:
            if connection.is_gone:
                return
            connection.is_gone = True
            self.lost += 1
        connection.becomes_silent()
        connection.is_known.set()  # nobody is to wait for what it does not say any more
        count = self._home(connection).leave(connection)
        log.warning("replica %s is lost (%s): %d questions are asked again", connection.name, why, count)

    def give_up(self, connection: ReplicaConnection, why: str) -> None:
        if self._closing.is_set():
            return
        self.leave(connection, why)
        replicas = self._home(connection)
        if replicas.remove(connection):
            thread = threading.Thread(
                target=self._begin_again,
                args=(replicas, connection),
                name=f"parleyrun-replica-{connection.name}",
                daemon=True,
            )
            thread.start()

    def catch_up(self) -> None:
        for replicas in self._models.values():
            replicas.look()

    def close(self) -> None:
        """End all replicas. Calling it twice is harmless."""
        self._closing.set()
        self._watch.stop()
        for replicas in self._models.values():
            replicas.close()
        for connection in self.connections:
            connection.close()
        for source in self._sources.values():
            source.close()

    def _home(self, connection: ReplicaConnection) -> ModelReplicas:
        return self._models[connection.model]

    def _connect(self, replicas: ModelReplicas, link: HostLink) -> ReplicaConnection:
        connection = ReplicaConnection(link, replicas.model, self._timers.clock, replicas.take, self.give_up)
        replicas.add(connection)
        connection.start()
        if self._closing.is_set():  # whoever closes may not have seen it
            connection.close()
        return connection

    def _begin_again(self, replicas: ModelReplicas, lost: ReplicaConnection) -> None:
        """On a thread of its own: let go of a replica, and start another one, however long that takes."""
        lost.close()
        link = started_again(self._sources[replicas.model], lost.offer, self._closing, what="replica")
        if link is not None:
            with self._lock:
                self.restored += 1
            self._connect(replicas, link)
