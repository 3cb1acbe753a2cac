"""The browser channel: people who come over a websocket, in either dialect of docs/protocol.md.

It knows which connection is a person's; the sockets themselves belong to web/chat_socket.py.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from ...config.schema import Limits
from ...config.texts import Texts
from ...core.message import FrozenDict
from ...errors import ChannelError
from ...events import ChannelRecord, Deliver, Delivery, Event, Then, Went
from ...signals import Signal
from ...store.media_library import MediaLibrary, ShownMedia
from ...study.arrival_parameters import bounded_parameters
from ...study.arrivals import ArrivalReader
from .frame_reading import max_frame_bytes
from .open_sockets import OpenSockets
from .page_style import PageStyle
from .peer import Link, Peer, PeerSetting
from .plain_peer import PlainPeer
from .seat_claims import SeatClaims
from .session_tokens import SessionTokens
from .v1_peer import V1Peer

AWAY_KNOWN = 10_000
"""Of how many people who are away it is known whether their page can show forms."""


class BrowserChannel:
    """Keeps who is connected.

    Args:
        texts: The sentences that people are told.
        style: How the page looks.
        media: Knows what authors uploaded, and the personas they speak as.
        now: Wall time in seconds.
        monotonic: Time for limits, in seconds.
        sockets: Says what one person may send, and how many may come.
        arrivals: Reads people's links.
    """

    name = "browser"
    connectionless = False

    def __init__(
        self,
        *,
        texts: Texts,
        style: PageStyle = PageStyle(),  # noqa: B008 - it is frozen
        media: ShownMedia | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sockets: OpenSockets | None = None,
        arrivals: ArrivalReader | None = None,
    ) -> None:
        self._sockets = OpenSockets(Limits(), None) if sockets is None else sockets
        self._arrivals = arrivals or ArrivalReader()
        self.limits = self._sockets.limits
        self.max_frame_bytes = max_frame_bytes(self.limits, uploads=self._sockets.uploads)
        self._texts = texts
        self.style = style
        self._media = media or MediaLibrary()
        self._now = now
        self._monotonic = monotonic
        self._deliver: Deliver | None = None
        self._setting: PeerSetting | None = None
        # Guards what follows: a newer connection of the same person takes the older one's place in one step.
        self._lock = threading.Lock()
        self._peers: dict[str, Peer] = {}
        self._open: set[Peer] = set()
        self._forms_known: dict[str, bool] = {}  # of who has just gone, and may be back in a moment
        self._silent: dict[Peer, None] = {}  # those that are nobody's yet, the oldest first

    def start(self, deliver: Deliver, record: ChannelRecord) -> None:
        self._arrivals.open()
        tokens = SessionTokens(self.name, record.secret("browser"))
        self._setting = PeerSetting(
            texts=self._texts,
            limits=self.limits,
            style=self.style,
            media=self._media,
            now=self._now,
            monotonic=self._monotonic,
            tokens=tokens,
            claims=SeatClaims(tokens, self._arrivals, record.newest_line),
            deliver=self._deliver_while_open,
            lines=record,
            seat=self._seat,
            unseat=self._unseat,
            sockets=self._sockets,
        )
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

    def shows_forms(self, participant_id: str) -> bool:
        """Return whether this person's page can show forms; of who was away at a restart it is not known yet."""
        peer = self._peers.get(participant_id)
        return self._forms_known.get(participant_id, False) if peer is None else peer.shows_forms

    def connect(
        self,
        link: Link,
        *,
        v1: bool,
        address: str = "",
        parameters: Mapping[str, str] = FrozenDict(),
        agent: str = "",
    ) -> Peer:
        """Take a socket that was opened.

        Args:
            link: Its sending half.
            v1: Whether it speaks `parleyrun.v1`.
            address: Where it comes from, as far as that is known.
            parameters: What its own address says of who comes.
            agent: What the browser at its other end says it is.

        Raises:
            ChannelError: The channel is not open.
        """
        setting = self._setting
        if setting is None:
            raise ChannelError("the browser channel is not open")
        peer: Peer = (V1Peer if v1 else PlainPeer)(setting, link, address, bounded_parameters(parameters), agent)
        with self._lock:
            if self._deliver is None:
                raise ChannelError("the browser channel is not open")
            self._open.add(peer)
            self._silent[peer] = None
            self._sockets.opened(address)
            # Whoever comes back has said so by now: the place is for the one that is about to.
            too_silent = next(iter(self._silent)) if self._sockets.too_many() else peer
        if too_silent is not peer:
            too_silent.link.close(1013, "full")
        peer.opened()
        return peer

    def participant_of(self, token: str | None) -> str | None:
        """Return whose token this is; None for one that was not given here."""
        return None if self._setting is None else self._setting.tokens.participant_of(token)

    @property
    def connected(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    def connections(self) -> tuple[int, int | None]:
        """Return how many sockets are open, and how many there can be."""
        return len(self._sockets), self._sockets.most

    def is_full(self) -> bool:
        """Return whether newcomers are sent away, so that others can come back."""
        return self._sockets.is_full

    def _deliver_while_open(self, event: Event, then: Then | None = None) -> None:
        deliver = self._deliver
        if deliver is not None:
            deliver(event, then)

    def _seat(self, peer: Peer) -> None:
        """Have a person's lines go to this connection; one they had before is closed."""
        with self._lock:
            older = self._peers.get(peer.participant_id)
            self._peers[peer.participant_id] = peer
            self._silent.pop(peer, None)
        if older is not None and older is not peer:
            older.replaced()

    def _unseat(self, peer: Peer) -> None:
        """A connection is gone. If it was the one its person had, the person is gone too."""
        with self._lock:
            if peer in self._open:
                self._open.remove(peer)
                self._silent.pop(peer, None)
                self._sockets.closed(peer.address)
            if self._peers.get(peer.participant_id) is not peer:
                return
            del self._peers[peer.participant_id]
            if self._setting is not None:
                self._setting.claims.let_go(peer.participant_id)
            self._forms_known.pop(peer.participant_id, None)
            self._forms_known[peer.participant_id] = peer.shows_forms
            if len(self._forms_known) > AWAY_KNOWN:
                del self._forms_known[next(iter(self._forms_known))]
            # Under the lock: else a newer connection could be told of first, and its person would count as gone.
            self._deliver_while_open(Went(peer.participant_id))
