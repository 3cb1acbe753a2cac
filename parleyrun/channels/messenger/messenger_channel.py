"""The Messenger channel: people who write to a Facebook page.

Its intake takes what Meta tells of, and its sender sends lines by itself: each is on record as unsent until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from ...config.schema import Limits
from ...config.texts import Texts
from ...core.message import FrozenDict
from ...errors import ChannelError
from ...events import ChannelRecord, Deliver, Delivery, Lines, Notes, Unsent, Went
from ...runner.thread_workers import ThreadWorkers
from ...runner.timers import Timers
from ...signals import Ended, Growing, Place, ReadMark, Signal, Typing
from ..quotes import with_quote
from .composing.attachment_uploads import AttachmentUploads
from .graph.graph_client import GraphClient
from .page_neighbours import PageNeighbours
from .page_people import CHANNEL, PagePeople
from .personas import create_persona, delete_persona
from .receiving.event_delivery import InboundRules, SendingSide
from .receiving.intake import Intake
from .sending.attempts import Attempts
from .sending.messaging_window import MessagingWindows
from .sending.page_health import PageHealth
from .sending.piece_metadata import PieceMetadata
from .sending.piece_sender import PieceSender
from .sending.rate_limiter import RateLimiter
from .sending.send_queues import NOTICE_SLOT, ROOM, Action
from .sending.send_state import Unreachable
from .sending.sender import Sender
from .sending.typing_indicators import SLOT, TypingIndicators
from .settings import MessengerSettings

SEEN_SLOT = "seen"
SEEN_WITHIN_SECONDS = 10.0
NOTICE_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class MessengerFigures:
    """What an operator may want to know. `ignored` counts what came in and was left alone, by its kind."""

    waiting_lines: int
    unreachable: tuple[Unreachable, ...]
    trouble: str | None
    ignored: Mapping[str, int]


class MessengerChannel:
    """One page.

    Args:
        settings: How the page is reached.
        texts: The sentences that people are told.
        limits: How much one person may send.
        timers: Give the time, and call back.
        neighbours: The other pages of the same service; None for a page that is alone.
        client: Talks to Meta; made from the settings where it is None.
        random: Spreads retries over time.
    """

    name = CHANNEL
    connectionless = True

    def __init__(
        self,
        settings: MessengerSettings,
        *,
        texts: Texts,
        limits: Limits,
        timers: Timers,
        neighbours: PageNeighbours | None = None,
        client: GraphClient | None = None,
        random: Random | None = None,
    ) -> None:
        self._settings = settings
        self._neighbours = neighbours
        self._people = PagePeople() if neighbours is None else PagePeople(settings.page_id)
        self._timers = timers
        self._client = client or GraphClient(
            graph_url=settings.graph_url,
            api_version=settings.api_version,
            page_id=settings.page_id,
            page_token=settings.page_token,
            pool_size=sum(ROOM.values()),
        )
        self._workers = ThreadWorkers(sum(ROOM.values()), "parleyrun-messenger")
        self._random = random or Random()  # noqa: S311  # it spreads retries over time
        self.intake = Intake(
            settings,
            people=self._people,
            rules=InboundRules(texts, limits, settings.allow_images),
            sending=SendingSide(heard=self._heard, came=self._came, echoed=self._echoed, notice=self._notice),
            timers=timers,
            siblings=() if neighbours is None else neighbours.page_ids,
        )
        self._opened: _Opened | None = None

    def start(self, deliver: Deliver, record: ChannelRecord) -> None:
        opened = self._opened = self._open(deliver, record)
        opened.sender.start(
            [
                self._whole(left, record)
                for left in record.unsent(self.name)
                if self._people.has(left.participant_id)
            ]
        )
        self.intake.open(deliver, record)

    def close(self) -> None:
        self.intake.close()
        opened = self._opened
        if opened is not None:
            opened.typing.close()
            opened.sender.close()
            self._client.close()

    def send(self, delivery: Delivery) -> None:
        opened = self._opened
        if opened is None or delivery.mine:
            return
        opened.typing.spoken(delivery.participant_id)
        opened.sender.take_back(delivery.participant_id, SLOT)
        opened.sender.put(self._own(with_quote(delivery, opened.lines)))

    def signal(self, participant_id: str, signal: Signal) -> None:
        opened = self._opened
        if opened is None:
            return
        match signal:
            case Typing(_, True, persona_id):
                opened.typing.show(participant_id, self._own_id(persona_id))
            case Growing(_, text) if text:
                # There is no line that could grow: whoever makes one types.
                opened.typing.show(participant_id, None)
            case Typing() | Place() | Ended() | Growing():
                # Who has gone on to another place is not answered any more where they were.
                opened.typing.stop(participant_id)
            case ReadMark():
                self._act(participant_id, SEEN_SLOT, {"sender_action": "mark_seen"}, SEEN_WITHIN_SECONDS)
            case _:
                pass  # Messenger has no place to show it

    def upload_attachment(self, payload: Mapping[str, Any], notes: Notes) -> str:
        """Upload what a payload shows, which may be a `path` here, and return the id. Blocks; `ChannelError`."""
        opened = self._opened
        uploads = AttachmentUploads(self._client, self._timers.clock, notes) if opened is None else opened.uploads
        return uploads.upload(payload)

    def create_persona(self, name: str, picture_url: str) -> str:
        return create_persona(self._client, name, picture_url)

    def delete_persona(self, persona_id: str) -> None:
        delete_persona(self._client, persona_id)

    def trouble(self) -> str | None:
        """Say what keeps the page from sending; None while all is well. Any thread."""
        return None if self._opened is None else self._opened.sender.trouble()

    def figures(self) -> MessengerFigures:
        """Return what is going on now. Any thread."""
        opened = self._opened
        if opened is None:
            return MessengerFigures(0, (), None, {})
        sender = opened.sender
        unreachable = tuple(sender.unreachable())
        return MessengerFigures(sender.waiting_lines(), unreachable, sender.trouble(), self.intake.ignored)

    def wait_at_rest(self, timeout_seconds: float = 10.0) -> bool:
        """Wait, in real time, until all is sent that can be sent by now. False if that took too long."""
        return self._opened is None or self._opened.sender.wait_at_rest(timeout_seconds)

    def _heard(self, participant_id: str, at: float) -> None:
        opened = self._started()
        opened.windows.heard(participant_id, at)
        # What they wrote before was seen; their screen would show it of what they write now.
        opened.sender.take_back(participant_id, SEEN_SLOT)
        opened.sender.heard(participant_id)

    def _came(self, participant_id: str, at: float) -> None:
        self._started().windows.came(participant_id, at)

    def _echoed(self, metadata: str, mid: str) -> bool:
        opened = self._started()
        name = opened.metadata.read(metadata)
        if name is not None:
            opened.sender.echoed(name, mid)
        return name is not None or opened.metadata.is_notice(metadata)

    def _notice(self, participant_id: str, text: str) -> None:
        message = {"text": text, "metadata": self._started().metadata.notice}
        self._act(participant_id, NOTICE_SLOT, {"message": message}, NOTICE_WITHIN_SECONDS)

    def _open(self, deliver: Deliver, record: ChannelRecord) -> _Opened:
        clock = self._timers.clock
        metadata = PieceMetadata(record.secret(self.name), self._people)
        windows = MessagingWindows(clock, record, record, human_agent=self._settings.human_agent)
        uploads = AttachmentUploads(self._client, clock, record)
        attempts = Attempts(self._client, self._people, windows, uploads)
        rates = RateLimiter(self._settings.max_sends_per_second, clock.monotonic(), self._random)
        sender = Sender(
            pieces=PieceSender(attempts, record, metadata, clock, self._random),
            attempts=attempts,
            page=PageHealth(rates, lambda: self._client.usage),
            workers=self._workers,
            timers=self._timers,
            check_page=self._check_page,
            gone=lambda participant_id: deliver(Went(participant_id)),
        )
        return _Opened(
            sender=sender,
            typing=TypingIndicators(self._timers, sender.act),
            windows=windows,
            uploads=uploads,
            metadata=metadata,
            lines=record,
        )

    def _whole(self, left: Unsent, lines: Lines) -> Unsent:
        """Return what somebody was not sent with all its lines."""
        further: list[Delivery] = []
        if left.more:
            after = lines.lines_after(left.participant_id, left.lines[-1].seq)
            further = [line for line in after if not line.mine]
        whole = [self._own(with_quote(line, lines)) for line in (*left.lines, *further)]
        return Unsent(left.participant_id, tuple(whole), left.sendings)

    def _own(self, delivery: Delivery) -> Delivery:
        """Return a line with this page's own ids of uploads and personas."""
        if self._neighbours is None:
            return delivery
        message = delivery.message
        payload = message.payload
        if payload is not None and "attachment_id" in payload:
            own_id = self._own_id(str(payload["attachment_id"]))
            payload = FrozenDict({**payload, "attachment_id": own_id})
        own = replace(message, payload=payload, persona_id=self._own_id(message.persona_id))
        return replace(delivery, message=own)

    def _own_id(self, shared_id: str | None) -> str | None:
        if self._neighbours is None or shared_id is None:
            return shared_id
        return self._neighbours.own_id(self._settings.page_id, shared_id)

    def _check_page(self) -> None:
        self._client.get("me", fields="id")

    def _act(self, participant_id: str, slot: str, body: Mapping[str, Any], within_seconds: float) -> None:
        until = self._timers.clock.monotonic() + within_seconds
        self._started().sender.act(participant_id, slot, Action(body, until))

    def _started(self) -> _Opened:
        if self._opened is None:
            raise ChannelError("the Messenger channel is not open")
        return self._opened


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What a channel has once it was started."""

    sender: Sender
    typing: TypingIndicators
    windows: MessagingWindows
    uploads: AttachmentUploads
    metadata: PieceMetadata
    lines: Lines
