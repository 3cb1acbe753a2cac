"""How the hosts do on which runs are executed, where that is not this process alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HostState = Literal["there", "silent", "draining", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFigures:
    """One host at one moment.

    Attributes:
        name: What operators call it.
        where: The machine and the process.
        state: It is `there`; has not answered for a moment (`silent`); is being emptied (`draining`); or is
            `lost`, and its conversations go on elsewhere.
        runs: How many conversations are on it.
        ready: How many of them wait for their turn to execute.
        blocked: How many wait inside `parley()`.
        waiting_orders: How much waits here to be sent to it.
        waiting_reports: How much waits there to be fetched.
        memory_bytes: What its process holds; 0 where that is not known.
        silent_seconds: How long ago it said last that it is there, which it does every second.
        late_turns: How many turns of it were refused, as their runs had gone on elsewhere.
    """

    name: str
    where: str = ""
    state: HostState = "there"
    runs: int = 0
    ready: int = 0
    blocked: int = 0
    waiting_orders: int = 0
    waiting_reports: int = 0
    memory_bytes: int = 0
    silent_seconds: float = 0.0
    late_turns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaFigures:
    """One replica of a model at one moment.

    Attributes:
        name: What it is called in the log.
        model: Its model.
        where: The machine and the process.
        state: As of a host.
        asked: How many questions it has.
        waiting: How many questions wait for a replica of its model, whichever.
        answers: How many questions it has answered.
        calls: How many calls of the model that took it.
        answered_in_calls: How many questions these calls were for: by `calls`, how large its batches are.
        memory_bytes: What its process holds; 0 where that is not known.
        silent_seconds: As of a host.
    """

    name: str
    model: str
    where: str = ""
    state: HostState = "there"
    asked: int = 0
    waiting: int = 0
    answers: int = 0
    calls: int = 0
    answered_in_calls: int = 0
    memory_bytes: int = 0
    silent_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTotals:
    """What became of hosts and replicas since this start.

    Attributes:
        lost: How many hosts were lost, one that came back each time.
        restored: How many came back, or had another one started in their place.
        replicas_lost: Of replicas, likewise.
        replicas_restored: Likewise.
    """

    lost: int = 0
    restored: int = 0
    replicas_lost: int = 0
    replicas_restored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostsFound:
    """The hosts there are, and the replicas of models; `totals` is None where this process executes everything."""

    hosts: tuple[HostFigures, ...] = ()
    replicas: tuple[ReplicaFigures, ...] = ()
    totals: HostTotals | None = None
