"""The health check: what `/healthz` tells a load balancer, a monitor, or whoever looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..service.counts import Counts


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is. All four are called on the server's thread.

    Attributes:
        figures: What is going on now.
        closing: True once nobody new is let in.
        trouble: What keeps the service from its work, in one sentence; None while nothing does.
        not_taken: How often something was refused before the service heard of it, by its reason.
    """

    figures: Callable[[], Counts]
    closing: Callable[[], bool] = lambda: False
    trouble: Callable[[], str | None] = lambda: None
    not_taken: Callable[[], Mapping[str, int]] = dict

    async def answer(self, _request: Request) -> Response:
        """Answer a request: 200 while all is well, also while newcomers are refused for want of room; else 503."""
        cause, figures = self.trouble(), self.figures()
        # Trouble goes first: it is what somebody has to do something about.
        if cause is not None:
            status = "trouble"
        elif self.closing():
            status = "closing"
        else:
            status = "busy" if figures.busy else "ok"
        not_taken = {**figures.not_taken, **self.not_taken()}
        told = {"status": status, "trouble": cause, **asdict(figures), "not_taken": not_taken}
        return JSONResponse(told, 503 if status in ("trouble", "closing") else 200)
