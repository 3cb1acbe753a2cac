"""Attackers: strangers who do, all at once and again and again, what tests/attacks does one after the other.

python -m soak.attackers ADDRESS SECONDS      # prints how often each of them did it, as JSON

It is a process of its own, and a polite one: what is to be seen is what they cost the server, not what their own
work takes from whoever measures on the same processors.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import cycle

from strangers import AMBIGUOUS, answers, greeted, say, unfinished_frame
from websockets.exceptions import ConnectionClosed, InvalidHandshake

ELSEWHERE = {"X-Forwarded-For": "192.0.2.66"}
"""They come through the proxy, from one address: who comes from this machine itself is not limited by it."""
WHO_HOLD = 40
SESSIONS = 260
NICE = 10

Attack = Callable[[str], Iterator[float]]
"""Attacks an address for as long as it is asked to go on; yields after each deed how many seconds to pause."""


def payloads(address: str) -> Iterator[float]:
    """Send payloads, and come back whenever thrown out."""
    websocket, _ = greeted(address, headers=ELSEWHERE)
    with websocket:
        for number in range(1000):
            websocket.send(say(f"p{number}", "look", payload={"type": "image", "data": "A" * 350_000}))
            yield 0.05


def history(address: str) -> Iterator[float]:
    """Say much, then ask for all of it again and again; every other time read nothing of it."""
    websocket, token = greeted(address, headers=ELSEWHERE)
    with websocket:
        for number in range(20):
            websocket.send(say(f"h{number}", "A" * 5_000))
            yield 0.1
    for number in range(1000):
        websocket, _ = greeted(address, token, headers=ELSEWHERE)
        with websocket:
            if number % 2:
                websocket.recv(timeout=20)
            yield 0.1


def unfinished_frames(address: str) -> Iterator[float]:
    """Hold many connections with a frame each that wants its last byte."""
    with ExitStack() as held:
        for _ in range(WHO_HOLD):
            websocket, _ = greeted(address, headers=ELSEWHERE)
            held.callback(websocket.close)
            with suppress(OSError):
                websocket.socket.sendall(unfinished_frame())
            yield 0.05
        yield 1.0


def guesses(address: str) -> Iterator[float]:
    """Guess the password, twice a connection."""
    websocket, _ = greeted(address, headers=ELSEWHERE)
    with websocket:
        for number in range(2):
            websocket.send(say(f"g{number}", f"guess {number}"))
            yield 0.02


def sessions(address: str) -> Iterator[float]:
    """Open more sessions than one address may have, and hold them."""
    with ExitStack() as held:
        for number in range(SESSIONS):
            with suppress(ConnectionClosed, AssertionError):  # those beyond the limit are sent away
                websocket, _ = greeted(address, headers=ELSEWHERE)
                held.callback(websocket.close)
                websocket.send(say("hi", f"hi {number}"))
            yield 0.03


def smuggling(address: str) -> Iterator[float]:
    """Send requests that can be read in two ways."""
    host, _, port = address.rpartition(":")
    for request in AMBIGUOUS.values():
        assert answers((host, int(port)), request).count(b"HTTP/1.1 ") <= 1
        yield 0.05


def slow_requests(address: str) -> Iterator[float]:
    """Hold many connections whose requests come byte by byte, and never wholly."""
    host, _, port = address.rpartition(":")
    with ExitStack() as held:
        connections = [
            held.enter_context(socket.create_connection((host, int(port)), timeout=20)) for _ in range(WHO_HOLD)
        ]
        for connection, byte in zip(cycle(connections), b"GET / HTTP/1.1\r\nX: " + b"A" * 1000, strict=False):
            connection.send(bytes([byte]))
            yield 0.02


ATTACKS: tuple[Attack, ...] = (
    payloads,
    history,
    unfinished_frames,
    guesses,
    sessions,
    smuggling,
    slow_requests,
)


def keep_on(attack: Attack, address: str, over: threading.Event, done: dict[str, int]) -> None:
    """Attack again and again until it is over; being thrown out is what attackers expect."""
    while not over.is_set():
        with suppress(OSError, TimeoutError, ConnectionClosed, InvalidHandshake, AssertionError):
            for pause_seconds in attack(address):
                done[attack.__name__] += 1
                if over.wait(pause_seconds):
                    break
        over.wait(0.05)


def main(address: str, seconds: float) -> None:
    os.nice(NICE)
    logging.disable()  # the client's own complaints about answers to half a frame
    over = threading.Event()
    done = {attack.__name__: 0 for attack in ATTACKS}
    threads = [threading.Thread(target=keep_on, args=(attack, address, over, done)) for attack in ATTACKS]
    for thread in threads:
        thread.start()
    print("begun", flush=True)
    time.sleep(seconds)
    over.set()
    for thread in threads:
        thread.join()
    print(json.dumps(done))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
