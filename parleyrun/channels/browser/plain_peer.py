"""The plain dialect: `{"text": …}` both ways, for scripts. A connection is a new participant,
unless its address says who comes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from itertools import count

from ...events import Arrived, Delivery, Receipt
from ...signals import LineReactions, Signal
from ..quotes import reaction_in_words, with_quote
from ..refusal_texts import refusal_text
from .frame_reading import BadFrame, parse_plain
from .frame_writing import plain_line, plain_notice
from .peer import Link, Peer, PeerSetting, device_entry
from .seat_claims import SeatRefusal


class PlainPeer(Peer):
    """A script."""

    __slots__ = ("_connection_id", "_message_ids", "_spoke")

    patience_seconds = 60.0

    def __init__(
        self, setting: PeerSetting, link: Link, address: str, parameters: Mapping[str, str], agent: str = ""
    ) -> None:
        super().__init__(setting, link, address, parameters, agent)
        # Whoever comes back would else say their first message a second time.
        self._connection_id = secrets.token_hex(4)
        self._message_ids = count(1)
        self._spoke = False

    def opened(self) -> None:
        claim = self._claim(None, self.parameters)
        if claim is None:
            return
        self.participant_id = claim.participant_id
        self._setting.seat(self)
        self._setting.deliver(
            Arrived(self.participant_id, claim.parameters, address=self.address, device=device_entry(claim.device))
        )

    def idle_too_long(self) -> None:
        if not self._spoke:
            self.link.close(1008, "expected a first message")

    def beat(self) -> None:
        """Nothing: this dialect has no frame to ask with, and the websocket's own pings must do."""

    def send_line(self, delivery: Delivery) -> None:
        message = delivery.message
        if message.reply_to is not None:
            message = with_quote(delivery, self._setting.lines).message
        self.link.send(plain_line(message, self._setting.media))

    def send_signal(self, signal: Signal) -> None:
        """Lines are all that this dialect has: others' reactions are told in words, and no other signal is."""
        if isinstance(signal, LineReactions):
            told = reaction_in_words(self.participant_id, signal, self._setting.lines)
            if told:
                self.link.send(plain_notice(told))

    def received(self, raw: str) -> float:
        if not self.participant_id:
            return 0.0  # they were sent away
        try:
            frame = parse_plain(raw)
        except BadFrame as error:
            return self._take_bad(error, len(raw))
        self._spoke = True
        return self._say(frame, f"{self._connection_id}.{next(self._message_ids)}", self._answered, len(raw))

    def _refuse_claim(self, refusal: SeatRefusal, sentence: str) -> None:
        texts, end = self._setting.texts, refusal.end
        if sentence:
            self._complain("refused", sentence)
        if end is not None and end.code:
            self._complain("refused", texts.your_code.format(code=end.code))
        if end is not None and end.link:
            self._complain("refused", texts.your_link.format(link=end.link))

    def _answered(self, receipt: Receipt) -> None:
        if receipt.refused is not None:
            text = refusal_text(self._setting.texts, self._setting.limits, receipt.refused)
            if text:
                self._complain("refused", text)

    def _complain(self, code: str, text: str, message_id: str | None = None) -> None:
        self.link.send(plain_notice(text))
