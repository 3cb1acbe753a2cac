"""Read receipts: up to which line somebody has got, or read, what they were sent."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ....errors import StoreError
from ....events import Deliver, DeliveredThrough, ReadThrough, Sending, Sendings
from ..page_people import CHANNEL, PagePeople
from .webhook_events import DeliveryEvent, ReadEvent

log = logging.getLogger(__name__)

ReceiptEvent = DeliveryEvent | ReadEvent


class ReadReceipts:
    """Finds the lines that Meta means, and tells the service. One thread at a time.

    Meta may tell that a message was read before it has answered the request to send it. So the newest receipt of
    each person is looked at once more a little later: `look_later()` asks for `look_again` to be called then.
    """

    def __init__(
        self, deliver: Deliver, people: PagePeople, sendings: Sendings, look_later: Callable[[], None]
    ) -> None:
        self._deliver = deliver
        self._people = people
        self._sendings = sendings
        self._look_later = look_later
        self._unsure: dict[tuple[type[ReceiptEvent], str], tuple[ReceiptEvent, int]] = {}

    def take(self, receipt: ReceiptEvent) -> None:
        """Mark what the receipt is about, as far as it is known by now."""
        who = self._people.participant_of(receipt.psid)
        seq = self._line_of(who, receipt)
        if not self._unsure:
            self._look_later()
        self._unsure[type(receipt), who] = (receipt, seq)
        self._mark(who, receipt, seq)

    def look_again(self) -> None:
        """Mark what was not known yet."""
        unsure, self._unsure = self._unsure, {}
        for (_, who), (receipt, before) in unsure.items():
            seq = self._line_of(who, receipt)
            if seq > before:
                self._mark(who, receipt, seq)

    def sending_of(self, mid: str) -> Sending | None:
        """Return the piece that was sent under this id; None if it is nobody's, or cannot be known."""
        try:
            return self._sendings.sending_of(CHANNEL, mid)
        except StoreError as error:
            log.warning("which line a message of Messenger belongs to is not known: %s", error)
            return None

    def _mark(self, who: str, receipt: ReceiptEvent, seq: int) -> None:
        if seq > 0:  # else it is about nothing of ours, or about somebody we do not know
            self._deliver(
                DeliveredThrough(who, seq) if isinstance(receipt, DeliveryEvent) else ReadThrough(who, seq)
            )

    def _line_of(self, who: str, receipt: ReceiptEvent) -> int:
        until = 0 if receipt.watermark is None else self._sent_until(who, receipt.watermark)
        mids = receipt.mids if isinstance(receipt, DeliveryEvent) else ()
        return max([until, *(self._whole_line(who, mid) for mid in mids)])

    def _sent_until(self, who: str, at: float) -> int:
        try:
            return self._sendings.sent_until(who, at)
        except StoreError as error:
            log.warning("what %s has got or read is not known: %s", who, error)
            return 0

    def _whole_line(self, who: str, mid: str) -> int:
        """Return the newest line of which this person has all pieces, as pieces come in order."""
        sending = self.sending_of(mid)
        if sending is None or sending.participant_id != who:
            return 0
        return sending.seq if sending.piece == sending.pieces - 1 else sending.seq - 1
