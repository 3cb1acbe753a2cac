"""One timer for all sockets: each is looked at in its turn, as long as there are any."""

from __future__ import annotations

import asyncio
import logging

from parleyrun.web.heartbeats import PARTS, Heartbeats


class Peer:
    def __init__(self, fails=False):
        self.beats = 0
        self.fails = fails

    def beat(self):
        self.beats += 1
        if self.fails:
            raise RuntimeError("no line")


def test_each_socket_is_looked_at_once_a_round():
    async def rounds():
        heartbeats = Heartbeats(0.0)
        peers = [Peer() for _ in range(PARTS * 3)]
        for peer in peers:
            heartbeats.begin(peer)
        while peers[0].beats < 4:
            await asyncio.sleep(0)
        for peer in peers:
            heartbeats.end(peer)
        return [peer.beats for peer in peers]

    beats = asyncio.run(rounds())
    assert max(beats) - min(beats) <= 1


def test_one_that_fails_keeps_nobody_from_being_looked_at(caplog):
    async def rounds():
        heartbeats = Heartbeats(0.0)
        peers = [Peer(fails=True), *(Peer() for _ in range(PARTS))]
        for peer in peers:
            heartbeats.begin(peer)
        while min(peer.beats for peer in peers) < 2:
            await asyncio.sleep(0)

    with caplog.at_level(logging.ERROR):
        asyncio.run(rounds())
    assert "a socket could not be looked at" in caplog.text


def test_one_that_is_closed_is_looked_at_no_more_and_with_nobody_left_there_is_no_timer():
    async def rounds():
        heartbeats = Heartbeats(0.0)
        gone, there = Peer(), Peer()
        heartbeats.begin(gone)
        heartbeats.begin(there)
        heartbeats.end(gone)
        heartbeats.end(gone)
        while there.beats < 3:
            await asyncio.sleep(0)
        heartbeats.end(there)
        for _ in range(3 * PARTS):
            await asyncio.sleep(0)
        beats = there.beats
        waits = heartbeats._next
        heartbeats.begin(there)
        while there.beats == beats:
            await asyncio.sleep(0)
        return gone.beats, waits

    assert asyncio.run(rounds()) == (0, None)
