"""A browser channel without sockets: links that keep what they are told, and a service that notes everything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from parleyrun.channels.browser.browser_channel import BrowserChannel
from parleyrun.channels.browser.open_sockets import OpenSockets
from parleyrun.channels.browser.page_style import PageStyle
from parleyrun.channels.browser.peer import Peer
from parleyrun.config.schema import Limits
from parleyrun.config.texts import Texts
from parleyrun.core.message import FrozenDict, Message
from parleyrun.events import Delivery, Event, Inbound, Receipt, RefusalReason, Then
from parleyrun.signals import LineReactions, Place
from parleyrun.study.arrivals import ArrivalReader


class FakeLink:
    """A socket that takes everything. `frames` is what was sent, `closed` the close code once it is closed.

    What is only worth sending while it is the newest waits for `has_time()`.
    """

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.closed: int | None = None
        self.dropped = False
        self.newest: dict[str, Callable[[], str]] = {}

    def send(self, text: str) -> None:
        if self.closed is None:
            self.frames.append(json.loads(text))

    def send_newest(self, name: str, frame: Callable[[], str]) -> None:
        self.newest[name] = frame

    def withhold(self, name: str) -> None:
        self.newest.pop(name, None)

    def has_time(self) -> None:
        waiting, self.newest = self.newest, {}
        for frame in waiting.values():
            self.send(frame())

    def close(self, code: int, reason: str) -> None:
        if self.closed is None:
            self.closed = code

    def drop(self) -> None:
        self.dropped = True

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def seqs(self) -> list[int]:
        return [frame["seq"] for frame in self.of_type("message")]


class FakeService:
    """What stands behind the channel: it notes events, and keeps logs as a store does."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.logs: dict[str, list[Delivery]] = {}
        self.first_seqs: dict[tuple[str, str], int] = {}
        self.refused: RefusalReason | None = None
        self.key = b"k" * 32
        self.reactions: list[LineReactions] = []

    def deliver(self, event: Event, then: Then | None = None) -> None:
        self.events.append(event)
        if isinstance(event, Inbound) and then is not None:
            then(self._receipt(event))

    def _receipt(self, inbound: Inbound) -> Receipt:
        if self.refused is not None:
            return Receipt(refused=self.refused)
        known = self.first_seqs.get((inbound.participant_id, inbound.message_id))
        if known is not None:
            return Receipt(known, duplicate=True)
        line = self.record(inbound.participant_id, inbound.text, mine=True, message_id=inbound.message_id)
        self.first_seqs[inbound.participant_id, inbound.message_id] = line.seq
        return Receipt(line.seq)

    def record(
        self, participant_id: str, text: str, *, mine: bool = False, message_id: str | None = None
    ) -> Delivery:
        log = self.logs.setdefault(participant_id, [])
        message = Message(text, id="" if mine else "Bob")
        log.append(Delivery(participant_id, len(log) + 1, message, mine=mine, message_id=message_id))
        return log[-1]

    def lines_after(self, participant_id: str, seq: int, at_most: int | None = None) -> list[Delivery]:
        return [line for line in self.logs.get(participant_id, ()) if line.seq > seq][:at_most]

    def shown_line(self, participant_id: str, line: str) -> Delivery | None:
        return next((one for one in self.logs[participant_id] if line == f"it#{one.seq}"), None)

    def reactions_to(self, participant_id: str) -> list[LineReactions]:
        return self.reactions

    def newest_line(self, participant_id: str) -> int:
        return len(self.logs.get(participant_id, ()))

    def secret(self, name: str) -> bytes:
        assert name == "browser"
        return self.key

    def place_of(self, participant_id: str) -> Place | None:
        return None

    def of_type(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


class Lab:
    """A browser channel with that service behind it, on a clock that stands still, open or not."""

    def __init__(
        self,
        limits: Limits | None = None,
        texts: Texts | None = None,
        arrivals: ArrivalReader | None = None,
        style: PageStyle | None = None,
        opened: bool = True,
    ) -> None:
        self.service = FakeService()
        self.seconds = 0.0
        self.channel = BrowserChannel(
            texts=texts or Texts(),
            style=style or PageStyle("A study"),
            sockets=OpenSockets(limits or Limits(), None),
            arrivals=arrivals,
            now=lambda: 1_000.0 + self.seconds,
            monotonic=lambda: self.seconds,
        )
        if opened:
            self.channel.start(self.service.deliver, self.service)

    def plain(self, parameters: Mapping[str, str] = FrozenDict()) -> tuple[FakeLink, Peer]:
        link = FakeLink()
        return link, self.channel.connect(link, v1=False, parameters=parameters)

    def v1(self) -> tuple[FakeLink, Peer]:
        """Open a connection that has not said anything yet."""
        link = FakeLink()
        return link, self.channel.connect(link, v1=True)

    def visitor(self, token: str | None = None, seq: int = 0, **frame: Any) -> tuple[FakeLink, Peer]:
        """Open a connection and say the session frame."""
        link, peer = self.v1()
        send(peer, "session", token=token, seq=seq, **frame)
        return link, peer

    def says(self, peer: Peer, text: str) -> Delivery:
        """Have the system say something to this person: on record first, then sent."""
        line = self.service.record(peer.participant_id, text)
        self.channel.send(line)
        return line


def send(peer: Peer, kind: str, **frame: Any) -> float:
    seconds = peer.received(json.dumps({"type": kind, **frame}))
    while peer.catch_up():
        pass
    return seconds


def token_of(link: FakeLink) -> str:
    (session,) = link.of_type("session")
    token = session["token"]
    assert isinstance(token, str)
    return token
