"""The browser channel: people who come over a websocket, in either dialect of docs/protocol.md.

It knows tokens, and which connection is a person's; the sockets themselves belong to web/chat_socket.py.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable

from ...config.schema import Limits
from ...config.texts import Texts
from ...errors import ChannelError
from ...events import ChannelRecord, Deliver, Delivery, Event, Signal, Then, Went, participant_id
from .peers import Link, Peer, PlainPeer, V1Peer


class BrowserChannel:
    """Keeps who is connected. `now` is wall time, `monotonic` time for limits, both in seconds."""

    name = "browser"
    connectionless = False

    def __init__(
        self,
        *,
        texts: Texts,
        limits: Limits,
        title: str = "parleyrun",
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.texts = texts
        self.limits = limits
        self.title = title
        self.now = now
        self.monotonic = monotonic
        self._deliver: Deliver | None = None
        self._record: ChannelRecord | None = None
        self._key = b""
        # Guards _peers: a newer connection of the same person takes the older one's place in one step.
        self._lock = threading.Lock()
        self._peers: dict[str, Peer] = {}
        self._open: set[Peer] = set()

    def start(self, deliver: Deliver, record: ChannelRecord) -> None:
        self._record = record
        self._key = record.secret("browser")
        self._deliver = deliver

    def close(self) -> None:
        with self._lock:
            self._deliver = None
            peers = list(self._open)
        for peer in peers:
            peer.link.close(1012, "closing")

    def send(self, delivery: Delivery) -> None:
        peer = self._peers.get(delivery.participant_id)
        if peer is not None:
            peer.send_line(delivery)

    def signal(self, participant_id: str, signal: Signal) -> None:
        peer = self._peers.get(participant_id)
        if peer is not None:
            peer.send_signal(signal)

    def connect(self, link: Link, *, v1: bool) -> Peer:
        """Take a socket that was opened. Raises `ChannelError` while the channel is not open."""
        peer: Peer = V1Peer(self, link) if v1 else PlainPeer(self, link)
        with self._lock:
            if self._deliver is None:
                raise ChannelError("the browser channel is not open")
            self._open.add(peer)
        peer.opened()
        return peer

    @property
    def connected(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    def deliver(self, event: Event, then: Then | None = None) -> None:
        deliver = self._deliver
        if deliver is not None:
            deliver(event, then)

    def lines_after(self, participant_id: str, seq: int) -> list[Delivery]:
        return [] if self._record is None else self._record.lines_after(participant_id, seq)

    def new_participant(self) -> str:
        return participant_id(self.name, secrets.token_hex(10))

    def token_of(self, participant_id: str) -> str:
        """Return the token by which this person comes back: their id, signed."""
        native_id = participant_id.partition(":")[2]
        return f"{native_id}.{hmac.new(self._key, native_id.encode(), 'sha256').hexdigest()}"

    def participant_of(self, token: str | None) -> str | None:
        """Return whose token this is; None for one that we did not give."""
        if token is None or not token.isascii():
            return None
        native_id, _, _ = token.partition(".")
        known = participant_id(self.name, native_id)
        return known if native_id and hmac.compare_digest(self.token_of(known), token) else None

    def seat(self, peer: Peer) -> None:
        """Have a person's lines go to this connection; one they had before is closed."""
        with self._lock:
            older = self._peers.get(peer.participant_id)
            self._peers[peer.participant_id] = peer
        if older is not None and older is not peer:
            older.replaced()

    def unseat(self, peer: Peer) -> None:
        """A connection is gone. If it was the one its person had, the person is gone too."""
        with self._lock:
            self._open.discard(peer)
            if self._peers.get(peer.participant_id) is not peer:
                return
            del self._peers[peer.participant_id]
        self.deliver(Went(peer.participant_id))
