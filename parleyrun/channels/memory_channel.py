"""The memory channel: people who are objects of the same program, for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

from ..core.message import FrozenDict
from ..events import (
    Arrived,
    ChannelRecord,
    Deliver,
    DeliveredThrough,
    Delivery,
    Inbound,
    Reacted,
    ReadThrough,
    Receipt,
    TypingChanged,
    Went,
    participant_id,
)
from ..signals import Growing, Signal


class MemoryChannel:
    """Keeps what each person is sent. `on_change` is called, on any thread, after each addition.

    Lines reach a person at once, or when they arrive again if they have gone. How a line grows is not shown.

    `connectionless` is as for every channel: people of such a one are present until they `go`.
    """

    name: str
    connectionless: bool

    def __init__(
        self,
        name: str = "memory",
        on_change: Callable[[], None] | None = None,
        *,
        connectionless: bool = False,
    ) -> None:
        self.name = name
        self.connectionless = connectionless
        self._on_change = on_change
        self._lock = threading.Lock()  # guards _lines, _signals, _gone and _with_forms
        self._lines: dict[str, list[Delivery]] = {}
        self._signals: dict[str, list[Signal]] = {}
        self._gone: set[str] = set()
        self._with_forms: set[str] = set()
        self._message_ids = count(1)
        self._deliver: Deliver | None = None

    def start(self, deliver: Deliver, record: ChannelRecord) -> None:
        self._deliver = deliver

    def close(self) -> None:
        self._deliver = None

    def successor(self) -> MemoryChannel:
        """Return a channel for a service that comes after this one, at which nobody has arrived yet.

        People keep what they were sent.
        """
        heir = MemoryChannel(self.name, self._on_change, connectionless=self.connectionless)
        with self._lock:
            heir._lines = {who: list(lines) for who, lines in self._lines.items()}
            heir._signals = {who: list(signals) for who, signals in self._signals.items()}
            heir._gone = self._gone | set(self._lines)
            heir._with_forms = set(self._with_forms)
        heir._message_ids = self._message_ids
        return heir

    def send(self, delivery: Delivery) -> None:
        with self._lock:
            self._lines.setdefault(delivery.participant_id, []).append(delivery)
            gone = delivery.participant_id in self._gone
        deliver = self._deliver
        if deliver is not None and not gone:
            deliver(DeliveredThrough(delivery.participant_id, delivery.seq))
        if self._on_change is not None:
            self._on_change()

    def signal(self, participant_id: str, signal: Signal) -> None:
        if isinstance(signal, Growing):
            return
        with self._lock:
            self._signals.setdefault(participant_id, []).append(signal)
        if self._on_change is not None:
            self._on_change()

    def lines(self, name: str) -> list[Delivery]:
        """Return what that person was sent so far."""
        with self._lock:
            return list(self._lines.get(self.id_of(name), ()))

    def signals(self, name: str) -> list[Signal]:
        """Return the signals that person was sent so far."""
        with self._lock:
            return list(self._signals.get(self.id_of(name), ()))

    def id_of(self, name: str) -> str:
        return participant_id(self.name, name)

    def say(
        self,
        name: str,
        text: str,
        *,
        payload: FrozenDict | None = None,
        message_id: str | None = None,
        then: Callable[[Receipt], None] | None = None,
        replies_to: int = 0,
    ) -> None:
        """Have a person say something; without a `message_id` of its own it is a new message."""
        if message_id is None:
            message_id = f"m{next(self._message_ids)}"
        self._service()(Inbound(self.id_of(name), message_id, text, payload, replies_to=replies_to), then)

    def react(self, name: str, seq: int, reaction: str, *, on: bool = True) -> None:
        """Have a person react to a line of their log, or take that back."""
        self._service()(Reacted(self.id_of(name), seq, reaction, on))

    def shows_forms(self, participant_id: str) -> bool:
        return participant_id in self._with_forms

    def arrive(
        self, name: str, entry: dict[str, str] | None = None, *, opens: bool = False, forms: bool | None = None
    ) -> None:
        """Have a person's connection be there; with `forms` their screen can show forms as a whole."""
        who = self.id_of(name)
        if forms is not None:
            with self._lock:
                (self._with_forms.add if forms else self._with_forms.discard)(who)
        self._service()(Arrived(who, FrozenDict(entry), opens, forms=self.shows_forms(who)))
        with self._lock:
            self._gone.discard(who)
            lines = self._lines.get(who)
            newest = lines[-1].seq if lines else 0
        if newest:
            self._service()(DeliveredThrough(who, newest))

    def go(self, name: str) -> None:
        with self._lock:
            self._gone.add(self.id_of(name))
        self._service()(Went(self.id_of(name)))

    def type(self, name: str, *, on: bool = True) -> None:
        self._service()(TypingChanged(self.id_of(name), on))

    def read(self, name: str, seq: int) -> None:
        self._service()(ReadThrough(self.id_of(name), seq))

    def _service(self) -> Deliver:
        if self._deliver is None:
            raise RuntimeError("the memory channel is not open")
        return self._deliver
