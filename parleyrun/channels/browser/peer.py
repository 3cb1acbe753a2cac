"""A peer: one connection of a person, and what both dialects of docs/protocol.md share.

What comes in is handled on the socket's own thread, one frame at a time; lines and signals come from any.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ...config.schema import Limits
from ...config.texts import Texts
from ...core.message import FrozenDict
from ...core.token_bucket import TokenBucket
from ...events import Deliver, Delivery, Inbound, Lines, Receipt
from ...signals import Signal
from ...store.media_library import ShownMedia
from ...study.devices import Device
from .frame_reading import BadFrame, MessageFrame
from .open_sockets import OpenSockets
from .page_style import PageStyle
from .seat_claims import Caller, SeatClaim, SeatClaims, SeatRefusal
from .session_tokens import SessionTokens

BAD_FRAMES_ALLOWED = 10
NOTICE_EVERY_SECONDS = 10.0
BEAT_EVERY_SECONDS = 5.0


class Link(Protocol):
    """One open socket. Any thread, but for `drop`; no method blocks or raises; order is kept."""

    def send(self, text: str) -> None: ...

    def send_newest(self, name: str, frame: Callable[[], str]) -> None:
        """Send a frame soon: not one each moment, and of those that wait under one name only the newest.

        Args:
            name: What the frame replaces another one of.
            frame: Makes it, on the socket's own thread, if it is sent.
        """

    def withhold(self, name: str) -> None:
        """What waits under that name is not sent any more."""

    def close(self, code: int, reason: str) -> None: ...

    def drop(self) -> None:
        """Let go of a socket at whose other end nobody is: a closing word would wait for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSetting:
    """What every peer of a channel works with.

    Attributes:
        texts: The sentences that people are told.
        limits: How much, and how fast, one person may send.
        style: How the page looks.
        media: Knows what authors uploaded, and the personas they speak as.
        now: Wall time in seconds.
        monotonic: Time for limits, in seconds.
        tokens: Know people again.
        claims: Decide whose seat a connection may take.
        deliver: Takes what people do.
        lines: What was said to people, for those who come back.
        seat: Has a person's lines go to this peer, from now on.
        unseat: Told that a peer's socket is gone.
        sockets: Says whether there is room for newcomers.
    """

    texts: Texts
    limits: Limits
    style: PageStyle
    media: ShownMedia
    now: Callable[[], float]
    monotonic: Callable[[], float]
    tokens: SessionTokens
    claims: SeatClaims
    deliver: Deliver
    lines: Lines
    seat: Callable[[Peer], None]
    unseat: Callable[[Peer], None]
    sockets: OpenSockets


class Peer(ABC):
    """What both dialects share: limits, and patience with frames that are wrong."""

    __slots__ = (
        "_bad_frames",
        "_bucket",
        "_bytes",
        "_heard_at",
        "_noticed_at",
        "_setting",
        "address",
        "agent",
        "link",
        "parameters",
        "participant_id",
    )

    patience_seconds: float
    """How long a new connection may stay silent."""

    def __init__(
        self, setting: PeerSetting, link: Link, address: str, parameters: Mapping[str, str], agent: str = ""
    ) -> None:
        self.link = link
        self.address = address
        self.agent = agent
        self.parameters = parameters
        self.participant_id = ""
        self._setting = setting
        self._bucket = TokenBucket(setting.limits.messages_per_second, setting.monotonic())
        self._bytes = TokenBucket(
            setting.limits.bytes_per_second,
            setting.monotonic(),
            setting.limits.burst_bytes(uploads=setting.sockets.uploads),
        )
        self._bad_frames = 0
        self._heard_at = setting.monotonic()
        self._noticed_at = -NOTICE_EVERY_SECONDS

    @property
    def shows_forms(self) -> bool:
        """Whether the client has said that it can show forms as a whole."""
        return False

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
    def idle_too_long(self) -> None:
        """Called once, `patience_seconds` after the socket was opened."""

    @abstractmethod
    def received(self, raw: str) -> float:
        """Take a text frame; return how many seconds to wait before the next one is read."""

    @abstractmethod
    def _complain(self, code: str, text: str, message_id: str | None = None) -> None:
        """Tell the person that something was not taken."""

    @property
    def silent_seconds(self) -> float:
        """How long nothing has come."""
        return self._setting.monotonic() - self._heard_at

    @abstractmethod
    def beat(self) -> None:
        """Called on the socket's own thread every `BEAT_EVERY_SECONDS`: look whether anybody is there."""

    def catch_up(self) -> bool:
        """Send a page of what was said before; return whether there is more. One thread at a time; blocks."""
        return False

    def received_binary(self) -> None:
        self.link.close(1003, "binary frames are not spoken here")

    def replaced(self) -> None:
        """The same person has a newer connection."""
        self.link.close(4001, "connected elsewhere")

    def disconnected(self) -> None:
        """The socket is gone."""
        self._setting.unseat(self)

    def _claim(self, token: str | None, parameters: Mapping[str, str], touch_points: int = 0) -> SeatClaim | None:
        """Return whose seat this is; None for those who are sent away, with a sentence."""
        setting = self._setting
        caller = Caller(address=self.address, agent=self.agent, touch_points=touch_points)
        claim = setting.claims.decide(token, parameters, caller)
        if isinstance(claim, SeatRefusal):
            self._refuse_claim(claim, setting.claims.sentence_of(claim, setting.texts))
            self.link.close(4003, "link")
            return None
        refusal = None if claim.holds_token else self._no_room()
        # Who comes back to a seat by their link is no newcomer either.
        if refusal is None or setting.lines.newest_line(claim.participant_id):
            return claim
        setting.claims.let_go(claim.participant_id)
        self._complain("full", refusal)
        self.link.close(1013, "full")
        return None

    @abstractmethod
    def _refuse_claim(self, refusal: SeatRefusal, sentence: str) -> None:
        """Say that this link opens no seat, or not for this person."""

    def _no_room(self) -> str | None:
        """Say why a newcomer is sent away; None if there is room."""
        texts, sockets = self._setting.texts, self._setting.sockets
        if sockets.too_many_from(self.address):
            return texts.address_full
        return texts.full if sockets.too_many() else None

    def _take_bad(self, error: BadFrame, size: int) -> float:
        self._bad_frames += 1
        if self._bad_frames > BAD_FRAMES_ALLOWED:
            self.link.close(1008, "too many bad frames")
        else:
            self._complain("bad_frame", f"{self._setting.texts.bad_message} ({error})")
        return self._slow_down(1.0, size)

    def _say(self, frame: MessageFrame, message_id: str, then: Callable[[Receipt], None], size: int) -> float:
        setting = self._setting
        text: str = frame.text
        payload: FrozenDict | None = frame.payload
        said = Inbound(
            self.participant_id,
            message_id,
            text,
            payload,
            setting.now(),
            claimed=frame.claimed,
            replies_to=frame.replies_to,
        )
        setting.deliver(said, then)
        return self._slow_down(1.0, size)

    def _slow_down(self, weight: float, size: int) -> float:
        now = self._heard_at = self._setting.monotonic()
        seconds = max(self._bucket.take(now, weight), self._bytes.take(now, size))
        if seconds > 0 and now - self._noticed_at >= NOTICE_EVERY_SECONDS:
            self._noticed_at = now
            if self._setting.texts.too_fast:
                self._complain("too_fast", self._setting.texts.too_fast)
        return seconds


def device_entry(device: Device | None) -> FrozenDict:
    """Return a device as it is kept; nothing where it does not matter."""
    return FrozenDict() if device is None else FrozenDict(kind=device.kind, browser=device.browser)
