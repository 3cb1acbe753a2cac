"""What the writer records for a channel that sends by itself: what became of a piece of a line, and notes."""

from __future__ import annotations

import logging

from ..events import Sending
from .sqlite_codec import readable
from .sqlite_ledger import Ledger

log = logging.getLogger(__name__)


class SendingEntry:
    """What became of one piece of a line."""

    __slots__ = ("_sending",)

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    def apply(self, ledger: Ledger) -> None:
        sending = self._sending
        where = (sending.participant_id, sending.seq, sending.piece, sending.pieces)
        channel_id = None if sending.channel_id is None else readable(sending.channel_id)
        ledger.run("add_sending", *where, sending.state, sending.at, channel_id, readable(sending.reason))
        if sending.state != "trying":
            ledger.run("move_sent_to", sending.participant_id)

    def recorded(self) -> None:
        """Nobody waits for it."""

    def refused(self, why: BaseException) -> None:
        sending = self._sending
        log.error("what became of line %d for %s is not recorded: %s", sending.seq, sending.participant_id, why)


class NoteEntry:
    """Something that a channel wants to remember, or (None) to forget."""

    __slots__ = ("_channel", "_key", "_value")

    def __init__(self, channel: str, key: str, value: str | None) -> None:
        self._channel = channel
        self._key = readable(key)
        self._value = None if value is None else readable(value)

    def apply(self, ledger: Ledger) -> None:
        if self._value is None:
            ledger.run("delete_note", self._channel, self._key)
        else:
            ledger.run("set_note", self._channel, self._key, self._value)

    def recorded(self) -> None:
        """Nobody waits for it."""

    def refused(self, why: BaseException) -> None:
        log.error("the note %r of channel %r is not recorded: %s", self._key, self._channel, why)
