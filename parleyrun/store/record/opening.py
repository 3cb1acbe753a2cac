"""What was going on when the store was last closed, or its process died."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...core.message import Message
from ...runner.turn import Outcome, RunIdentity
from ..columns import message_from, unpack
from ..pickling import unpickle
from ..protocol import (
    AssignedCount,
    PoolRecord,
    RunRecord,
    Saved,
    SavedRun,
    ServiceStart,
    SessionRecord,
    Spent,
    line_reference,
    quoted_line,
)
from .database import RecordConnection
from .operators.recorded_acts import controls_in, last_act
from .reactions.line_copies import shown_line

log = logging.getLogger(__name__)

_SESSION = (
    "SELECT id, coalesce(place, 'door'), task, coalesce(since, first_seen), run_uid, overworld_uid, admitted, "
    "at_gate, wrong_passwords, data, onboard_data FROM participants "
)
_SESSION_OF = _SESSION + "WHERE id = ?"
# Who is inside; and who is not, but has written what nobody has read yet.
_SESSIONS = (
    f"{_SESSION} WHERE place NOT IN ('door', 'gone') "  # noqa: S608  # made of the constant above
    "OR n IN (SELECT participant FROM log WHERE mine = 1 AND consumed = 0) ORDER BY coalesce(since, first_seen), n"
)
_RUNS = (
    "SELECT uid, task_id, grp, world, (SELECT run_id FROM starts WHERE starts.n = runs.start), kind, task, "
    "started, epoch, turn, snapshot, value, asleep, outcome, reason, forced, outcome_data "
    "FROM runs WHERE ended IS NULL OR answered = 0 ORDER BY n"
)
_ADD_START = "INSERT INTO starts (run_id, at, version, config_hash, host, pid) VALUES (?, ?, ?, ?, ?, ?)"
_SEATS = (
    "SELECT run_uid, position, participant_id, role, told_left, first_seq FROM seats "
    "WHERE run_uid IN (SELECT uid FROM runs WHERE ended IS NULL OR answered = 0) AND model IS NULL "
    "ORDER BY run_uid, position"
)
_BOTS = (
    "SELECT run_uid, role, disclosed FROM seats "
    "WHERE run_uid IN (SELECT uid FROM runs WHERE ended IS NULL OR answered = 0) "
    "AND model IS NOT NULL AND role IS NOT NULL ORDER BY run_uid, position"
)
_MAIL = (
    "SELECT participant_id, seq, speaker, text, more, reply_to FROM lines WHERE mine = 1 AND consumed = 0 "
    "ORDER BY participant_id, seq"
)
_ONBOARDED = (
    "SELECT p.id, p.task FROM participants AS p WHERE p.place IN ('task', 'waiting') AND EXISTS "
    "(SELECT 1 FROM seats AS s JOIN runs AS r ON r.uid = s.run_uid WHERE s.participant_id = p.id "
    "AND r.kind = 'onboarding' AND r.task = p.task AND r.outcome = 'finished')"
)
# The number at the end of a task_id, as runs count within their group.
_RUN_COUNTS = """
    SELECT grp, coalesce(max(cast(
        nullif(substr(task_id, length(rtrim(task_id, '0123456789')) + 1), '') AS BIGINT)), 0)
    FROM runs GROUP BY grp"""

_CONVERSATIONS_ENDED = (
    "SELECT outcome, count(*) FROM runs WHERE kind = 'task' AND outcome IS NOT NULL GROUP BY outcome"
)

_SPENT = (
    "SELECT coalesce(sum(cost), 0.0), coalesce(sum(prompt_tokens + completion_tokens), 0) FROM decisions "
    "WHERE model IS NOT NULL"
)


def take_over(connection: RecordConnection, start: ServiceStart | None) -> Saved:
    """Return all that is needed to go on, note this start, and make turns of any process before this one stale.

    Runs in one transaction, so that nobody can write in between. Raises what the database raises.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("UPDATE runs SET epoch = epoch + 1 WHERE ended IS NULL")
        if start is not None:
            connection.execute(_ADD_START, _start_row(start))
        saved = Saved(
            sessions=tuple(_session(row) for row in connection.execute(_SESSIONS)),
            runs=tuple(unfinished_runs(connection)),
            pool=tuple(
                PoolRecord(who, task, since, bool(noticed))
                for who, task, since, noticed in connection.execute(
                    "SELECT participant_id, task, since, noticed FROM pool ORDER BY since, rowid"
                )
            ),
            mail=_mail(connection),
            onboarded=frozenset(connection.execute(_ONBOARDED)),
            run_counts={group: int(count) for group, count in connection.execute(_RUN_COUNTS)},
            conversations_ended=dict(connection.execute(_CONVERSATIONS_ENDED).fetchall()),
            assigned=tuple(_assigned(connection)),
            spent=_spent(connection),
            controls=controls_in(connection),
            last_act=last_act(connection),
        )
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return saved


def session_of(connection: RecordConnection, participant_id: str) -> SessionRecord | None:
    """Return where a participant is on record; None if they are on none."""
    row = connection.execute(_SESSION_OF, (participant_id,)).fetchone()
    return None if row is None else _session(row)


def _assigned(connection: RecordConnection) -> Iterator[AssignedCount]:
    counts = "SELECT condition, value, state, count(*) FROM assignments GROUP BY condition, value, state"
    for condition, value, state, count in connection.execute(counts):
        yield AssignedCount(condition=condition, value=json.loads(value), state=state, count=count)


def _spent(connection: RecordConnection) -> Spent:
    cost, tokens = connection.execute(_SPENT).fetchone()
    return Spent(cost=cost, tokens=int(tokens))


def _start_row(start: ServiceStart) -> tuple[Any, ...]:
    return start.run_id, start.at, start.version, start.config_hash, start.host, start.pid


def _session(row: tuple[Any, ...]) -> SessionRecord:
    who, place, task, since, run_uid, overworld_uid, admitted, at_gate, wrong_passwords, data, onboard_data = row
    return SessionRecord(
        participant_id=who,
        place=place,
        task=task,
        since=since,
        run_uid=run_uid,
        overworld_uid=overworld_uid,
        admitted=bool(admitted),
        at_gate=bool(at_gate),
        wrong_passwords=wrong_passwords,
        data=data,
        onboard_data=onboard_data,
    )


def _mail(connection: RecordConnection) -> dict[str, tuple[Message, ...]]:
    mail: dict[str, list[Message]] = defaultdict(list)
    for who, seq, speaker, text, more, reply_to in connection.execute(_MAIL).fetchall():
        # Through worlds a message travels under its line's name, and not under the channel's.
        inbound = message_from(speaker, text, more, None)
        message = Message(inbound.text, payload=inbound.payload, carried_line=line_reference(who, seq))
        if reply_to is not None:
            shown = shown_line(connection, who, reply_to)
            message = replace(message, reply_to=None if shown is None else quoted_line(reply_to, shown))
        mail[who].append(message)
    return {who: tuple(messages) for who, messages in mail.items()}


def unfinished_runs(connection: RecordConnection) -> list[SavedRun]:
    """Return the runs that had not ended, or whose end nobody has dealt with, in the order in which they began."""
    seats: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    told_left: dict[str, list[int]] = defaultdict(list)
    first_lines: dict[str, list[int]] = defaultdict(list)
    for uid, position, who, role, told, first_line in connection.execute(_SEATS):
        seats[uid].append((who, role))
        first_lines[uid].append(first_line)
        if told:
            told_left[uid].append(position)
    bots: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for uid, role, disclosed in connection.execute(_BOTS):
        bots[uid].append((role, bool(disclosed)))
    inside = _rows_by_run(connection, "SELECT run_uid, seat, message FROM inside ORDER BY run_uid, n")
    said_inside = _rows_by_run(
        connection, "SELECT run_uid, participant_id, message FROM said_inside ORDER BY run_uid, n"
    )
    return [
        replace(
            _run(row, tuple(seats[row[0]]), tuple(told_left[row[0]]), inside[row[0]], said_inside[row[0]]),
            bots=tuple(bots[row[0]]),
            first_lines=tuple(first_lines[row[0]]),
        )
        for row in connection.execute(_RUNS)
    ]


def _rows_by_run(connection: RecordConnection, query: str) -> dict[str, list[tuple[Any, bytes]]]:
    found: dict[str, list[tuple[Any, bytes]]] = defaultdict(list)
    for uid, who, message in connection.execute(query):
        found[uid].append((who, message))
    return found


def _run(
    row: tuple[Any, ...],
    seats: tuple[tuple[str, str | None], ...],
    told_left: tuple[int, ...],
    inside: list[tuple[int, bytes]],
    said_inside: list[tuple[str, bytes]],
) -> SavedRun:
    uid, task_id, group, world, run_id, kind, task, started, epoch, turn, snapshot, value, asleep, *ending = row
    identity = RunIdentity(task_id, uid, group, world, run_id or "")
    heard: tuple[tuple[int, Message], ...] = ()
    said: tuple[tuple[str, Message], ...] = ()
    try:
        heard = tuple((seat, unpack(message)) for seat, message in inside)
        said = tuple((who, unpack(message)) for who, message in said_inside)
    except Exception as error:
        # A parley that cannot be re-run as it was is as good as no snapshot at all.
        log.warning("run %s cannot go on where it was: %s: %s", identity, type(error).__name__, error)
        snapshot, heard = None, ()
    return SavedRun(
        record=RunRecord(identity, kind, task, seats, started),
        epoch=epoch,
        turn=turn,
        snapshot=snapshot,
        inside=heard,
        said_inside=said,
        value=unpickle(value, f"the choice of run {identity}"),
        asleep=bool(asleep),
        outcome=_outcome(ending, identity),
        told_left=told_left,
    )


def _outcome(ending: list[Any], identity: RunIdentity) -> Outcome | None:
    kind, reason, forced, data = ending
    if kind is None:
        return None
    return Outcome(kind, reason, unpickle(data, f"the data of run {identity}"), bool(forced))
