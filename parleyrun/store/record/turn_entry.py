"""How a turn is recorded."""

from __future__ import annotations

import logging

from ...events import Delivery
from ...runner.turn import Turn
from ..columns import pack, readable
from ..decision_columns import DecisionRow, row_of_decision
from ..line_order import in_order
from ..pickling import pickled
from ..plain_json import plain_json
from ..protocol import Publish
from .ledger import Ledger
from .operations import NotRecorded, Operation, publish_all

log = logging.getLogger(__name__)


class TurnEntry(Operation):
    """A turn of a run: all of it, or nothing if the run has ended or lives on in another process."""

    __slots__ = (
        "_data",
        "_decisions",
        "_lines",
        "_outcome_data",
        "_outcome_data_json",
        "_publish",
        "_snapshots",
        "_turn",
        "_value",
    )

    def __init__(self, turn: Turn, publish: Publish, *, snapshots: bool) -> None:
        self._turn = turn
        self._publish = publish
        self._snapshots = snapshots
        self._lines: list[Delivery] = []
        self._value = None if turn.value is None else _choice(turn)
        outcome = turn.outcome
        self._outcome_data = None if outcome is None else pickled(outcome.data, f"the data of run {turn.run}")
        self._outcome_data_json = self._outcome_data and plain_json(self._outcome_data)
        self._data = _with_json(turn) if turn.data else ()
        self._decisions = _decided(turn) if turn.decisions else ()

    def apply(self, ledger: Ledger) -> None:
        turn = self._turn
        uid = turn.run.uid
        run = ledger.numbering.run(uid)
        if run is None:
            raise NotRecorded("the run is not on record")
        if not self._take(ledger, run):
            raise NotRecorded("the run has ended, or was restored since (its epoch has passed)")
        if turn.between or turn.outcome is not None:
            ledger.clear_inside(uid)
        elif self._snapshots:
            self._write_inside(ledger)
        if self._value is not None:
            ledger.run("set_value", self._value, uid)
        for data, data_json, participant_id in self._data:
            ledger.numbering.ensure_participant(participant_id, ledger.now)
            ledger.run("set_data", data, data_json, participant_id)
        for seat in turn.told_left:
            ledger.run("set_told_left", uid, seat)
        if turn.consumed:
            ledger.consume(turn.consumed, run)
        if turn.bots:
            _seat_bots(ledger, turn)
        if turn.bot_lines:
            self._lines = _say_among_bots(ledger, turn, run)
        elif turn.said:
            self._lines = ledger.say(turn.said, run)
        if self._decisions:
            ledger.decide(self._decisions, run)
        if turn.outcome is not None:
            # No line will be of this run any more.
            ledger.settle_lines()
            ledger.run("close_seats", uid)

    def recorded(self) -> None:
        publish_all(self._lines, self._publish)

    def refused(self, why: BaseException) -> None:
        turn = self._turn
        log.error("turn %d (epoch %d) of run %s is not recorded: %s", turn.number, turn.epoch, turn.run, why)

    def _take(self, ledger: Ledger, run: int) -> bool:
        """Write the turn into its run. False if that has ended, or is of another epoch."""
        turn, outcome = self._turn, self._turn.outcome
        snapshot = turn.snapshot if self._snapshots else None
        if outcome is not None:
            ledger.numbering.run_ended(turn.run.uid)
            data = (self._outcome_data, self._outcome_data_json)
            how = (outcome.kind, readable(outcome.reason), outcome.forced, *data)
            return ledger.take_turn("turn_last", turn.number, ledger.now, *how, run, turn.epoch)
        if turn.between:
            asleep = turn.value is not None
            return ledger.take_turn("turn_between", turn.number, asleep, snapshot, run, turn.epoch)
        # A snapshot that comes now is of the world before the parley in progress, the run's first one.
        return ledger.take_turn("turn_inside", turn.number, snapshot, run, turn.epoch)

    def _write_inside(self, ledger: Ledger) -> None:
        """Write what the parley in progress has heard and said, to be given to it again after a restart."""
        turn = self._turn
        uid = turn.run.uid
        ledger.note_inside(uid)
        for heard in turn.heard:
            ledger.run("add_inside", uid, heard.seat, pack(heard.message), uid)
        for said in turn.said:
            ledger.run("add_said_inside", uid, said.participant_id, pack(said.message), uid)


def _with_json(turn: Turn) -> tuple[tuple[bytes | None, str | None, str], ...]:
    """Return what changed of people's data, as a pickle and as JSON, and whose it is."""
    return tuple((data, plain_json(data), participant_id) for participant_id, data in turn.data)


def _decided(turn: Turn) -> tuple[DecisionRow, ...]:
    """Return what bots have decided, as columns, and who did."""
    return tuple(row_of_decision(decision) for decision in turn.decisions)


def _seat_bots(ledger: Ledger, turn: Turn) -> None:
    for bot in turn.bots:
        ledger.numbering.ensure_bot(bot.participant_id, ledger.now)
        role = None if bot.role is None else readable(bot.role)
        about = (bot.participant_id, role, readable(bot.model), bot.disclosed)
        ledger.run("add_bot_seat", turn.run.uid, bot.position, *about)


def _say_among_bots(ledger: Ledger, turn: Turn, run: int) -> list[Delivery]:
    """Write what was said to people and what bots said and were shown, as it came one after the other."""
    lines: list[Delivery] = []
    for said, bot_lines in in_order(turn.said, turn.bot_lines):
        lines += ledger.say(said, run)
        for line in bot_lines:
            ledger.write_of_bot(line, run)
    return lines


def _choice(turn: Turn) -> bytes | None:
    # A choice that cannot be pickled is no task's key; its kind will do to say so after a restart.
    return pickled(turn.value, f"the choice of run {turn.run}") or pickled(type(turn.value).__name__, "")
