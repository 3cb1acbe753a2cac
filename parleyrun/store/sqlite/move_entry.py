"""How a move is recorded."""

from __future__ import annotations

import json
import logging

from ...events import Delivery
from ..protocol import MatchRecord, Move, PoolRecord, Publish, RunRecord, SessionRecord
from .ledger import Ledger
from .operations import Operation, publish_all

log = logging.getLogger(__name__)


class MoveEntry(Operation):
    """What one job of the desk changed."""

    __slots__ = ("_lines", "_move", "_publish")

    def __init__(self, move: Move, publish: Publish) -> None:
        self._move = move
        self._publish = publish
        self._lines: list[Delivery] = []

    def apply(self, ledger: Ledger) -> None:
        move = self._move
        admitted = {session.participant_id for session in move.sessions if session.admitted}
        opened = [record for record in move.started if _opens_the_door(ledger, record, admitted)]
        for session in move.sessions:
            _set_session(ledger, session)
        for uid in move.answered:
            ledger.run("set_answered", uid)
        if move.consumed:
            ledger.consume(move.consumed, None)
        for record in move.started:
            _start_run(ledger, record)
        for record in opened:
            _claim_first_line(ledger, record)
        if move.said:
            self._lines = ledger.say(move.said, None)
        for left in move.left_pool:
            ledger.run("leave_pool", left)
        for entry in move.entered_pool:
            _enter_pool(ledger, entry)
        for match in move.matches:
            _add_match(ledger, match)

    def recorded(self) -> None:
        publish_all(self._lines, self._publish)

    def refused(self, why: BaseException) -> None:
        log.error("a move is not recorded: %s", why, exc_info=why)


def _set_session(ledger: Ledger, session: SessionRecord) -> None:
    ledger.numbering.ensure_participant(session.participant_id, ledger.now)
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


def _opens_the_door(ledger: Ledger, record: RunRecord, admitted: set[str]) -> bool:
    """Say whether a run is the overworld of somebody whose words have just let them in.

    Words that were the password themselves are nobody's to read: `admitted` are those whom it has let in by now.
    """
    if record.kind != "overworld":
        return False
    participant_id = record.seats[0][0]
    known = ledger.run("get_place", participant_id).fetchone()
    place, was_admitted, was_asked = known or ("door", False, False)
    if participant_id in admitted and not was_admitted and not was_asked:
        return False
    return place in ("door", "gone")


def _start_run(ledger: Ledger, record: RunRecord) -> None:
    run = record.identity
    about = (run.uid, run.task_id, run.group, run.world, record.kind, record.task, record.started, run.run_id)
    ledger.run("add_run", *about)
    ledger.settle_lines()
    seats = []
    for position, (participant_id, role) in enumerate(record.seats):
        who, seq = ledger.numbering.ensure_participant(participant_id, ledger.now)
        seats.append((run.uid, position, participant_id, role, who, seq))
    ledger.run_many("add_seat", seats)


def _claim_first_line(ledger: Ledger, record: RunRecord) -> None:
    """Have a visit's first message, which is read at the door, be a line of the overworld that it opens."""
    participant_id = record.seats[0][0]
    who, _ = ledger.numbering.ensure_participant(participant_id, ledger.now)
    (seq,) = ledger.run("find_first_line", who, participant_id).fetchone()
    if seq is not None:
        ledger.run("consume", ledger.numbering.run(record.identity.uid), who, seq)
        ledger.run("begin_seat_earlier", seq, record.identity.uid)


def _enter_pool(ledger: Ledger, entry: PoolRecord) -> None:
    ledger.numbering.ensure_participant(entry.participant_id, ledger.now)
    ledger.run("enter_pool", entry.participant_id, entry.task, entry.since, entry.noticed)


def _add_match(ledger: Ledger, match: MatchRecord) -> None:
    taken, passed_over = json.dumps(match.taken), json.dumps(match.passed_over)
    ledger.run("add_match", match.task, match.run_uid, match.at, taken, passed_over)
