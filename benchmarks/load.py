"""The load generator: a process of its own, so that it shares neither interpreter nor event loop with the server.

Reads one JSON command a line on standard input (`{"do": NAME, …}`), answers each with one JSON line on standard
output, and ends with its input. Started by `processes.py`. Every answer says under `generator_cpu` which share
of one core the generator took meanwhile: near 1 it was itself what limited the speed.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop
from client import Guest, Person
from crowd import AT_ONCE, PATIENCE_SECONDS, come_and_go, connect, gather, in_turn, pairs_of
from figures import percentile
from pairing import Pairing, arrivals, rush
from participants import take_part
from returning import come_back, visit
from slow_graph import SlowGraph
from talk import echo, first_words, relay, say_once, talk
from webhook import Page, post_all

Answer = dict[str, Any]


class Generator:
    """Holds the crowds by name, and carries out commands on them."""

    def __init__(self) -> None:
        self._crowds: dict[str, list[Person]] = {}
        self._guests: dict[str, list[Guest]] = {}
        self._pages: dict[str, Page] = {}
        self._graph: SlowGraph | None = None

    async def gather(self, crowd: str, port: int, count: int, task: str | None) -> Answer:
        """Bring people into a task of `parleyrun serve`, or to its menu."""
        self._crowds[crowd] = await gather(port, count, task)
        return {}

    async def come_and_go(self, port: int, count: int) -> Answer:
        """Have so many people come to `parleyrun serve`, talk for a moment, and go for good."""
        await come_and_go(port, count)
        return {}

    async def connect(self, crowd: str, port: int, count: int) -> Answer:
        """Connect people to the bare echo server."""
        self._crowds[crowd] = await connect(port, count)
        return {}

    async def choose(self, crowd: str, task: str) -> Answer:
        """Send people who stand at the menu into a task."""
        people = self._crowds[crowd]

        async def one(number: int) -> None:
            people[number].say(task)
            await people[number].hear()

        await in_turn(len(people), AT_ONCE, one)
        return {}

    async def echo(self, crowd: str, each_per_second: float, seconds: float) -> Answer:
        """Time echoes; milliseconds."""
        found = await echo(self._crowds[crowd], each_per_second, seconds)
        return {
            "median": percentile(found.milliseconds, 50),
            "p95": percentile(found.milliseconds, 95),
            "p99": percentile(found.milliseconds, 99),
            "unanswered": found.sent - len(found.milliseconds),
            "strays": found.strays,
            "gone": found.gone,
        }

    async def talk(self, crowd: str, seconds: float, with_each_other: bool, messages: int | None = None) -> Answer:
        """Let pairs talk as fast as they can, for that long or until each pair has said so many messages."""
        found = await talk(self._crowds[crowd], seconds, with_each_other=with_each_other, messages=messages)
        return {
            "delivered": found.delivered,
            "lost": found.lost,
            "wrong": found.wrong,
            "per_second": found.delivered / found.seconds,
        }

    async def relay(self, crowd: str, each_per_second: float, seconds: float) -> Answer:
        """Time lines from person to person; `heard` has the pair, when it was said, and milliseconds, of each."""
        found = await relay(self._crowds[crowd], each_per_second, seconds)
        return {
            "heard": [(line.pair, line.said_at, line.milliseconds) for line in found.heard],
            "lost": found.sent - len(found.heard),
            "wrong": found.wrong,
        }

    async def arrivals(self, crowd: str, port: int, task: str, count: int, per_second: float) -> Answer:
        """Let people arrive one by one and be paired."""
        return self._paired(crowd, await arrivals(port, task, count, per_second))

    async def rush(self, crowd: str, task: str) -> Answer:
        """Have a crowd at the menu choose a task all at once."""
        return self._paired(crowd, await rush(self._crowds[crowd], task))

    async def say_once(self, crowd: str, to_partner: bool) -> Answer:
        """Have everybody say a line; `heard` is how many lines arrived, `seconds` how long that took."""
        people = self._crowds[crowd]
        partner = {person: person for person in people}
        if to_partner:
            for left, right in pairs_of(people):
                partner[left], partner[right] = right, left
        began = time.perf_counter()
        heard = await say_once(people, partner.__getitem__)
        return {"heard": heard, "seconds": time.perf_counter() - began}

    async def first_words(self, port: int, task: str, count: int) -> Answer:
        """Have one person ask a model when its first word is sent; milliseconds until it is here."""
        found = await first_words(port, task, count)
        return {"median": percentile(found, 50), "p95": percentile(found, 95)}

    async def visit(self, crowd: str, port: int, count: int, task: str) -> Answer:
        """Bring people who can come back into a one-person task, and have each say a line that is answered."""
        self._guests[crowd] = await visit(port, count, task)
        return {}

    async def come_back(self, crowd: str, port: int) -> Answer:
        """Bring people back who lost their connection; `first_at` is when the first one was answered."""
        found = await come_back(self._guests[crowd], port)
        return {"first_at": found.first_at, "last_at": found.last_at, "wrong": found.wrong}

    async def take_part(self, port: int, people: int, per_second: float) -> Answer:
        """Have people of a panel take part in a study, from their link to their code; milliseconds."""
        found = await take_part(port, people, per_second)
        return {
            **{
                f"{name}_{label}": percentile(values, percent)
                for name, values in (("form", found.forms), ("line", found.lines), ("relayed", found.relayed))
                for label, percent in (("median", 50), ("p95", 95), ("p99", 99))
            },
            "forms": len(found.forms),
            "lines": len(found.lines),
            "codes": found.codes,
            "lost": found.lost,
            "unfinished": found.unfinished,
        }

    async def intrude(self, crowd: str, port: int, count: int, per_second: float, kind: str) -> Answer:
        """Open connections that never speak, at that rate.

        `kind` is `plain` or `v1` (a websocket of that protocol, without a first message), or `tcp` (not even
        an HTTP request). Returns at once how many the server turned away.
        """
        people = [Person() for _ in range(count)]
        self._crowds[crowd] = people
        refused = 0

        async def one(person: Person) -> None:
            nonlocal refused
            try:
                if kind == "tcp":
                    await asyncio.get_running_loop().create_connection(lambda: person, "127.0.0.1", port)
                else:
                    await person.open(port, "parleyrun.v1" if kind == "v1" else None)
            except ConnectionError:
                refused += 1

        loop = asyncio.get_running_loop()
        start = loop.time()
        async with asyncio.timeout(count / per_second + PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            for number, person in enumerate(people):
                await asyncio.sleep(start + number / per_second - loop.time())
                group.create_task(one(person))
        return {"refused": refused}

    async def still_there(self, crowd: str) -> Answer:
        """Say how many of a crowd the server has not hung up on."""
        return {"there": sum(person.closed is None for person in self._crowds[crowd])}

    async def open_page(self, page_id: str, secret: str, people: int) -> Answer:
        """Be Meta for a page, on which so many people write in turn."""
        self._pages[page_id] = Page(page_id, secret, people)
        return {}

    async def post(
        self, page_id: str, port: int, posts: int, events: int, connections: int, per_second: float | None = None
    ) -> Answer:
        """Post to the page's webhook, as fast as it answers or so many posts a second; milliseconds."""
        found = await post_all(
            port,
            self._pages[page_id],
            posts=posts,
            events=events,
            connections=connections,
            per_second=per_second,
        )
        return {
            "median": percentile(found.milliseconds, 50),
            "p99": percentile(found.milliseconds, 99),
            "refused": found.refused,
            "per_second": found.accepted / found.seconds,
        }

    async def open_graph(self, page_id: str, secret: str, answer_seconds: float) -> Answer:
        """Be the Graph API, too, which takes so long for each answer."""
        self._graph = SlowGraph(page_id, secret, answer_seconds)
        return {"port": await self._graph.open()}

    async def start_out(self, port: int, people: int) -> Answer:
        """Have people press Get Started, and wait until each was greeted."""
        await self._out.start(port, people)
        return {}

    async def count_out(self, each: int) -> Answer:
        """Have everybody ask for so many lines, all at the same moment."""
        found = await self._out.count(each)
        return {"per_second": found.per_second, "wrong": found.wrong}

    async def chat_out(self, seconds: float, hanging: int) -> Answer:
        """Time everybody's answers, but for those of the first ones, whose sends hang; milliseconds."""
        found = await self._out.chat(seconds, hanging)
        return {
            "median": percentile(found.milliseconds, 50),
            "p99": percentile(found.milliseconds, 99),
            "worst": percentile(found.milliseconds, 100),
            "missing": found.missing,
            "hung": found.hung,
        }

    @property
    def _out(self) -> SlowGraph:
        assert self._graph is not None, "expected open_graph before it is used"
        return self._graph

    async def idle(self, seconds: float) -> Answer:
        """Let time pass: pings are answered, and nothing else happens."""
        await asyncio.sleep(seconds)
        return {}

    async def both(self, first: Answer, second: Answer) -> Answer:
        """Carry out two commands at the same time."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.carry_out(command)) for command in (first, second)]
        return {"first": tasks[0].result(), "second": tasks[1].result()}

    async def carry_out(self, command: Answer) -> Answer:
        work: Callable[..., Awaitable[Answer]] = getattr(self, command.pop("do"))
        return await work(**command)

    def _paired(self, crowd: str, found: Pairing) -> Answer:
        self._crowds[crowd] = found.people
        return {
            "pairs": len(found.outside),
            "inside_median": percentile(found.inside, 50),
            "inside_p95": percentile(found.inside, 95),
            "outside_median": percentile(found.outside, 50),
            "outside_p95": percentile(found.outside, 95),
        }


async def serve() -> None:
    """Carry out commands, one after the other, until the input ends."""
    generator = Generator()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        cpu, clock = time.process_time(), time.perf_counter()
        try:
            answer = await generator.carry_out(json.loads(line))
        except Exception as error:
            errors = error.exceptions if isinstance(error, ExceptionGroup) else [error]
            answer = {"error": f"{type(errors[0]).__name__}: {errors[0]} (and {len(errors) - 1} more)"}
        answer["generator_cpu"] = (time.process_time() - cpu) / max(1e-9, time.perf_counter() - clock)
        print(json.dumps(answer), flush=True)


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # The generator lives for a minute: a collection in the middle would show up as somebody's slow echo.
    gc.disable()
    uvloop.run(serve())


if __name__ == "__main__":
    main()
