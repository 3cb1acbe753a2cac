"""What crowds do: send and wait for the echo, or talk in pairs as fast as the answers come."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic, perf_counter

from client import Guest, Person
from crowd import pairs_of

WORDS = "I would say that the second one looks better"
"""What people say, after a number: about as long as a line in a chat."""

LAST_ANSWERS_SECONDS = 10.0
"""How long a message may be on its way before it counts as lost."""


@dataclass(slots=True)
class Echoes:
    """What came back. `strays` are lines that nobody said."""

    milliseconds: list[float] = field(default_factory=list)
    sent: int = 0
    strays: int = 0
    gone: int = 0


async def echo(people: list[Person], each_per_second: float, seconds: float) -> Echoes:
    """Have each person send that often, staggered evenly, and time every echo from write to read."""
    found = Echoes()
    waiting: dict[Person, deque[tuple[str, float]]] = {person: deque() for person in people}
    everything_back = asyncio.Event()
    total = round(len(people) * each_per_second * seconds)

    def heard(person: Person, text: str) -> None:
        now = perf_counter()
        if waiting[person] and waiting[person][0][0] == text:
            found.milliseconds.append((now - waiting[person].popleft()[1]) * 1000)
        else:
            found.strays += 1
        if len(found.milliseconds) == total:
            everything_back.set()

    def send(number: int) -> None:
        person = people[number % len(people)]
        text = f"{number} {WORDS}"
        waiting[person].append((text, perf_counter()))
        found.sent += 1
        person.say(text)

    for person in people:
        person.on_text = partial(heard, person)
    await _send_evenly(total, seconds, send, everything_back)
    for person in people:
        person.on_text = None
        found.gone += person.closed is not None
    return found


@dataclass(slots=True)
class Talk:
    """What the pairs said. `wrong` are lines out of order, altered, or nobody's; `seconds` the time it took."""

    sent: int = 0
    delivered: int = 0
    wrong: int = 0
    seconds: float = 0.0

    @property
    def lost(self) -> int:
        return self.sent - self.delivered


async def talk(
    people: list[Person], seconds: float, *, with_each_other: bool, messages: int | None = None
) -> Talk:
    """Let pairs talk in a closed loop: one message of each pair is on its way at any time.

    They stop after those seconds, or earlier if each pair has said so many `messages`.

    Every message carries its number within the pair, and whoever hears number n says number n + 1, so each one
    is accounted for. Without `with_each_other` (a server that echoes) everybody hears their own words, and the
    other of the pair goes on from there: the same connections carry the same messages at the same pace.
    """
    found = Talk()
    pairs = [_Pair(left, right, found, with_each_other) for left, right in pairs_of(people)]
    start = perf_counter()
    for pair in pairs:
        pair.begin(start + seconds, messages)
    await _wait((pair.over for pair in pairs), seconds + LAST_ANSWERS_SECONDS)
    found.seconds = perf_counter() - start
    for person in people:
        person.on_text = None
        found.wrong += person.unheard
    return found


@dataclass(frozen=True, slots=True)
class Relayed:
    """A line that arrived: of which pair, when it was said (monotonic, in seconds), and how long it took."""

    pair: int
    said_at: float
    milliseconds: float


@dataclass(slots=True)
class Relay:
    """What people heard of each other. `wrong` are lines out of order, altered, or nobody's."""

    heard: list[Relayed] = field(default_factory=list)
    sent: int = 0
    wrong: int = 0


async def relay(people: list[Person], each_per_second: float, seconds: float) -> Relay:
    """Have each person say a line to their partner that often, staggered evenly, and time each on its way."""
    found = Relay()
    partner = {one: other for pair in pairs_of(people) for one, other in (pair, pair[::-1])}
    waiting: dict[Person, deque[tuple[str, float]]] = {person: deque() for person in people}
    everything_there = asyncio.Event()
    total = round(len(people) * each_per_second * seconds)

    def heard(person: Person, text: str) -> None:
        if not waiting[person] or waiting[person][0][0] != text:
            found.wrong += 1
            return
        said_at = waiting[person].popleft()[1]
        found.heard.append(Relayed(person.pair, said_at, (monotonic() - said_at) * 1000))
        if len(found.heard) == total:
            everything_there.set()

    def send(number: int) -> None:
        person = people[number % len(people)]
        text = f"{number} {WORDS}"
        waiting[partner[person]].append((text, monotonic()))
        found.sent += 1
        person.say(text)

    for person in people:
        person.on_text = partial(heard, person)
    await _send_evenly(total, seconds, send, everything_there)
    for person in people:
        person.on_text = None
    return found


async def _send_evenly(
    total: int, seconds: float, send: Callable[[int], None], everything_there: asyncio.Event
) -> None:
    """Call `send` with each number up to that, evenly over that time, and wait for what was sent last."""
    loop = asyncio.get_running_loop()
    start = loop.time() + 0.1
    for number in range(total):
        loop.call_at(start + number * seconds / total, send, number)
    await _wait([everything_there], 0.1 + seconds + LAST_ANSWERS_SECONDS)


class _Pair:
    """Two people and the one message that is on its way between them."""

    __slots__ = (
        "_expected",
        "_found",
        "_last",
        "_listener",
        "_number",
        "_others",
        "_until",
        "_with_each_other",
        "over",
    )

    def __init__(self, left: Person, right: Person, found: Talk, with_each_other: bool) -> None:
        self.over = asyncio.Event()
        self._found = found
        self._with_each_other = with_each_other
        self._others = {left: right, right: left}
        self._listener = right
        self._expected = ""
        self._number = 0
        self._until = 0.0
        self._last: int | None = None

    def begin(self, until: float, last: int | None) -> None:
        self._until = until
        self._last = last
        for person in self._others:
            person.on_text = partial(self._heard, person)
        self._say(next(iter(self._others)))

    def _say(self, speaker: Person) -> None:
        self._number += 1
        self._expected = f"{self._number} {WORDS}"
        self._listener = self._others[speaker] if self._with_each_other else speaker
        self._found.sent += 1
        speaker.say(self._expected)

    def _heard(self, person: Person, text: str) -> None:
        if person is not self._listener or text != self._expected or self.over.is_set():
            self._found.wrong += 1
            return
        self._found.delivered += 1
        if perf_counter() >= self._until or self._number == self._last:
            self.over.set()
        else:
            self._say(person if self._with_each_other else self._others[person])


async def say_once(people: list[Person], hears: Callable[[Person], Person]) -> int:
    """Have everybody say one line, all at once; return how many lines reached the one who is to hear them."""

    async def arrives(number: int, listener: Person) -> bool:
        text = f"{number} {WORDS}"
        try:
            async with asyncio.timeout(2 * LAST_ANSWERS_SECONDS):
                return await listener.hear() == text
        except (ConnectionError, TimeoutError):
            return False

    async with asyncio.TaskGroup() as group:
        listening = [group.create_task(arrives(number, hears(person))) for number, person in enumerate(people)]
        for number, person in enumerate(people):
            person.say(f"{number} {WORDS}")
    return sum(task.result() for task in listening)


async def first_words(port: int, task: str, count: int) -> list[float]:
    """Ask a model so often when it sends its first word; return how many milliseconds later that was here."""
    guest, found = Guest(), []
    await guest.enter(port)
    for expected in ("menu", "ready"):
        line = await guest.hear()
        if line != expected:
            raise RuntimeError(f"expected the line {expected!r}, got {line!r}")
        if line == "menu":
            guest.say(task)
    arrived: list[float] = []

    def growing(text: str) -> None:
        if text and not arrived:
            arrived.append(monotonic())

    guest.on_growing = growing
    for _ in range(count):
        arrived.clear()
        guest.say("when")
        line = await guest.hear()
        if not arrived:
            raise RuntimeError(f"expected words while they come, got only the whole line {line!r}")
        found.append((arrived[0] - float(line.split()[0])) * 1000)
    guest.close()
    return found


async def _wait(events: Iterable[asyncio.Event], seconds: float) -> None:
    """Wait for all of them, but not for ever: what is missing then shows in the counts."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for event in events:
                await event.wait()
