"""Messenger pages: several Facebook pages as one channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...events import ChannelRecord, Deliver, Delivery, Notes
from ...signals import Signal
from .messenger_channel import MessengerChannel, MessengerFigures
from .page_neighbours import PageNeighbours
from .page_people import CHANNEL
from .receiving.intake import Intake
from .receiving.webhook_answer import WebhookAnswer


class MessengerPages:
    """The pages that one service speaks for. Their people are `messenger:PAGE:PSID`, and meet each other.

    Each page has its own token, its own rate and its own trouble; what one cannot do holds up no other.
    """

    name = CHANNEL
    connectionless = True

    def __init__(self, pages: Mapping[str, MessengerChannel], neighbours: PageNeighbours) -> None:
        """Put pages together.

        Args:
            pages: Each page, by its id.
            neighbours: What they were told of each other.
        """
        self._pages = pages
        self._neighbours = neighbours
        self.intake = PagesIntake([page.intake for page in pages.values()])

    def start(self, deliver: Deliver, record: ChannelRecord) -> None:
        for page in self._pages.values():
            page.start(deliver, record)

    def close(self) -> None:
        for page in self._pages.values():
            page.close()

    def send(self, delivery: Delivery) -> None:
        page = self._page_of(delivery.participant_id)
        if page is not None:
            page.send(delivery)

    def signal(self, participant_id: str, signal: Signal) -> None:
        page = self._page_of(participant_id)
        if page is not None:
            page.signal(participant_id, signal)

    def upload_attachment(self, payload: Mapping[str, Any], notes: Notes) -> str:
        """Upload to every page, and return an id that is good on all of them. Blocks; raises `ChannelError`."""
        return self._neighbours.share(
            {page_id: page.upload_attachment(payload, notes) for page_id, page in self._pages.items()}
        )

    def create_persona(self, name: str, picture_url: str) -> str:
        """Make it on every page, and return an id that is good on all of them. Blocks; raises `ChannelError`."""
        return self._neighbours.share(
            {page_id: page.create_persona(name, picture_url) for page_id, page in self._pages.items()}
        )

    def delete_persona(self, persona_id: str) -> None:
        for page_id, own_id in self._neighbours.own_ids(persona_id).items():
            self._pages[page_id].delete_persona(own_id)
        self._neighbours.forget(persona_id)

    def trouble(self) -> str | None:
        """Say what keeps pages from sending, each with its id; None while all is well. Any thread."""
        causes = [(page_id, page.trouble()) for page_id, page in self._pages.items()]
        return "; ".join(f"page {page_id}: {cause}" for page_id, cause in causes if cause is not None) or None

    def figures(self) -> MessengerFigures:
        """Return what is going on now on all pages. Any thread."""
        figures = [page.figures() for page in self._pages.values()]
        ignored: Counter[str] = Counter()
        for page in figures:
            ignored.update(page.ignored)
        return MessengerFigures(
            sum(page.waiting_lines for page in figures),
            tuple(person for page in figures for person in page.unreachable),
            self.trouble(),
            ignored,
        )

    def wait_at_rest(self, timeout_seconds: float = 10.0) -> bool:
        """Wait, in real time, until all is sent that can be sent by now. False if that took too long."""
        return all(page.wait_at_rest(timeout_seconds) for page in self._pages.values())

    def _page_of(self, participant_id: str) -> MessengerChannel | None:
        return self._pages.get(participant_id.split(":")[1])


class PagesIntake:
    """Hands each request to all pages that it can be about: those whose app has signed it."""

    def __init__(self, intakes: Sequence[Intake]) -> None:
        self._intakes = intakes

    def verify(self, params: Mapping[str, str]) -> str | None:
        """Return what to answer to the request by which Meta makes sure of a webhook; None if it is not Meta's."""
        known = (intake for intake in self._intakes if intake.knows(params))
        return next(known, self._intakes[0]).verify(params)

    def take(self, body: bytes, signature: str | None, answer: Callable[[int], None]) -> None:
        """Take the body of a request as it came; 200 is answered once all pages have it on record."""
        believing = [intake for intake in self._intakes if intake.believes(body, signature)]
        if not believing:
            self._intakes[0].take(body, signature, answer)  # which counts it, and refuses it
            return
        together = WebhookAnswer(answer)
        for intake in believing:
            together.add_part()
            intake.take(body, signature, together.settle)
        together.settle()
