"""The transactional outbox and channels' notes, in memory."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace

from ..events import Sending

KEEP_SENT_LINES = 2_000
"""Of how many lines of one participant it is remembered what became of them."""

_Pieces = dict[int, Sending]


class MemorySendings:
    """The `Sendings` of a store, but for `unsent`: remembers, bounded for each participant."""

    def __init__(self) -> None:
        self._sending = threading.Lock()  # guards both below
        self._sent_lines: dict[str, OrderedDict[int, _Pieces]] = {}
        self._by_channel_id: dict[str, Sending] = {}

    def record_sending(self, sending: Sending) -> None:
        """Note what became of a piece. What was sent stays sent, and what was dropped is not tried again."""
        with self._sending:
            lines = self._sent_lines.setdefault(sending.participant_id, OrderedDict())
            pieces = lines.setdefault(sending.seq, {})
            before = pieces.get(sending.piece)
            now = pieces[sending.piece] = sending if before is None else _become(before, sending)
            if before is not None:
                self._by_channel_id.pop(before.channel_id or "", None)
            if now.channel_id is not None:
                self._by_channel_id[now.channel_id] = now
            if len(lines) > KEEP_SENT_LINES:
                self._drop(lines.popitem(last=False)[1])

    def sending_of(self, channel: str, channel_id: str) -> Sending | None:
        """Return the piece that a channel knows by this id."""
        with self._sending:
            found = self._by_channel_id.get(channel_id)
            return None if found is None or found.participant_id.partition(":")[0] != channel else found

    def sent_until(self, participant_id: str, at: float) -> int:
        """Return the newest `seq` whose pieces were all sent at or before `at`; 0 if there is none."""
        with self._sending:
            lines = self._sent_lines.get(participant_id)
            if lines is None:
                return 0
            return max((seq for seq, pieces in lines.items() if _all_sent(pieces.values(), at)), default=0)

    def _sendings_of(self, participant_id: str, seq: int) -> tuple[Sending, ...]:
        """Return what is known of a line's pieces, in their order."""
        with self._sending:
            lines = self._sent_lines.get(participant_id)
            pieces = {} if lines is None else lines.get(seq, {})
            return tuple(pieces[piece] for piece in sorted(pieces))

    def _forget_sendings(self, participant_id: str) -> None:
        with self._sending:
            for pieces in self._sent_lines.pop(participant_id, {}).values():
                self._drop(pieces)

    def _drop(self, pieces: _Pieces) -> None:
        for sending in pieces.values():
            self._by_channel_id.pop(sending.channel_id or "", None)


class MemoryNotes:
    """Remembers what channels note: the `Notes` of a store."""

    def __init__(self) -> None:
        self._noting = threading.Lock()  # guards _notes
        self._notes: dict[str, dict[str, str]] = {}
        self._secrets: dict[str, bytes] = {}

    def keep(self, channel: str, key: str, value: str | None) -> None:
        """Keep a note of a channel's, or with None delete it."""
        with self._noting:
            notes = self._notes.setdefault(channel, {})
            if value is None:
                notes.pop(key, None)
            else:
                notes[key] = value

    def kept(self, channel: str, prefix: str = "") -> dict[str, str]:
        """Return a channel's notes whose keys begin with this."""
        with self._noting:
            notes = self._notes.get(channel, {})
            return {key: notes[key] for key in sorted(notes) if key.startswith(prefix)}

    def secret(self, name: str) -> bytes:
        """Return a random key of 32 bytes that lasts as long as the store."""
        # setdefault is atomic: two threads that ask for a new one get the same key.
        return self._secrets.setdefault(name, secrets.token_bytes(32))

    def _forget_notes(self, participant_id: str) -> None:
        with self._noting:
            for notes in self._notes.values():
                for key in [key for key in notes if key.startswith(f"{participant_id}/")]:
                    del notes[key]


def dealt_with(sendings: Collection[Sending]) -> bool:
    """Say whether all the pieces of a line are sent or dropped."""
    ended = [sending for sending in sendings if sending.state != "trying"]
    return bool(ended) and len(ended) >= min(sending.pieces for sending in ended)


def _become(before: Sending, after: Sending) -> Sending:
    """Return what is known of a piece after more was heard of it."""
    if before.state != "trying" and after.state != "sent":
        return before
    return replace(
        after,
        at=before.at if before.state == "sent" else after.at,
        channel_id=before.channel_id if after.channel_id is None else after.channel_id,
    )


def _all_sent(sendings: Collection[Sending], at: float) -> bool:
    sent = [sending for sending in sendings if sending.state == "sent" and sending.at <= at]
    return bool(sent) and len(sent) >= min(sending.pieces for sending in sendings)
