"""The store that lasts as long as the process."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

from ..core.message import FrozenDict, Message
from ..core.model_answer import BotDecision
from ..events import Delivery, Inbound, Receipt, SentElsewhere, Unsent
from ..runner.timers import Clock
from ..runner.turn import BotLine, Said, Turn
from .columns import words_bytes_of
from .memory_acts import MemoryActs
from .memory_decisions import MemoryDecisions
from .memory_outbox import MemoryNotes, MemorySendings, dealt_with
from .memory_reactions import MemoryReactions
from .protocol import (
    UNSENT_LINES,
    Assigned,
    AssignedCount,
    Move,
    Publish,
    ReadLine,
    Saved,
    ServiceStart,
    WordsOnRecord,
    parse_line_reference,
    sending_of_line,
)

KEEP_LINES = 2_000
"""How many lines of one participant are kept for somebody who comes back."""

KEEP_MESSAGE_IDS = 1_000
"""How many of a participant's message ids are remembered to recognise one that comes twice."""


class _Log:
    """One participant's lines. The lock makes numbering a line and publishing it one step."""

    __slots__ = ("heard", "lines", "lock", "read", "seen", "seq", "seq_before")

    def __init__(self) -> None:
        # Whoever is told of a line while it is held may ask for another one.
        self.lock = threading.RLock()
        self.lines: deque[Delivery] = deque(maxlen=KEEP_LINES)
        self.seq = 0
        self.seq_before = 0  # the newest line when the store was opened
        self.heard: float | None = None  # when the person last wrote
        self.read = 0
        self.seen: OrderedDict[str, int] | None = None


class MemoryStore(MemorySendings, MemoryNotes, MemoryActs, MemoryReactions):
    """Keeps the logs in memory, bounded for each participant, and a bot's until its run is over. Any thread."""

    durable = False

    def __init__(self, clock: Clock) -> None:
        MemorySendings.__init__(self)
        MemoryNotes.__init__(self)
        MemoryActs.__init__(self)
        MemoryReactions.__init__(self)
        self._clock = clock
        self._logs: dict[str, _Log] = {}
        self._decisions = MemoryDecisions()
        self._assigned: dict[tuple[str, str], Assigned] = {}

    def open(self, start: ServiceStart | None = None) -> Saved:
        for log in list(self._logs.values()):
            log.seq_before = log.seq
        counts = Counter((each.condition, each.value, each.state) for each in self._assigned.values())
        assigned = tuple(
            AssignedCount(condition=condition, value=value, state=state, count=count)
            for (condition, value, state), count in counts.items()
        )
        return Saved(
            spent=self._decisions.spent,
            assigned=assigned,
            controls={**self._controls},
            last_act=self._acts[-1].number if self._acts else 0,
        )

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
            reply_to = None if inbound.reply_to is None else FrozenDict(line=inbound.reply_to["line"])
            message = Message(inbound.text, payload=inbound.payload, reply_to=reply_to)
            now = self._clock.time()
            line = Delivery(inbound.participant_id, log.seq, message, True, now, message_id=inbound.message_id)
            log.lines.append(line)
            then(Receipt(log.seq))

    def commit(self, turn: Turn, publish: Publish) -> None:
        if turn.bots or turn.bot_lines or turn.decisions:
            self._note_bots(turn)
        self._say(turn.said, publish, turn.run.uid)
        if turn.outcome is not None:
            self._drop_held(turn.run.uid)
            self._close_to_reactions(turn.run.uid)
            for bot in self._decisions.run_ended(turn.run.uid):
                self._logs.pop(bot, None)

    def decided(self, run_uid: str, decision: BotDecision) -> None:
        if decision.answer is not None:
            self._decisions.count(decision.answer)

    def move(self, move: Move, publish: Publish) -> None:
        for each in move.assigned:
            self._assigned[each.condition, each.owner] = each
        if move.acts or move.controls:
            self._note_acts(move.acts, move.controls, move.released)
        if move.started:
            self._open_to_reactions(move.started)
        self._say(move.said, publish)
        for run_uid, said in move.said_in_runs:
            self._say([said], publish, run_uid)

    def after(self, work: Callable[[], None]) -> None:
        work()

    def trouble(self) -> str | None:
        return None

    def _say(self, what: Iterable[Said], publish: Publish, run_uid: str | None = None) -> None:
        for said in what:
            message = said.message
            if said.moderation is not None:
                self._hold_line(said, run_uid, self._clock.time())
                if said.moderation.shown is None:
                    continue
                message = said.moderation.shown
            log = self._log(said.participant_id)
            with log.lock:
                log.seq += 1
                line = Delivery(said.participant_id, log.seq, message, at=self._clock.time())
                log.lines.append(line)
                publish(line)

    def _note_bots(self, turn: Turn) -> None:
        bots = {bot.participant_id for bot in turn.bots}.union(
            (line.participant_id for line in turn.bot_lines),
            (decision.participant_id for decision in turn.decisions),
        )
        self._decisions.add(turn.run.uid, bots, turn.decisions)
        for line in turn.bot_lines:
            self._note_bot_line(line)

    def _note_bot_line(self, line: BotLine) -> None:
        log = self._log(line.participant_id)
        with log.lock:
            if line.seq <= log.seq:
                return
            log.seq = line.seq
            message = replace(line.message, carried_line=None) if line.mine else line.message
            log.lines.append(Delivery(line.participant_id, log.seq, message, line.mine, self._clock.time()))

    def record_sent(self, line: SentElsewhere) -> None:
        channel = line.participant_id.partition(":")[0]
        log = self._log(line.participant_id)
        with log.lock:
            if self.sending_of(channel, line.channel_id) is not None:
                return
            log.seq += 1
            log.lines.append(Delivery(line.participant_id, log.seq, line.message, at=self._clock.time()))
            self.record_sending(sending_of_line(line, log.seq))

    def lines_after(self, participant_id: str, seq: int, at_most: int | None = None) -> list[Delivery]:
        log = self._logs.get(participant_id)
        if log is None:
            return []
        with log.lock:
            return list(islice((line for line in log.lines if line.seq > seq), at_most))

    def shown_line(self, participant_id: str, line: str) -> Delivery | None:
        named = parse_line_reference(line)
        lines = self.lines_after(participant_id, 0)
        if named is not None and named.participant_id == participant_id:
            return next((one for one in lines if one.seq == named.seq), None)
        return next((one for one in lines if not one.mine and one.message.carried_line == line), None)

    def newest_line(self, participant_id: str) -> int:
        log = self._logs.get(participant_id)
        return 0 if log is None else log.seq

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
                if line.seq <= seq and not line.mine and line.message.carried_line is not None:
                    origin = parse_line_reference(line.message.carried_line)
                    if origin is not None and origin.participant_id != participant_id:
                        read.append(origin)
            log.read = max(log.read, min(seq, log.seq))
        return read[::-1]

    def unsent(self, channel: str) -> list[Unsent]:
        """Return who of a channel's participants has lines from before `open()` that are not dealt with."""
        found = [
            self._unsent(who, log) for who, log in sorted(self._logs.items()) if who.partition(":")[0] == channel
        ]
        return [unsent for unsent in found if unsent.lines]

    def _unsent(self, participant_id: str, log: _Log) -> Unsent:
        with log.lock:
            said = [line for line in log.lines if not line.mine and line.seq <= log.seq_before]
        lines = [line for line in said if not dealt_with(self._sendings_of(participant_id, line.seq))]
        known = self._sendings_of(participant_id, lines[0].seq) if lines else ()
        return Unsent(participant_id, tuple(lines[:UNSENT_LINES]), known, more=len(lines) > UNSENT_LINES)

    def last_heard(self, participant_id: str) -> float | None:
        log = self._logs.get(participant_id)
        return None if log is None else log.heard

    def heard_of(self, participant_id: str) -> WordsOnRecord:
        """Return how much is kept of a person's own words; who was in a task is not on this record."""
        own = [line.message.text for line in self.lines_after(participant_id, 0) if line.mine]
        return WordsOnRecord(sum(map(words_bytes_of, own)))

    def line_of_message(self, participant_id: str, message_id: str) -> int:
        """Return the number of a person's line that has this message id; 0 if it is not among the last ones."""
        log = self._logs.get(participant_id)
        if log is None or log.seen is None:
            return 0
        with log.lock:
            return log.seen.get(message_id, 0)

    def session(self, participant_id: str) -> None:
        """Return nothing: who is where is for those who read the record later, and nobody can read this one."""

    def forget(self, participant_id: str) -> None:
        self._logs.pop(participant_id, None)
        self._forget_sendings(participant_id)
        self._forget_notes(participant_id)
        self._forget_reactions(participant_id)

    def _log(self, participant_id: str) -> _Log:
        log = self._logs.get(participant_id)
        if log is None:
            # setdefault is atomic: two threads that meet a new participant get the same log.
            log = self._logs.setdefault(participant_id, _Log())
        return log
