"""The metrics endpoint: `/metrics`, for a monitor on this machine, or one that has a token of the console."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ...errors import ParleyrunError
from ..client_addresses import is_from_this_machine
from ..console.console_access import ConsoleAccess, NotLetIn

log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_WITHOUT_CONSOLE = "metrics are for this machine only; with `console: true` also for whoever has its token"


class MetricsEndpoint:
    """Answers `GET /metrics`. On the server's loop; what is said is read beside it, one request after the other.

    Args:
        render: Returns all metrics.
        access: Knows the console's tokens, of which either will do; None where there is no console.
    """

    def __init__(self, render: Callable[[], bytes], access: ConsoleAccess | None) -> None:
        self._render = render
        self._access = access
        self._turn = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """Answer with the metrics; 401 or 403 for who may not read them, 503 where they cannot be read."""
        try:
            self._let_in(request)
        except NotLetIn as error:
            return PlainTextResponse(f"{error.sentence}\n", error.status, error.headers)
        try:
            async with self._turn:
                said = await asyncio.to_thread(self._render)
        except ParleyrunError as error:
            log.warning("metrics cannot be read: %s", error)
            return PlainTextResponse("the metrics cannot be read now; the log says why\n", 503)
        return Response(said, headers={"content-type": CONTENT_TYPE})

    def _let_in(self, request: Request) -> None:
        if is_from_this_machine(request.scope):
            return
        if self._access is None:
            raise NotLetIn(403, _WITHOUT_CONSOLE)
        self._access.visitor(request.scope)
