"""The HTTP API: each operation as a request of JSON, the very one that the socket beside the store takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from ...service.operations.operators import Operators
from ...service.operations.request_lines import (
    LONGEST_LINE_BYTES,
    CameOfIt,
    RequestAnswer,
    Role,
    answer_line,
    changes_something,
)
from .bounded_body import bounded_body
from .console_access import ConsoleAccess, ConsoleVisitor, NotLetIn
from .live_feed import LiveFeed, LiveFollower

THREADS = 4
LOOKING_THREADS = 2
MOST_AT_ONCE = 32
"""How many requests may be under way; more are refused, as each keeps its place until the service has done it."""

LONGEST_ASKED = 4_000
"""How many characters one request of those may have that are looked at all the time."""

LOOKING = "console"
"""Who looks, for all consoles together."""

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
        # Of their own, so that what is looked at goes on while what is done waits for the service.
        self._looking = ThreadPoolExecutor(LOOKING_THREADS, "parleyrun-console-look")
        self._under_way = 0
        self._feed = LiveFeed(lambda line: self._work(self._looking, line, "read", LOOKING))

    async def ask(self, request: Request) -> Response:
        """Answer `POST /console/api`."""
        visitor = self._access.visitor(request.scope, acts=True)
        line = await bounded_body(request, LONGEST_LINE_BYTES)
        if self._under_way >= visitor.share(MOST_AT_ONCE):
            raise NotLetIn(503, "too many requests are under way", {"retry-after": "1"})
        self._under_way += 1
        try:
            answer = await self._work(self._threads, line, visitor.role, visitor.name)
        finally:
            self._under_way -= 1
        if answer.came_of_it == "done" and "act" in answer.said["result"]:
            self._feed.look_now()
        return Response(answer.line, _STATUS[answer.came_of_it], media_type="application/json")

    async def me(self, request: Request) -> Response:
        """Answer `GET /console/api/me`: who asks, what they may do, and what their pages send along."""
        visitor = self._access.visitor(request.scope)
        session = visitor.session
        told = {"role": visitor.role, "name": visitor.name, "check": None if session is None else session.check}
        return JSONResponse(told)

    async def history(self, request: Request) -> Response:
        """Answer `GET /console/api/history`: what the overview was like within the last hour, while one looked."""
        self._access.visitor(request.scope)
        return JSONResponse({"ok": True, "result": {"samples": self._feed.samples}})

    async def live(self, request: Request) -> Response:
        """Answer `GET /console/api/live?ask=…&ask=…` with an event whenever what one of these asks for changes."""
        visitor = self._access.visitor(request.scope)
        asked = [_looked_at(text) for text in request.query_params.getlist("ask")]
        follower = self._feed.follow(asked, visitor.share)
        # Some proxies keep what they are sent until there is enough of it, unless they are told.
        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(self._events(follower, visitor), 200, headers, "text/event-stream")

    def close(self) -> None:
        """Take no more work, and look no more. Any thread."""
        self._feed.close()
        for threads in (self._threads, self._looking):
            threads.shutdown(wait=False)

    async def _work(
        self, threads: ThreadPoolExecutor, line: bytes | str, role: Role, name: str | None
    ) -> RequestAnswer:
        work = partial(answer_line, self._operators, line, role=role, name=name)
        try:
            done = asyncio.get_running_loop().run_in_executor(threads, work)
        except RuntimeError:  # they take nothing any more
            raise NotLetIn(503, "the service is closing") from None
        return await done

    async def _events(self, follower: LiveFollower, visitor: ConsoleVisitor) -> AsyncIterator[str]:
        try:
            while not follower.is_over and self._access.holds(visitor):
                news = await follower.take()
                # A line that begins with a colon is for nobody, and keeps the connection.
                yield "".join(f"data: {each}\n\n" for each in news) or ":\n\n"
        finally:
            self._feed.leave(follower)


def _looked_at(text: str) -> str:
    """Return a request that may be looked at all the time, always as the same text. Raises `NotLetIn`."""
    try:
        asked: Any = json.loads(text) if len(text) <= LONGEST_ASKED else None
        verb, values = asked["verb"], asked.get("values") or {}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NotLetIn(400, 'expected requests such as {"verb": "overview"} at \'ask\'') from None
    if not isinstance(verb, str) or not isinstance(values, dict) or changes_something(verb):
        raise NotLetIn(400, "expected operations at 'ask' that change nothing")
    return json.dumps({"verb": verb, "values": values}, sort_keys=True)
