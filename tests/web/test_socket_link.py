"""The sending half of a socket, by itself: what waits, what goes out, what becomes of slow readers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from parleyrun.web.chat_socket import SocketLink
from parleyrun.web.kept_bytes import KeptBytes
from parleyrun.web.outgoing import Outgoing


class Reader:
    """Who reads what a link sends, at a pace of their own."""

    def __init__(self):
        self.got, self.hung_up = [], 0
        self.reads = asyncio.Event()
        self.reads.set()
        self.slow = KeptBytes(10_000, "slow")
        outgoing = Outgoing()
        outgoing.attach(asyncio.get_running_loop())
        self.link = SocketLink(self._take, outgoing, self._hang_up, self.slow)

    async def _take(self, frame):
        await self.reads.wait()
        self.got.append(frame.get("text") or (frame["code"], frame["reason"]))

    def _hang_up(self):
        self.hung_up += 1


def with_reader(check: Callable[[Reader], Awaitable[None]]) -> None:
    async def run() -> None:
        await check(Reader())

    asyncio.run(asyncio.wait_for(run(), 20))


async def pause() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_whoever_waits_until_all_is_sent_goes_on_once_it_is():
    async def check(reader):
        reader.reads.clear()
        await reader.link.drained()  # nothing waits
        for text in ("one", "two"):
            reader.link.send(text)
        waiting = asyncio.create_task(reader.link.drained())
        await pause()
        assert (waiting.done(), reader.link.is_behind) == (False, True)
        reader.reads.set()
        await waiting
        assert (reader.got, reader.link.is_behind) == (["one", "two"], False)

    with_reader(check)


def test_whoever_waits_goes_on_too_where_the_socket_is_closed_or_given_up():
    async def check(reader):
        for end in ("gone", "give_up"):
            other = Reader()
            other.reads.clear()
            other.link.send("never read")
            waiting = asyncio.create_task(other.link.drained())
            await pause()
            getattr(other.link, end)()
            getattr(other.link, end)()
            await waiting
            assert other.hung_up == (end == "give_up")
            other.link.send("too late")
            other.link.drop()
            await other.link.drained()
            assert (other.got, other.hung_up) == ([], int(end == "give_up"))

    with_reader(check)


def test_a_waiter_who_has_gone_is_not_waked():
    async def check(reader):
        reader.reads.clear()
        reader.link.send("one")
        waiting = asyncio.create_task(reader.link.drained())
        await pause()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        reader.reads.set()
        await pause()
        await reader.link.drained()
        assert reader.got == ["one"]

    with_reader(check)


def test_of_all_slow_readers_the_one_for_whom_most_waits_is_given_up():
    async def check(reader):
        reader.reads.clear()
        reader.link.send("x" * 6_000)
        await pause()
        assert reader.hung_up == 0
        reader.link.send("y" * 6_000)
        await pause()
        assert (reader.hung_up, reader.link.hung_up, reader.slow.given_up) == (1, True, 1)

    with_reader(check)


def test_what_is_said_last_goes_out_before_the_end_and_nothing_after_it():
    async def check(reader):
        reader.link.send("bye")
        reader.link.close(1000, "over")
        reader.link.close(1001, "again")
        reader.link.send("after it")
        await pause()
        assert reader.got == ["bye", (1000, "over")]

    with_reader(check)
