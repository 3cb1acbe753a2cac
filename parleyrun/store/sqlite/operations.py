"""What the writer records: a person's message, a turn, a move, a mark.

An operation is made on the caller's thread, which also pickles what is the author's; it is applied, and called
back, on the writer's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol

from ...events import Delivery, Inbound, Receipt, Sending
from ...runner.turn import Said, Turn
from ..pickling import pickled
from ..protocol import Move, Publish, SessionRecord, parse_line_reference
from .columns import pack, readable
from .transaction import Ledger

log = logging.getLogger(__name__)

MarkKind = Literal["delivered", "read"]


class Refused(Exception):
    """An operation must not become part of the record; the message says why. Raised before it writes anything."""


class Operation(Protocol):
    """Something to record."""

    def apply(self, ledger: Ledger) -> None:
        """Write it, inside a transaction. May be called again after a transaction that failed.

        Raises `Refused` where it must not be recorded, and has written nothing then. Whatever else it raises
        undoes the whole transaction.
        """

    def recorded(self) -> None:
        """It is part of the record now: tell whoever waits for that."""

    def refused(self, why: BaseException) -> None:
        """It is not, and never will be part of the record."""


class JournalEntry:
    """A message of a person. Twice the same id is one line."""

    __slots__ = ("_inbound", "_receipt", "_refusal", "_then")

    def __init__(self, inbound: Inbound, then: Callable[[Receipt], None], refusal: str) -> None:
        self._inbound = inbound
        self._then = then
        self._refusal = refusal
        self._receipt = Receipt()

    def apply(self, ledger: Ledger) -> None:
        seq, is_news = ledger.hear(self._inbound)
        self._receipt = Receipt(seq, duplicate=not is_news)

    def recorded(self) -> None:
        self._then(self._receipt)

    def refused(self, why: BaseException) -> None:
        log.error("a message of %s could not be recorded: %s", self._inbound.participant_id, why)
        self._then(Receipt(refusal=self._refusal))


class TurnEntry:
    """A turn of a run: all of it, or nothing if the run has ended or lives on in another process."""

    __slots__ = ("_lines", "_outcome_data", "_publish", "_snapshots", "_turn", "_value")

    def __init__(self, turn: Turn, publish: Publish, *, snapshots: bool) -> None:
        self._turn = turn
        self._publish = publish
        self._snapshots = snapshots
        self._lines: list[Delivery] = []
        self._value = _choice(turn)
        outcome = turn.outcome
        self._outcome_data = None if outcome is None else pickled(outcome.data, f"the data of run {turn.run}")

    def apply(self, ledger: Ledger) -> None:
        turn = self._turn
        uid = turn.run.uid
        run = self._guard(ledger)
        if turn.between or turn.outcome is not None:
            ledger.clear_inside(uid)
        elif self._snapshots:
            ledger.note_inside(uid)
            for heard in turn.heard:
                ledger.run("add_inside", uid, heard.seat, pack(heard.message), uid)
            for said in turn.said:
                ledger.run("add_said_inside", uid, said.participant_id, pack(said.message), uid)
        if self._value is not None:
            ledger.run("set_value", self._value, uid)
        for participant_id, data in turn.data:
            ledger.ensure_participant(participant_id)
            ledger.run("set_data", data, participant_id)
        for seat in turn.told_left:
            ledger.run("set_told_left", uid, seat)
        _consume(ledger, turn.consumed, run)
        self._lines = _say(ledger, turn.said, run)
        if turn.outcome is not None:
            ledger.close_seats(uid)

    def _guard(self, ledger: Ledger) -> int:
        """Write the turn into its run, and return the run's number. Raises `Refused`."""
        turn = self._turn
        run = ledger.run_number(turn.run.uid)
        if run is None:
            raise Refused("the run is not on record")
        key = (run, turn.epoch)
        snapshot = turn.snapshot if self._snapshots else None
        if turn.outcome is not None:
            outcome = turn.outcome
            how = (outcome.kind, readable(outcome.reason), outcome.forced, self._outcome_data)
            found = ledger.turn_last(turn.run.uid, turn.number, ledger.now(), *how, *key)
        elif turn.between:
            found = ledger.turn_between(turn.number, turn.value is not None, snapshot, *key)
        else:
            # A snapshot that comes now is of the world before the parley in progress, the run's first one.
            found = ledger.turn_inside(turn.number, snapshot, *key)
        if not found:
            raise Refused("the run has ended, or was restored since (its epoch has passed)")
        return run

    def recorded(self) -> None:
        _publish_all(self._lines, self._publish)

    def refused(self, why: BaseException) -> None:
        turn = self._turn
        log.error("turn %d (epoch %d) of run %s is not recorded: %s", turn.number, turn.epoch, turn.run, why)


class MoveEntry:
    """What one job of the desk changed."""

    __slots__ = ("_lines", "_move", "_publish")

    def __init__(self, move: Move, publish: Publish) -> None:
        self._move = move
        self._publish = publish
        self._lines: list[Delivery] = []

    def apply(self, ledger: Ledger) -> None:
        move = self._move
        for session in move.sessions:
            _set_session(ledger, session)
        for uid in move.answered:
            ledger.run("set_answered", uid)
        for record in move.started:
            ledger.start_run(record)
        _consume(ledger, move.consumed, None)
        self._lines = _say(ledger, move.said, None)
        for left in move.left_pool:
            ledger.run("leave_pool", left)
        for entry in move.entered_pool:
            ledger.ensure_participant(entry.participant_id)
            ledger.run("enter_pool", entry.participant_id, entry.task, entry.since, entry.noticed)
        for match in move.matches:
            taken, passed_over = json.dumps(match.taken), json.dumps(match.passed_over)
            ledger.run("add_match", match.task, match.run_uid, match.at, taken, passed_over)

    def recorded(self) -> None:
        _publish_all(self._lines, self._publish)

    def refused(self, why: BaseException) -> None:
        log.error("a move is not recorded: %s", why, exc_info=why)


class Milestone:
    """Nothing to record: a point in the order of operations that somebody wants to hear of."""

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work

    def apply(self, ledger: Ledger) -> None:
        """There is nothing to write."""

    def recorded(self) -> None:
        self._work()

    def refused(self, why: BaseException) -> None:
        log.error("what was to come after a record does not come: %s", why)


class MarkEntry:
    """Everything up to a line of a participant's log, which is on record already, was delivered or read."""

    __slots__ = ("_kind", "_participant_id", "_seq")

    def __init__(self, participant_id: str, seq: int, kind: MarkKind) -> None:
        self._participant_id = participant_id
        self._seq = seq
        self._kind = kind

    def apply(self, ledger: Ledger) -> None:
        if self._kind == "read":
            ledger.run("set_read_to", self._seq, self._participant_id)
        ledger.run("add_mark", self._participant_id, self._seq, self._kind, ledger.now())

    def recorded(self) -> None:
        """Nobody waits for it."""

    def refused(self, why: BaseException) -> None:
        who = self._participant_id
        log.error("it is not recorded that line %d of %s was %s: %s", self._seq, who, self._kind, why)


def _choice(turn: Turn) -> bytes | None:
    if turn.value is None:
        return None
    # A choice that cannot be pickled is no task's key; its kind will do to say so after a restart.
    return pickled(turn.value, f"the choice of run {turn.run}") or pickled(type(turn.value).__name__, "")


def _publish_all(lines: list[Delivery], publish: Publish) -> None:
    for line in lines:
        try:
            publish(line)
        except Exception:  # one person's line must not keep the others' from going out
            log.exception("line %d for %s could not be handed on", line.seq, line.participant_id)


def _say(ledger: Ledger, said: Iterable[Said], run: int | None) -> list[Delivery]:
    lines: list[Delivery] = []
    rows: list[tuple[Any, ...]] = []
    for one in said:
        line, row = ledger.say(one.participant_id, one.message, one.at, run)
        lines.append(line)
        rows.append(row)
    ledger.add_lines(rows)
    return lines


def _consume(ledger: Ledger, references: Iterable[str], run: int | None) -> None:
    lines = [parse_line_reference(reference) for reference in references]
    ledger.consume([line for line in lines if line is not None], run)


def _set_session(ledger: Ledger, session: SessionRecord) -> None:
    ledger.ensure_participant(session.participant_id)
    ledger.run(
        "set_session",
        session.place,
        session.task,
        session.since,
        session.run_uid,
        session.overworld_uid,
        session.admitted,
        session.at_gate,
        session.wrong_passwords,
        session.data,
        session.onboard_data,
        session.participant_id,
    )


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
