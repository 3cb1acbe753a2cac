"""What the webhook tells of: one frozen value for each thing a person did, or Meta did for us.

`psid` is the person's id on this page, always a sound one. `at` is wall time in seconds, never in the future.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ....core.message import FrozenDict

LIKES = frozenset({369239263222822, 369239343222814, 369239383222810})
"""The stickers behind the thumb beside Messenger's text field, in its three sizes."""


@dataclass(frozen=True, slots=True)
class MessageAttachment:
    """What came with a message. `kind` is Meta's word for it: image, video, audio, file, fallback (a link), …"""

    kind: str
    url: str | None = None
    title: str = ""
    sticker_id: int | None = None

    @property
    def is_link(self) -> bool:
        """Whether it is only what Messenger shows of an address that somebody wrote or shared."""
        return self.kind == "fallback"

    @property
    def words(self) -> str:
        """What can be said in words instead of it; empty if nothing can."""
        if self.is_link:
            return self.url or self.title
        return "👍" if self.sticker_id in LIKES else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent:
    """A person sent a message. `choice` is the payload of the quick reply they tapped, `entry` how they came.

    Of a kind that Meta does not hand on (a poll, say), there is nothing but the `mid`.
    """

    psid: str
    at: float
    mid: str
    text: str = ""
    choice: str | None = None
    attachments: tuple[MessageAttachment, ...] = ()
    reply_to: str | None = None
    entry: FrozenDict = field(default_factory=FrozenDict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostbackEvent:
    """A person pressed a button: Get Started, one in the menu, or one of a template."""

    psid: str
    at: float
    mid: str
    title: str = ""
    payload: str = ""
    entry: FrozenDict = field(default_factory=FrozenDict)


@dataclass(frozen=True, slots=True)
class ReferralEvent:
    """A person who has written before followed a link to the page."""

    psid: str
    at: float
    entry: FrozenDict


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionEvent:
    """A person put a reaction under the message `to`, or (`action` 'unreact') took it away."""

    psid: str
    at: float
    mid: str
    to: str
    action: str
    emoji: str = ""


@dataclass(frozen=True, slots=True)
class EditEvent:
    """A person changed their message `to`, which now says `text`."""

    psid: str
    at: float
    mid: str
    to: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoEvent:
    """The page sent a message to a person. `metadata` is what its sender put along, None if nothing."""

    psid: str
    at: float
    mid: str
    metadata: str | None = None
    text: str = ""
    attachments: tuple[MessageAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """Messages of the page reached a person: those named, and all sent until `watermark` (wall time, seconds)."""

    psid: str
    at: float
    mids: tuple[str, ...] = ()
    watermark: float | None = None


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """A person read everything that was sent until `watermark` (wall time, seconds)."""

    psid: str
    at: float
    watermark: float


WebhookEvent = (
    MessageEvent
    | PostbackEvent
    | ReferralEvent
    | ReactionEvent
    | EditEvent
    | EchoEvent
    | DeliveryEvent
    | ReadEvent
)
