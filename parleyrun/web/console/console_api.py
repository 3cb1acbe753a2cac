"""The HTTP API: each operation as a request of JSON, the very one that the socket beside the store takes."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ...service.operations.operators import Operators
from ...service.operations.request_lines import LONGEST_LINE_BYTES, CameOfIt, RequestAnswer, answer_line
from .bounded_body import bounded_body
from .console_access import ConsoleAccess, ConsoleVisitor, NotLetIn

THREADS = 4
MOST_AT_ONCE = 32
"""How many requests may be under way; more are refused, as each keeps its place until the service has done it."""

_STATUS: dict[CameOfIt, int] = {"done": 200, "refused": 409, "forbidden": 403, "failed": 500}


class ConsoleApi:
    """Does operations for whoever may have them done. On the server's loop; a few threads beside it do the work.

    Args:
        operators: Does what is asked for.
        access: Knows who may ask.
    """

    def __init__(self, operators: Operators, access: ConsoleAccess) -> None:
        self._operators = operators
        self._access = access
        self._threads = ThreadPoolExecutor(THREADS, "parleyrun-console")
        self._under_way = 0

    async def ask(self, request: Request) -> Response:
        """Answer `POST /console/api`."""
        visitor = self._access.visitor(request.scope, acts=True)
        line = await bounded_body(request, LONGEST_LINE_BYTES)
        answer = await self.answer(line, visitor)
        return Response(answer.line, _STATUS[answer.came_of_it], media_type="application/json")

    async def answer(self, line: bytes | str, visitor: ConsoleVisitor) -> RequestAnswer:
        """Do what a line asks for, as this visitor. Raises `NotLetIn` where too much is under way."""
        if self._under_way >= MOST_AT_ONCE:
            raise NotLetIn(503, "too many requests are under way", {"retry-after": "1"})
        work = partial(answer_line, self._operators, line, role=visitor.role, name=visitor.name)
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1

    async def me(self, request: Request) -> Response:
        """Answer `GET /console/api/me`: who asks, what they may do, and what their pages send along."""
        visitor = self._access.visitor(request.scope)
        session = visitor.session
        told = {"role": visitor.role, "name": visitor.name, "check": None if session is None else session.check}
        return JSONResponse(told)

    def close(self) -> None:
        """Take no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)
