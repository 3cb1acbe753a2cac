"""What operators did, on record."""

from __future__ import annotations

import json
from typing import Any

from ...columns import message_from
from ...operator_records import HeldLine, LifeEvent, OperatorAct, StartRow, life_from_acts
from ..database import RecordConnection
from ..reader import Face

_ACTS = "SELECT number, at, by, verb, target, why, details FROM operator_acts "
_LAST = f"{_ACTS} ORDER BY number DESC LIMIT ?"
_LAST_ABOUT = f"{_ACTS} WHERE target = ? ORDER BY number DESC LIMIT ?"
_ONE = f"{_ACTS} WHERE number = ?"
_HELD = (
    "SELECT m.n, r.uid, p.id, m.at, m.speaker, m.text, m.more, m.carried_line, m.reply_to, m.reason "
    "FROM moderated AS m JOIN participants AS p ON p.n = m.participant JOIN runs AS r ON r.n = m.run "
    "WHERE m.verdict = 'held' AND m.shown IS NULL AND r.ended IS NULL ORDER BY m.n"
)
_STARTS = "SELECT run_id, at, version, config_hash, host, pid FROM starts ORDER BY n DESC LIMIT ?"
_FIRST_SEEN = "SELECT first_seen FROM participants WHERE id = ?"
_RUNS = (
    "SELECT r.started, r.ended, r.uid, r.kind, r.task, s.role, r.outcome, r.reason "
    "FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid WHERE s.participant_id = ? ORDER BY r.n"
)


class RecordedActs(Face):
    """The `KeepsActs` of a durable store."""

    def operator_acts(self, about: str | None = None, at_most: int = 100) -> list[OperatorAct]:
        """Return what operators did last, newest first; with `about` to that target. Raises `StoreError`."""
        if about is None:
            return [_act(row) for row in self._reader.rows(_LAST, at_most)]
        return [_act(row) for row in self._reader.rows(_LAST_ABOUT, about, at_most)]

    def operator_act(self, number: int) -> OperatorAct | None:
        """Return one of these by its number; None if there is none. Raises `StoreError`."""
        row = self._reader.row(_ONE, number)
        return None if row is None else _act(row)

    def held_lines(self) -> list[HeldLine]:
        """Return what is held in conversations that go on, oldest first. Raises `StoreError`."""
        return [
            HeldLine(
                number=number,
                run_uid=uid,
                participant_id=who,
                at=at,
                message=message_from(speaker, text, more, carried_line, reply_to),
                reason=reason,
            )
            for number, uid, who, at, speaker, text, more, carried_line, reply_to, reason in self._reader.rows(
                _HELD
            )
        ]

    def last_starts(self, at_most: int) -> list[StartRow]:
        """Return the last starts of the service on this record, newest first. Raises `StoreError`."""
        return [
            StartRow(run_id=run_id, at=at, version=version, config_hash=said, host=host, pid=pid)
            for run_id, at, version, said, host, pid in self._reader.rows(_STARTS, at_most)
        ]

    def life_of(self, participant_id: str) -> list[LifeEvent]:
        """Return what has happened to somebody, oldest first. Raises `StoreError`."""
        events: list[LifeEvent] = []
        row = self._reader.row(_FIRST_SEEN, participant_id)
        if row is not None:
            events.append(LifeEvent(at=row[0], what="first seen"))
        for started, ended, uid, kind, task, role, outcome, reason in self._reader.rows(_RUNS, participant_id):
            events.append(LifeEvent(at=started, what="began", run_uid=uid, kind=kind, task=task, role=role))
            if ended is not None:
                how = ": ".join(filter(None, (outcome, reason)))
                events.append(
                    LifeEvent(at=ended, what="ended", run_uid=uid, kind=kind, task=task, role=role, text=how)
                )
        events += life_from_acts(self.operator_acts(participant_id)[::-1])
        return sorted(events, key=lambda event: event.at)


def controls_in(connection: RecordConnection) -> dict[str, Any]:
    """Return what operators have set, and what holds."""
    return {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM controls")}


def last_act(connection: RecordConnection) -> int:
    """Return the number of the last thing that an operator did; 0 if there is none."""
    (number,) = connection.execute("SELECT coalesce(max(number), 0) FROM operator_acts").fetchone()
    return int(number)


def _act(row: tuple[Any, ...]) -> OperatorAct:
    number, at, by, verb, target, why, details = row
    return OperatorAct(number=number, at=at, by=by, verb=verb, target=target, why=why, details=json.loads(details))
