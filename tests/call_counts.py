"""Counts the Python functions that the server calls for one message of a conversation, from socket to socket.

Run as a program it prints them, one thread after the other: `python tests/call_counts.py [memory]`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from app_lab import PATIENCE_SECONDS, AppLab
from websockets.sync.client import ClientConnection, connect

import parleyrun.testing
from parleyrun import World
from parleyrun.runner.habits import TIMES_BELIEVED
from parleyrun.runner.timers import Clock
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import Store
from parleyrun.store.sqlite.sqlite_store import SqliteStore

TESTS = str(Path(__file__).parent)
CLOCK_OF_TESTS = str(Path(parleyrun.testing.__file__).parent)
OF_THE_WEB_SERVER = ("/uvicorn/", "/websockets/", "/starlette/", "/asyncio/")


class Menu(World):
    def parley(self) -> Any:
        act = self.agents[0].act()
        return None if act is None else act["text"]


class Chat(World):
    """What one says, the other is shown."""

    MAX_AGENTS = 2

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        for agent in self.agents:
            agent.observe({"text": "you are two"})

    def parley(self) -> None:
        for agent, partner in (self.agents, self.agents[::-1]):
            act = agent.act()
            if act is not None:
                partner.observe(act)

    def episode_done(self) -> bool:
        return False


CONFIG = {
    "task_name": "calls",
    "world_module": "worlds",
    "overworld": "Menu",
    "tasks": {"chat": {"task_world": "Chat", "agents_required": 2}},
    "limits": {"messages_per_second": 10_000},
}


class Calls:
    """What was called, by thread, while `active`. It sees the threads that are started while it is installed."""

    def __init__(self) -> None:
        self.active = False
        self.made: list[tuple[str, CodeType]] = []

    @contextmanager
    def installed(self) -> Iterator[None]:
        threading.setprofile(self._profile)
        try:
            yield
        finally:
            threading.setprofile(None)

    def _profile(self, frame: FrameType, event: str, arg: object) -> None:
        if self.active and event == "call":
            self.made.append((threading.current_thread().name, frame.f_code))

    def of(self, work: Callable[[], None], settle: Callable[[], None]) -> Counter[tuple[str, CodeType]]:
        """Return what the service's threads call for this, without what it takes to see that they have settled."""
        with_settling = self._during(work, settle)
        with_settling.subtract(self._during(settle))
        return +with_settling

    def _during(self, *work: Callable[[], None]) -> Counter[tuple[str, CodeType]]:
        self.made = []
        self.active = True
        for each in work:
            each()
        self.active = False
        return Counter(call for call in self.made if call[0].startswith("parleyrun"))


def is_served(code: CodeType) -> bool:
    """True but for the author's world and the clock of tests: the real one is no function of Python's."""
    return not code.co_filename.startswith((TESTS, CLOCK_OF_TESTS))


def is_own(code: CodeType) -> bool:
    """True for what the package calls itself, without what the web server's packages call among each other."""
    return is_served(code) and not any(name in code.co_filename for name in OF_THE_WEB_SERVER)


def count_calls(make_store: Callable[[Clock], Store], messages: int = 15) -> list[Counter[tuple[str, CodeType]]]:
    """Return what is called for each of some messages of two people who know each other well by then."""
    calls = Calls()
    worlds = SimpleNamespace(Menu=Menu, Chat=Chat)
    with calls.installed(), AppLab(CONFIG, worlds, make_store=make_store) as lab:
        url = lab.url.replace("http", "ws") + "/websocket"
        with connect(url, compression=None) as ann, connect(url, compression=None) as bob:
            for person in (ann, bob):
                person.send(json.dumps({"text": "hi"}))
                person.send(json.dumps({"text": "chat"}))
            for person in (ann, bob):
                assert "you are two" in str(person.recv(PATIENCE_SECONDS))

            def relay(speaker: ClientConnection, listener: ClientConnection) -> None:
                speaker.send('{"text": "hello"}')
                assert "hello" in str(listener.recv(PATIENCE_SECONDS))

            for _ in range(TIMES_BELIEVED):
                relay(ann, bob)
                relay(bob, ann)
            lab.settle()
            return [calls.of(lambda: relay(ann, bob), lab.settle) for _ in range(messages)]


def total(calls: Counter[tuple[str, CodeType]]) -> int:
    """Return how many calls there are in all: the package's, the standard library's and the web server's."""
    return sum(count for (_, code), count in calls.items() if is_served(code))


def total_own(calls: Counter[tuple[str, CodeType]]) -> int:
    """Return how many calls there are without those that the web server's packages make."""
    return sum(count for (_, code), count in calls.items() if is_own(code))


def describe(calls: Counter[tuple[str, CodeType]]) -> str:
    """Return the calls by thread and function, most frequent first."""
    return "\n".join(
        f"{count:3} {thread:20} {'/'.join(Path(code.co_filename).parts[-2:])} {code.co_qualname}"
        for (thread, code), count in sorted(calls.items(), key=lambda item: (item[0][0], -item[1]))
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        durable = "memory" not in sys.argv
        counted = count_calls(
            (lambda clock: SqliteStore(Path(folder) / "calls.db", clock)) if durable else MemoryStore
        )
        counted.sort(key=total)
        middle = counted[len(counted) // 2]
        print(describe(middle))
        print(f"{total(middle)} calls; {total_own(middle)} without those of the web server's packages")
        print("message by message:", [total(calls) for calls in counted])
