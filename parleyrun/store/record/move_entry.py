"""How a move is recorded."""

from __future__ import annotations

import json
import logging

from ...events import Delivery
from ..plain_json import plain_json
from ..protocol import MatchRecord, Move, PoolRecord, Publish, RunRecord, SessionRecord
from .ledger import Ledger
from .operations import Operation, publish_all
from .operators.acts_entry import write_acts

log = logging.getLogger(__name__)


class MoveEntry(Operation):
    """What one job of the desk changed."""

    __slots__ = ("_json", "_lines", "_move", "_publish")

    def __init__(self, move: Move, publish: Publish) -> None:
        self._move = move
        self._publish = publish
        self._lines: list[Delivery] = []
        self._json = [(plain_json(session.data), plain_json(session.onboard_data)) for session in move.sessions]

    def apply(self, ledger: Ledger) -> None:
        move = self._move
        admitted = {session.participant_id for session in move.sessions if session.admitted}
        visits = [record for record in move.started if _opens_the_door(ledger, record)]
        opened = [record for record in visits if not _opened_by_password(ledger, record, admitted)]
        for session, (data_json, onboard_data_json) in zip(move.sessions, self._json, strict=True):
            _set_session(ledger, session, data_json, onboard_data_json)
        for record in visits:
            ledger.run("add_visit", record.seats[0][0])
        for uid in move.answered:
            ledger.run("set_answered", uid)
        if move.consumed:
            ledger.consume(move.consumed, None)
        for record in move.started:
            _start_run(ledger, record)
        for record in opened:
            _claim_first_line(ledger, record)
        self._lines = ledger.say(move.said, None) if move.said else []
        if move.acts or move.controls:
            self._lines += write_acts(ledger, move)
        if move.moved_runs:
            ledger.settle_turns()
        for uid, epoch in move.moved_runs:
            ledger.run("set_epoch", epoch, uid)
        for left in move.left_pool:
            ledger.run("end_wait", ledger.now, left)
            ledger.run("leave_pool", left)
        for entry in move.entered_pool:
            _enter_pool(ledger, entry)
        for match in move.matches:
            _add_match(ledger, match)
        for each in move.assigned:
            ledger.run("assign", each.condition, each.owner, json.dumps(each.value), each.state, ledger.now)

    def recorded(self) -> None:
        publish_all(self._lines, self._publish)

    def refused(self, why: BaseException) -> None:
        log.error("a move is not recorded: %s", why, exc_info=why)


def _set_session(
    ledger: Ledger, session: SessionRecord, data_json: str | None, onboard_data_json: str | None
) -> None:
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
        data_json,
        session.onboard_data,
        onboard_data_json,
        session.participant_id,
    )


def _opens_the_door(ledger: Ledger, record: RunRecord) -> bool:
    """Say whether a run is the overworld of somebody who has just come in."""
    if record.kind != "overworld":
        return False
    known = ledger.run("get_place", record.seats[0][0]).fetchone()
    return known is None or known[0] in ("door", "gone")


def _opened_by_password(ledger: Ledger, record: RunRecord, admitted: set[str]) -> bool:
    """Say whether the words that opened the door were the password itself, and so are nobody's to read.

    `admitted` are those whom it has let in by now.
    """
    participant_id = record.seats[0][0]
    known = ledger.run("get_place", participant_id).fetchone()
    _, was_admitted, was_asked = known or ("door", False, False)
    return participant_id in admitted and not was_admitted and not was_asked


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
