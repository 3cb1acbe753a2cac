"""The store that lasts as long as the process."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from ..core.message import Message
from ..events import Delivery, Inbound, Receipt, Sending, Unsent
from ..runner.timers import Clock
from ..runner.turn import Said, Turn
from .protocol import UNSENT_LINES, Move, Publish, ReadLine, Saved, parse_line_reference

KEEP_LINES = 2_000
"""How many lines of one participant are kept for somebody who comes back."""

KEEP_MESSAGE_IDS = 1_000
"""How many of a participant's message ids are remembered to recognise one that comes twice."""


class _Log:
    """One participant's lines. The lock makes numbering a line and publishing it one step."""

    __slots__ = ("heard", "lines", "lock", "read", "seen", "seq", "seq_before")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lines: deque[Delivery] = deque(maxlen=KEEP_LINES)
        self.seq = 0
        self.seq_before = 0  # the newest line when the store was opened
        self.heard: float | None = None  # when the person last wrote
        self.read = 0
        self.seen: OrderedDict[str, int] | None = None


class MemoryStore:
    """Keeps the logs in memory, bounded for each participant."""

    durable = False

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._logs: dict[str, _Log] = {}
        self._secrets: dict[str, bytes] = {}
        self._outbox = MemoryOutbox()

    def open(self) -> Saved:
        for log in list(self._logs.values()):
            log.seq_before = log.seq
        return Saved()

    def close(self) -> None:
        return

    def journal(self, inbound: Inbound, then: Callable[[Receipt], None]) -> None:
        log = self._log(inbound.participant_id)
        with log.lock:
            if log.seen is None:
                log.seen = OrderedDict()
            first = log.seen.get(inbound.message_id)
            if first is not None:
                then(Receipt(first, duplicate=True))
                return
            log.seq += 1
            log.heard = inbound.at or self._clock.time()
            log.seen[inbound.message_id] = log.seq
            if len(log.seen) > KEEP_MESSAGE_IDS:
                log.seen.popitem(last=False)
            message = Message(inbound.text, payload=inbound.payload, message_id=inbound.message_id)
            log.lines.append(Delivery(inbound.participant_id, log.seq, message, mine=True, at=self._clock.time()))
            then(Receipt(log.seq))

    def commit(self, turn: Turn, publish: Publish) -> None:
        self._say(turn.said, publish)

    def move(self, move: Move, publish: Publish) -> None:
        self._say(move.said, publish)

    def after(self, work: Callable[[], None]) -> None:
        work()

    def trouble(self) -> str | None:
        return None

    def _say(self, what: Iterable[Said], publish: Publish) -> None:
        for said in what:
            log = self._log(said.participant_id)
            with log.lock:
                log.seq += 1
                line = Delivery(said.participant_id, log.seq, said.message, at=self._clock.time())
                log.lines.append(line)
                publish(line)

    def lines_after(self, participant_id: str, seq: int) -> list[Delivery]:
        log = self._logs.get(participant_id)
        if log is None:
            return []
        with log.lock:
            return [line for line in log.lines if line.seq > seq]

    def delivered_through(self, participant_id: str, seq: int) -> None:
        """When lines were delivered is for those who read the record later, and nobody can read this one."""

    def read_through(self, participant_id: str, seq: int) -> list[ReadLine]:
        log = self._logs.get(participant_id)
        if log is None:
            return []
        read = []
        with log.lock:
            for line in reversed(log.lines):
                if line.seq <= log.read:
                    break
                if line.seq <= seq and not line.mine and line.message.message_id is not None:
                    origin = parse_line_reference(line.message.message_id)
                    if origin is not None and origin.participant_id != participant_id:
                        read.append(origin)
            log.read = max(log.read, min(seq, log.seq))
        return read[::-1]

    def unsent(self, channel: str) -> list[Unsent]:
        found = [
            self._unsent(who, log) for who, log in sorted(self._logs.items()) if who.partition(":")[0] == channel
        ]
        return [unsent for unsent in found if unsent.lines]

    def _unsent(self, participant_id: str, log: _Log) -> Unsent:
        with log.lock:
            said = [line for line in log.lines if not line.mine and line.seq <= log.seq_before]
        lines = [line for line in said if not dealt_with(self._outbox.sendings(participant_id, line.seq))]
        known = self._outbox.sendings(participant_id, lines[0].seq) if lines else ()
        return Unsent(participant_id, tuple(lines[:UNSENT_LINES]), known, more=len(lines) > UNSENT_LINES)

    def record_sending(self, sending: Sending) -> None:
        self._outbox.record(sending)

    def sending_of(self, channel: str, channel_id: str) -> Sending | None:
        return self._outbox.sending_of(channel, channel_id)

    def sent_until(self, participant_id: str, at: float) -> int:
        return self._outbox.sent_until(participant_id, at)

    def last_heard(self, participant_id: str) -> float | None:
        log = self._logs.get(participant_id)
        return None if log is None else log.heard

    def keep(self, channel: str, key: str, value: str | None) -> None:
        self._outbox.keep(channel, key, value)

    def kept(self, channel: str, prefix: str = "") -> dict[str, str]:
        return self._outbox.kept(channel, prefix)

    def secret(self, name: str) -> bytes:
        return self._secrets.setdefault(name, secrets.token_bytes(32))

    def forget(self, participant_id: str) -> None:
        self._logs.pop(participant_id, None)
        self._outbox.forget(participant_id)

    def _log(self, participant_id: str) -> _Log:
        log = self._logs.get(participant_id)
        if log is None:
            # setdefault is atomic: two threads that meet a new participant get the same log.
            log = self._logs.setdefault(participant_id, _Log())
        return log


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
