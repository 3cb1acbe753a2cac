"""Peers: one connection of a person each, in one of the two dialects of docs/protocol.md.

What comes in is handled on the socket's own thread, one frame at a time; lines and signals come from any.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Protocol

from ...config.schema import Limits
from ...config.texts import Texts
from ...core.message import FrozenDict
from ...events import (
    Arrived,
    DeliveredThrough,
    Delivery,
    Ended,
    Event,
    Inbound,
    Place,
    Presence,
    ReadMark,
    ReadThrough,
    Receipt,
    Signal,
    Then,
    Typing,
    TypingChanged,
)
from ..token_bucket import TokenBucket
from .frames import (
    BadFrame,
    GotUpTo,
    Hello,
    SawUpTo,
    Say,
    Type,
    encode,
    parse_plain,
    parse_v1,
    plain_line,
    v1_line,
)

BAD_FRAMES_ALLOWED = 10
NOTICE_EVERY_SECONDS = 10.0
LIGHT_FRAME_WEIGHT = 0.25
"""What a typing, delivered or read frame counts against the limit, in messages."""


class Link(Protocol):
    """One open socket. Any thread; neither method blocks or raises; order is kept."""

    def send(self, text: str) -> None: ...

    def close(self, code: int, reason: str) -> None: ...


class Hall(Protocol):
    """What a peer needs of its channel."""

    texts: Texts
    limits: Limits
    title: str
    now: Callable[[], float]
    monotonic: Callable[[], float]

    def deliver(self, event: Event, then: Then | None = None) -> None: ...

    def lines_after(self, participant_id: str, seq: int) -> list[Delivery]: ...

    def new_participant(self) -> str: ...

    def token_of(self, participant_id: str) -> str: ...

    def participant_of(self, token: str | None) -> str | None: ...

    def seat(self, peer: Any) -> None: ...

    def unseat(self, peer: Any) -> None: ...


class Peer(ABC):
    """What both dialects share: limits, and patience with frames that are wrong."""

    __slots__ = ("_bad_frames", "_bucket", "_hall", "_noticed_at", "link", "participant_id")

    def __init__(self, hall: Hall, link: Link) -> None:
        self.link = link
        self.participant_id = ""
        self._hall = hall
        self._bucket = TokenBucket(hall.limits.messages_per_second, hall.monotonic())
        self._bad_frames = 0
        self._noticed_at = -NOTICE_EVERY_SECONDS

    @abstractmethod
    def opened(self) -> None:
        """The socket is open."""

    @abstractmethod
    def send_line(self, delivery: Delivery) -> None:
        """Show a line of this person's log."""

    @abstractmethod
    def send_signal(self, signal: Signal) -> None:
        """Show a signal, if this dialect has a frame for it."""

    @abstractmethod
    def _handle(self, raw: str) -> float: ...

    @abstractmethod
    def _complain(self, code: str, text: str, message_id: str | None = None) -> None: ...

    def received(self, raw: str) -> float:
        """Take a text frame; return how many seconds to wait before the next one is read."""
        try:
            return self._handle(raw)
        except BadFrame as error:
            self._bad_frames += 1
            if self._bad_frames > BAD_FRAMES_ALLOWED:
                self.link.close(1008, "too many bad frames")
            else:
                self._complain("bad_frame", f"{self._hall.texts.bad_message} ({error})")
            return self._slow_down(1.0)

    def received_binary(self) -> None:
        self.link.close(1003, "binary frames are not spoken here")

    patience_seconds: float
    """How long a new connection may stay silent."""

    @abstractmethod
    def idle_too_long(self) -> None:
        """Called once, `patience_seconds` after the socket was opened."""

    def replaced(self) -> None:
        """The same person has a newer connection."""
        self.link.close(4001, "connected elsewhere")

    def disconnected(self) -> None:
        """The socket is gone."""
        self._hall.unseat(self)

    def _say(self, say: Say, message_id: str, then: Callable[[Receipt], None]) -> float:
        limit = self._hall.limits.text_bytes
        # A character takes up to four bytes, so most texts need not be encoded to know that they fit.
        if len(say.text) * 4 > limit and len(say.text.encode()) > limit:
            self._complain("too_long", self._hall.texts.too_long.format(limit=limit), say.message_id)
        else:
            event = Inbound(self.participant_id, message_id, say.text, say.payload, self._hall.now())
            self._hall.deliver(event, then)
        return self._slow_down(1.0)

    def _slow_down(self, weight: float) -> float:
        now = self._hall.monotonic()
        seconds = self._bucket.take(now, weight)
        if seconds > 0 and now - self._noticed_at >= NOTICE_EVERY_SECONDS:
            self._noticed_at = now
            if self._hall.texts.too_fast:
                self._complain("too_fast", self._hall.texts.too_fast)
        return seconds


class PlainPeer(Peer):
    """A script. Every connection is a new participant."""

    __slots__ = ("_message_ids", "_spoke")

    patience_seconds = 60.0

    def __init__(self, hall: Hall, link: Link) -> None:
        super().__init__(hall, link)
        self._message_ids = count(1)
        self._spoke = False

    def opened(self) -> None:
        self.participant_id = self._hall.new_participant()
        self._hall.seat(self)
        self._hall.deliver(Arrived(self.participant_id))

    def idle_too_long(self) -> None:
        if not self._spoke:
            self.link.close(1008, "expected a first message")

    def send_line(self, delivery: Delivery) -> None:
        self.link.send(plain_line(delivery.message))

    def send_signal(self, signal: Signal) -> None:
        """Lines are all that this dialect has."""

    def _handle(self, raw: str) -> float:
        say = parse_plain(raw)
        self._spoke = True
        return self._say(say, str(next(self._message_ids)), self._answered)

    def _answered(self, receipt: Receipt) -> None:
        if receipt.refusal:
            self._complain("refused", receipt.refusal)

    def _complain(self, code: str, text: str, message_id: str | None = None) -> None:
        self.link.send(encode({"text": text, "quick_replies": None}))


class V1Peer(Peer):
    """A chat page, or anything else that speaks `parleyrun.v1`."""

    __slots__ = ("_catching_up", "_lock", "_shown")

    patience_seconds = 10.0

    def __init__(self, hall: Hall, link: Link) -> None:
        super().__init__(hall, link)
        # Guards the two below: what comes while older lines are still being sent must wait for them.
        self._lock = threading.Lock()
        self._catching_up: list[Delivery | Signal] | None = []
        self._shown = 0

    def opened(self) -> None:
        """Nothing yet: the client speaks first."""

    def idle_too_long(self) -> None:
        if not self.participant_id:
            self.link.close(1008, "expected a session frame")

    def replaced(self) -> None:
        self.link.send(encode({"type": "ended", "reason": "elsewhere", "text": ""}))
        super().replaced()

    def send_line(self, delivery: Delivery) -> None:
        with self._lock:
            if self._catching_up is not None:
                self._catching_up.append(delivery)
            elif delivery.seq > self._shown:
                self._shown = delivery.seq
                self.link.send(v1_line(delivery))

    def send_signal(self, signal: Signal) -> None:
        with self._lock:
            if self._catching_up is not None:
                self._catching_up.append(signal)
                return
        self._show_signal(signal)

    def _show_signal(self, signal: Signal) -> None:
        self.link.send(encode(self._signal_frame(signal)))
        if isinstance(signal, Ended):
            self.link.close(1012 if signal.reason == "closing" else 1000, signal.reason)

    def _handle(self, raw: str) -> float:
        frame = parse_v1(raw)
        if isinstance(frame, Hello):
            self._greet(frame)
            return self._slow_down(1.0)
        if not self.participant_id:
            raise BadFrame("expected a session frame first")
        if isinstance(frame, Say):
            assert frame.message_id is not None
            return self._say(frame, frame.message_id, partial(self._acknowledge, frame.message_id))
        if isinstance(frame, Type):
            self._hall.deliver(TypingChanged(self.participant_id, frame.on))
        elif isinstance(frame, GotUpTo):
            self._hall.deliver(DeliveredThrough(self.participant_id, frame.seq))
        elif isinstance(frame, SawUpTo):
            self._hall.deliver(ReadThrough(self.participant_id, frame.seq))
        return self._slow_down(LIGHT_FRAME_WEIGHT)

    def _greet(self, hello: Hello) -> None:
        if self.participant_id:
            raise BadFrame("expected one session frame only")
        known = self._hall.participant_of(hello.token)
        self.participant_id = known or self._hall.new_participant()
        self._hall.seat(self)
        after = hello.seq if known else 0
        # From the line they have, to see that it exists: a log that was forgotten begins anew, at line 1.
        lines = self._hall.lines_after(self.participant_id, max(0, after - 1))
        if after > 0 and not lines:
            known, after = None, 0
            lines = self._hall.lines_after(self.participant_id, 0)
        newest = lines[-1].seq if lines else 0
        self.link.send(
            encode(
                {
                    "type": "session",
                    "token": self._hall.token_of(self.participant_id),
                    "seq": newest,
                    "resumed": known is not None,
                    "title": self._hall.title,
                }
            )
        )
        self._catch_up([line for line in lines if line.seq > after], newest)
        self._hall.deliver(Arrived(self.participant_id, hello.entry or FrozenDict(), opens=True))

    def _catch_up(self, lines: list[Delivery], newest: int) -> None:
        for line in lines:
            self.link.send(v1_line(line))
        with self._lock:
            self._shown = newest
            waiting, self._catching_up = self._catching_up or [], None
            for item in waiting:
                if not isinstance(item, Delivery):
                    self._show_signal(item)
                elif item.seq > self._shown:
                    self._shown = item.seq
                    self.link.send(v1_line(item))

    def _acknowledge(self, message_id: str, receipt: Receipt) -> None:
        if receipt.refusal is not None:
            self._complain("refused", receipt.refusal, message_id)
        else:
            self.link.send(encode({"type": "ack", "message_id": message_id, "seq": receipt.seq}))

    def _complain(self, code: str, text: str, message_id: str | None = None) -> None:
        frame = {"type": "error", "code": code, "text": text}
        self.link.send(encode(frame if message_id is None else {**frame, "message_id": message_id}))

    def _signal_frame(self, signal: Signal) -> dict[str, Any]:
        if isinstance(signal, Typing):
            return {"type": "typing", "id": signal.who, "on": signal.on}
        if isinstance(signal, ReadMark):
            return {"type": "read", "id": signal.who, "seq": signal.seq}
        if isinstance(signal, Presence):
            return {"type": "presence", "id": signal.who, "state": signal.state}
        if isinstance(signal, Place):
            return {
                "type": "presence",
                "place": signal.place,
                "task": signal.task,
                "role": signal.role,
                "waited": max(0.0, round(self._hall.now() - signal.since, 1)),
            }
        texts = self._hall.texts
        text = {"goodbye": texts.goodbye, "closing": texts.closing_refused}.get(signal.reason, "")
        return {"type": "ended", "reason": signal.reason, "text": text}
