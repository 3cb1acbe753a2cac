"""What became of lines that a channel sends by itself, and the channel's notes, for as long as the process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace

from ..events import Sending

KEEP_SENT_LINES = 2_000
"""Of how many lines of one participant it is remembered what became of them."""

_Pieces = dict[int, Sending]


class MemoryOutbox:
    """Remembers, bounded for each participant. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards all below
        self._lines: dict[str, OrderedDict[int, _Pieces]] = {}
        self._by_channel_id: dict[str, Sending] = {}
        self._notes: dict[str, dict[str, str]] = {}

    def record(self, sending: Sending) -> None:
        """Note what became of a piece. What was sent stays sent, and what was dropped is not tried again."""
        with self._lock:
            lines = self._lines.setdefault(sending.participant_id, OrderedDict())
            pieces = lines.setdefault(sending.seq, {})
            before = pieces.get(sending.piece)
            now = pieces[sending.piece] = sending if before is None else _become(before, sending)
            if before is not None:
                self._by_channel_id.pop(before.channel_id or "", None)
            if now.channel_id is not None:
                self._by_channel_id[now.channel_id] = now
            if len(lines) > KEEP_SENT_LINES:
                self._drop(lines.popitem(last=False)[1])

    def sendings(self, participant_id: str, seq: int) -> tuple[Sending, ...]:
        """Return what is known of a line's pieces, in their order."""
        with self._lock:
            lines = self._lines.get(participant_id)
            pieces = {} if lines is None else lines.get(seq, {})
            return tuple(pieces[piece] for piece in sorted(pieces))

    def sending_of(self, channel: str, channel_id: str) -> Sending | None:
        with self._lock:
            found = self._by_channel_id.get(channel_id)
            return None if found is None or found.participant_id.partition(":")[0] != channel else found

    def sent_until(self, participant_id: str, at: float) -> int:
        with self._lock:
            lines = self._lines.get(participant_id)
            if lines is None:
                return 0
            return max((seq for seq, pieces in lines.items() if _all_sent(pieces.values(), at)), default=0)

    def keep(self, channel: str, key: str, value: str | None) -> None:
        with self._lock:
            notes = self._notes.setdefault(channel, {})
            if value is None:
                notes.pop(key, None)
            else:
                notes[key] = value

    def kept(self, channel: str, prefix: str) -> dict[str, str]:
        with self._lock:
            notes = self._notes.get(channel, {})
            return {key: notes[key] for key in sorted(notes) if key.startswith(prefix)}

    def forget(self, participant_id: str) -> None:
        """Let go of all about a participant."""
        with self._lock:
            for pieces in self._lines.pop(participant_id, {}).values():
                self._drop(pieces)
            for notes in self._notes.values():
                for key in [key for key in notes if key.startswith(f"{participant_id}/")]:
                    del notes[key]

    def _drop(self, pieces: _Pieces) -> None:
        for sending in pieces.values():
            self._by_channel_id.pop(sending.channel_id or "", None)


def _become(before: Sending, after: Sending) -> Sending:
    """Return what is known of a piece after more was heard of it."""
    if before.state != "trying" and after.state != "sent":
        return before
    return replace(
        after,
        at=before.at if before.state == "sent" else after.at,
        channel_id=before.channel_id if after.channel_id is None else after.channel_id,
    )


def dealt_with(sendings: Collection[Sending]) -> bool:
    """Say whether all the pieces of a line are sent or dropped."""
    ended = [sending for sending in sendings if sending.state != "trying"]
    return bool(ended) and len(ended) >= min(sending.pieces for sending in ended)


def _all_sent(sendings: Collection[Sending], at: float) -> bool:
    sent = [sending for sending in sendings if sending.state == "sent" and sending.at <= at]
    return bool(sent) and len(sent) >= min(sending.pieces for sending in sendings)
