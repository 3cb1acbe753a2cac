"""The health check: what `/healthz` tells a load balancer, a monitor, or whoever looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..core.bot_seats.model_source import ModelFigures
from ..service.counts import Counts
from ..service.operations.reading.host_results import HostFigures, ReplicaFigures
from .client_addresses import is_from_this_machine


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is. All of these are called on the server's thread.

    Attributes:
        figures: What is going on now.
        closing: True once nobody new is let in.
        trouble: What keeps the service from its work, in one sentence; None while nothing does.
        not_taken: How often something was refused before the service heard of it, by its reason.
        models: How the models do.
        shortage: Why newcomers of some tasks are turned away: what models may take is taken.
        hosts: How the hosts do on which conversations are executed; where there are none nothing is told of them.
        replicas: How the replicas of models do that live on a cluster, as of hosts.
        hides_models: Whether people are not to know that there are any. Then this machine alone is told of them,
            and of how many people there are: who talks, and reads that one person does, would know with whom.
    """

    figures: Callable[[], Counts]
    closing: Callable[[], bool] = lambda: False
    trouble: Callable[[], str | None] = lambda: None
    not_taken: Callable[[], Mapping[str, int]] = dict
    _: KW_ONLY
    models: Callable[[], Sequence[ModelFigures]] = tuple
    shortage: Callable[[], str | None] = lambda: None
    hosts: Callable[[], Sequence[HostFigures]] = tuple
    replicas: Callable[[], Sequence[ReplicaFigures]] = tuple
    hides_models: bool = False

    async def answer(self, request: Request) -> Response:
        """Answer a request: 200 while all is well, also while newcomers are refused for want of room; else 503.

        A model in trouble is told of (`degraded`), and is none of the service: whoever talks with people goes on.
        """
        cause, figures = self.trouble(), self.figures()
        tells_all = not self.hides_models or is_from_this_machine(request.scope)
        models, shortage = (self.models(), self.shortage()) if tells_all else ((), None)
        # Trouble goes first: it is what somebody has to do something about.
        if cause is not None:
            status = "trouble"
        elif self.closing():
            status = "closing"
        elif figures.busy:
            status = "busy"
        else:
            status = "degraded" if shortage or any(model.trouble for model in models) else "ok"
        told: dict[str, Any] = {"status": status, "trouble": cause or shortage}
        if tells_all:
            not_taken = {**figures.not_taken, **self.not_taken()}
            told.update(asdict(figures), not_taken=not_taken, models=[asdict(model) for model in models])
            if hosts := self.hosts():
                told["hosts"] = [asdict(host) for host in hosts]
            if replicas := self.replicas():
                told["replicas"] = [asdict(replica) for replica in replicas]
        return JSONResponse(told, 503 if status in ("trouble", "closing") else 200)
