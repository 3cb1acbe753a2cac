"""The unit of work: everything that one job of the desk changes, recorded as one move."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from ..core.message import Message
from ..events import Lines
from ..runner.timers import Clock
from ..runner.turn import Said
from ..signals import Signal
from ..store.operator_records import Control, HeldLine, OperatorAct, ReleasedLine
from ..store.pickling import pickled
from ..store.protocol import (
    Assigned,
    MatchRecord,
    Move,
    PoolRecord,
    Publish,
    Reaction,
    RunRecord,
    SessionRecord,
    Store,
)
from .sessions import Session

log = logging.getLogger(__name__)

PickleData = Callable[[dict[str, dict[str, Any]]], bytes | None]
"""Pickles a person's `data` and `stored_data`; None where that is impossible."""


class UnitOfWork:
    """Collects on the desk; `close()` records it all or nothing, and only then does what must come after.

    So a process that dies in the middle of a job has either done it, or will do it again from the beginning.
    """

    def __init__(
        self,
        store: Store,
        publish: Publish,
        send_signal: Callable[[str, Signal], None],
        pickle_data: PickleData,
        clock: Clock,
    ) -> None:
        self._store = store
        self._publish = publish
        self._send_signal = send_signal
        self._pickle_data = pickle_data
        self._clock = clock
        self._clear()

    def _clear(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._with_data: set[str] = set()
        self._said: list[Said] = []
        self._consumed: list[str] = []
        self._started: list[RunRecord] = []
        self._answered: list[str] = []
        self._entered: dict[str, PoolRecord] = {}
        self._left: list[str] = []
        self._matches: list[MatchRecord] = []
        self._assigned: list[Assigned] = []
        self._acts: list[OperatorAct] = []
        self._controls: list[Control] = []
        self._said_in_runs: list[tuple[str, Said]] = []
        self._released: list[ReleasedLine] = []
        self._after: list[Callable[[], object]] = []
        self._signals: list[tuple[str, Signal]] = []

    @property
    def lines(self) -> Lines:
        """What is on record of people's lines; what this job says is not among them."""
        return self._store

    def say(self, participant_id: str, message: Message) -> None:
        """Say something of the system's."""
        self._said.append(Said(participant_id, message, self._clock.time()))

    def signal(self, participant_id: str, signal: Signal) -> None:
        """Show a signal, after what is said in this job."""
        self._signals.append((participant_id, signal))

    def touch(self, session: Session, *, data: bool = False) -> None:
        """A session has changed; with `data` its person's data too."""
        self._sessions[session.id] = session
        if data:
            self._with_data.add(session.id)

    def consume(self, message: Message) -> None:
        """A message was read by the system itself."""
        if message.carried_line is not None:
            self._consumed.append(message.carried_line)

    def start(self, run: RunRecord) -> None:
        """A run begins. Launch it with `after`, as its first turn must find its record."""
        self._started.append(run)

    def answer(self, uid: str) -> None:
        """What that run chose, or how it ended, is dealt with."""
        self._answered.append(uid)

    def enter_pool(self, entry: PoolRecord) -> None:
        self._entered[entry.participant_id] = entry

    def leave_pool(self, participant_id: str) -> None:
        self._entered.pop(participant_id, None)
        self._left.append(participant_id)

    def match(self, match: MatchRecord) -> None:
        self._matches.append(match)

    def assign(self, assigned: Assigned) -> None:
        self._assigned.append(assigned)

    def act(self, act: OperatorAct) -> None:
        """An operator has done something."""
        self._acts.append(act)

    def control(self, control: Control) -> None:
        """Something holds from now on that an operator has set, or does not hold any more."""
        self._controls.append(control)

    def say_in_run(self, run_uid: str, participant_id: str, message: Message) -> None:
        """Say something of the system's that belongs to a run which goes on."""
        self._said_in_runs.append((run_uid, Said(participant_id, message, self._clock.time())))

    def release(self, run_uid: str, line: HeldLine, message: Message) -> None:
        """Show a line that was held, in these words."""
        self._released.append(ReleasedLine(line.number, message.text))
        self.say_in_run(run_uid, line.participant_id, message)

    def react(self, reaction: Reaction) -> None:
        """Somebody reacts to a line. Recorded by itself, at once; it is shown to people once it is on record."""
        self._store.react(reaction, self._send_signal)

    def once_recorded(self, work: Callable[[], None]) -> None:
        """Do this, on any thread, once all that was handed to the record so far is recorded."""
        self._store.after(work)

    def after(self, work: Callable[[], object]) -> None:
        """Do this once the record is on its way, in front of anything it may record itself."""
        self._after.append(work)

    def close(self) -> None:
        """Record what was collected, and begin anew."""
        move = Move(
            sessions=tuple(self._record(session) for session in self._sessions.values()),
            said=tuple(self._said),
            consumed=tuple(self._consumed),
            started=tuple(self._started),
            answered=tuple(self._answered),
            entered_pool=tuple(self._entered.values()),
            left_pool=tuple(self._left),
            matches=tuple(self._matches),
            assigned=tuple(self._assigned),
            acts=tuple(self._acts),
            controls=tuple(self._controls),
            said_in_runs=tuple(self._said_in_runs),
            released=tuple(self._released),
        )
        after, signals = self._after, self._signals
        self._clear()
        if move:
            self._store.move(move, self._publish)
        if signals:
            self._store.after(partial(self._show, signals))
        for work in after:
            try:
                work()
            except Exception:
                log.exception("what was to come after a record failed")

    def _show(self, signals: list[tuple[str, Signal]]) -> None:
        for participant_id, signal in signals:
            self._send_signal(participant_id, signal)

    def _record(self, session: Session) -> SessionRecord:
        data = None
        if session.id in self._with_data:
            data = self._pickle_data({"data": session.data, "stored_data": session.stored_data})
        onboard_data = pickled(session.onboard_data, f"the onboard_data of {session.id}")
        if data is not None or onboard_data is not None or session.id in self._with_data:
            session.recorded(
                whole=(data is not None or session.id not in self._with_data)
                and (onboard_data is not None or session.onboard_data is None)
            )
        return SessionRecord(
            participant_id=session.id,
            place=session.at.value,
            task=session.task,
            since=session.since,
            run_uid=session.run_uid,
            overworld_uid=session.overworld_uid,
            admitted=session.admitted,
            at_gate=session.at_gate,
            wrong_passwords=session.wrong_passwords,
            data=data,
            onboard_data=onboard_data,
        )


def no_pickle(_kept: dict[str, dict[str, Any]]) -> bytes | None:
    """A record in memory needs no pickles: the data itself lasts as long."""
    return None
