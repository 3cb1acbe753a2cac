"""Many people on many threads: no word may be lost between a mailbox, a run and a slot."""

import threading
from queue import SimpleQueue
from types import SimpleNamespace

import pytest
from small_worlds import Chat, Menu

from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.runner.timers import ThreadTimers
from parleyrun.signals import Ended
from parleyrun.testing import VirtualTimers

PATIENCE_SECONDS = 60.0
"""Only a lost word makes a test wait that long."""


class Numbers(Chat):
    """Hands numbers on, and is over when the last one has been handed on."""

    last = 0

    def hear(self, agent, act):
        super().hear(agent, act)
        self.done = self.done or act["text"] == str(self.last)


class Looping(Numbers):
    """The same in the style that asks again and again inside `parley()`."""

    def parley(self):
        acts = [None, None]
        while not any(acts):
            acts = [agent.act() for agent in self.agents]
        for agent, act in zip(self.agents, acts, strict=True):
            if act is not None:
                self.hear(agent, act)


class InTurns(Numbers):
    """The same, waiting for one person after the other, with a deadline that nobody needs."""

    def parley(self):
        for agent in self.agents:
            if not self.done:
                self.hear(agent, agent.act(timeout=3600))


class ClosedLoop(MemoryChannel):
    """People who answer each number with the next one; `drivers` threads speak for them all."""

    def __init__(self, pairs, drivers=4):
        super().__init__()
        self._heard = SimpleQueue()
        self._left = 2 * pairs
        self._lock = threading.Lock()
        self.all_done = threading.Event()
        self._drivers = [threading.Thread(target=self._drive) for _ in range(drivers)]
        for driver in self._drivers:
            driver.start()

    def send(self, delivery):
        super().send(delivery)
        self._heard.put(delivery)

    def signal(self, participant_id, signal):
        super().signal(participant_id, signal)
        if isinstance(signal, Ended):
            with self._lock:
                self._left -= 1
                if not self._left:
                    self.all_done.set()

    def stop(self):
        for _ in self._drivers:
            self._heard.put(None)
        for driver in self._drivers:
            driver.join()

    def _drive(self):
        while (delivery := self._heard.get()) is not None:
            name, text = delivery.participant_id.partition(":")[2], delivery.message.text
            if text.isdecimal() and int(text) < Numbers.last:
                self.say(name, str(int(text) + 1))
            elif text == "welcome back":
                self.say(name, "EXIT")


@pytest.fixture(params=["a clock that stands still", "the clock of this machine"])
def timers(request):
    """With a clock that stands still no tick comes to the rescue of a wake-up that was lost."""
    if request.param == "a clock that stands still":
        yield VirtualTimers()
        return
    timers = ThreadTimers()
    timers.start()
    yield timers
    timers.close()


@pytest.mark.parametrize("world", [Numbers, Looping, InTurns])
@pytest.mark.parametrize("max_workers", [1, 8])
@pytest.mark.parametrize("pairs", [20, pytest.param(100, marks=pytest.mark.thorough)])
def test_pairs_in_a_closed_loop_lose_nothing(monkeypatch, timers, world, max_workers, pairs):
    messages = 50 if world is Numbers else 10
    monkeypatch.setattr(Numbers, "last", messages)
    values = {
        "world_module": "worlds",
        "overworld": "Menu",
        "max_workers": max_workers,
        "tasks": {"chat": {"task_world": "World", "agents_required": 2}},
    }
    plan = plan_of(values, SimpleNamespace(Menu=Menu, World=world))
    channel = ClosedLoop(pairs)
    app = App(plan, store=":memory:", channels=[channel], timers=timers)
    app.start()
    service = app.service
    try:
        for number in range(2 * pairs):
            channel.say(f"p{number}", "hi")
            channel.say(f"p{number}", "chat")
        assert service.wait_quiet(PATIENCE_SECONDS)
        names = [f"p{number}" for number in range(2 * pairs)]
        first = [name for name in names if service.place_of(channel.id_of(name)).role == "Person 1"]
        assert len(first) == pairs
        for name in first:
            channel.say(name, "1")
        assert channel.all_done.wait(PATIENCE_SECONDS), service.counts()
        for name in names:
            texts = [line.message.text for line in channel.lines(name)]
            heard = range(2 if name in first else 1, messages + 1, 2)
            assert texts == [*map(str, heard), "welcome back", "Goodbye, and thank you for coming!"]
    finally:
        assert app.close(grace_seconds=0) == []
        channel.stop()
