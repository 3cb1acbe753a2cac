"""The live feed: what consoles look at, looked at once a second for all of them together."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from ...service.operations.request_lines import RequestAnswer
from .console_access import NotLetIn

LOOK_SECONDS = 0.8
"""So that what is shown is never older than a second."""

LONGEST_LOOK_SECONDS = 1.0
"""How long one thing that is looked at keeps the others waiting: a service in trouble may not get to it."""

SILENT_SECONDS = 15.0
"""How long nothing is said at most, so that proxies keep the connection."""

MOST_FOLLOWERS = 64
MOST_WATCHES = 64
MOST_ASKED = 6
SAMPLE_SECONDS = 5.0
SAMPLES = 720
"""What was to be seen within an hour in which somebody looked."""

_SAMPLED = ("at", "places", "conversations", "messages_per_minute", "models_cost", "model_seconds", "errors")


class LiveFollower:
    """One console that looks. It holds the newest of each thing that it looks at, and no queue: on the loop."""

    def __init__(self) -> None:
        self._news: dict[int, str] = {}
        self._came = asyncio.Event()
        self.is_over = False

    def put(self, of: int, said: str) -> None:
        """There is news of what was asked for in that place; older ones that were not taken yet go."""
        self._news[of] = said
        self._came.set()

    def end(self) -> None:
        """There will be no more."""
        self.is_over = True
        self._came.set()

    async def take(self) -> list[str]:
        """Wait for news, and return them; none after a while in which there was nothing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENT_SECONDS):
                await self._came.wait()
        self._came.clear()
        news, self._news = self._news, {}
        return [f'{{"of":{of},"said":{said}}}' for of, said in sorted(news.items())]


class _Watch:
    """One thing that is looked at, and who looks at it as the how manieth of theirs."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.followers: set[tuple[LiveFollower, int]] = set()
        self.said = ""
        self.look: asyncio.Future[None] | None = None
        self.is_overview = json.loads(line)["verb"] == "overview"


class LiveFeed:
    """Looks at what is asked for, once for all who ask for it, and not at all while nobody does. On the loop.

    Args:
        look: Does a request, as somebody who may look only.
    """

    def __init__(self, look: Callable[[str], Awaitable[RequestAnswer]]) -> None:
        self._look = look
        self._watches: dict[str, _Watch] = {}
        self._followers: set[LiveFollower] = set()
        self._samples: deque[dict[str, Any]] = deque(maxlen=SAMPLES)
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hurry = asyncio.Event()

    def follow(self, requests: Sequence[str], share: Callable[[int], int] = lambda room: room) -> LiveFollower:
        """Begin to look for somebody.

        Args:
            requests: At these; each has been checked, and is the same text for the same request.
            share: Returns how much of what there is room for may be taken when they come.

        Raises:
            NotLetIn: Too many look already, or at too much.
        """
        fresh = {line for line in requests if line not in self._watches}
        too_many = len(self._followers) >= share(MOST_FOLLOWERS)
        too_much = len(self._watches) + len(fresh) > share(MOST_WATCHES) or len(requests) > MOST_ASKED
        if too_many or too_much:
            raise NotLetIn(503, "too many consoles look, or at too much", {"retry-after": "5"})
        follower = LiveFollower()
        self._followers.add(follower)
        for of, line in enumerate(requests):
            watch = self._watches.setdefault(line, _Watch(line))
            watch.followers.add((follower, of))
            if watch.said:
                follower.put(of, watch.said)
        self._hurry.set()
        if self._task is None:
            self._loop = asyncio.get_running_loop()
            self._task = self._loop.create_task(self._look_on())
        return follower

    def leave(self, follower: LiveFollower) -> None:
        """Look for somebody no longer."""
        self._followers.discard(follower)
        for line, watch in [*self._watches.items()]:
            watch.followers = {each for each in watch.followers if each[0] is not follower}
            if not watch.followers:
                del self._watches[line]

    @property
    def samples(self) -> list[dict[str, Any]]:
        """What the overview was like within the last hour, while somebody looked."""
        return [*self._samples]

    def look_now(self) -> None:
        """Something was done: whoever looks need not wait to see it."""
        self._hurry.set()

    def close(self) -> None:
        """Tell everybody that there will be no more. Any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        for follower in [*self._followers]:
            self.leave(follower)
            follower.end()

    async def _look_on(self) -> None:
        try:
            while self._watches:
                self._hurry.clear()
                # One after the other, so that no more than one thread computes beside those of people who talk.
                for watch in [*self._watches.values()]:
                    if watch.look is None or watch.look.done():
                        watch.look = asyncio.ensure_future(self._look_at(watch))
                    await asyncio.wait({watch.look}, timeout=LONGEST_LOOK_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._hurry.wait()
        finally:
            self._task = None

    async def _look_at(self, watch: _Watch) -> None:
        try:
            answer = await self._look(watch.line)
        except NotLetIn:  # the service is closing
            self._end()
            return
        said = json.dumps(answer.said, separators=(",", ":"))
        if watch.is_overview and answer.came_of_it == "done":
            self._sample(answer.said["result"])
        if said != watch.said:
            watch.said = said
            for follower, of in watch.followers:
                follower.put(of, said)

    def _sample(self, overview: dict[str, Any]) -> None:
        if not self._samples or overview["at"] - self._samples[-1]["at"] >= SAMPLE_SECONDS:
            self._samples.append({name: overview[name] for name in _SAMPLED})
