"""A store to read from, written by the real one, a turn at a time."""

from __future__ import annotations

import pickle
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from keeping import durable_store

from parleyrun.core.message import Message, message_from_act
from parleyrun.events import Inbound, Receipt, Sending
from parleyrun.runner.turn import Outcome, RunIdentity, Said, Turn
from parleyrun.store.protocol import (
    MatchRecord,
    Move,
    PoolRecord,
    Reaction,
    RunKind,
    RunRecord,
    ServiceStart,
    SessionRecord,
    line_reference,
)

BEGAN = 1_700_000_000.0
"""When the lab's clock starts: 2023-11-14T22:13:20Z."""

WAIT_SECONDS = 10

LAB_START = ServiceStart(
    run_id="r_1ab0", at=BEGAN - 60, version="0.1.0", config_hash="c0ffee" + "0" * 58, host="desk", pid=7
)


class LabClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = BEGAN

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


class RecordLab:
    """Records what a service would. Every call returns once it is on record."""

    def __init__(self, path: Any) -> None:
        self.path = path
        self.clock = LabClock()
        self.store = durable_store(path, self.clock, synchronous="normal")
        self._runs: dict[str, tuple[RunIdentity, int]] = {}
        self._message_ids = 0

    def __enter__(self) -> Self:
        is_new = isinstance(self.path, Path) and not self.path.exists()
        self.store.open(LAB_START if is_new else None)
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def begin(
        self,
        name: str,
        people: dict[str, str | None],
        *,
        kind: RunKind = "task",
        passed_over: Sequence[tuple[str, str]] = (),
    ) -> str:
        """Begin a run named as `chat/t_1`, and return its uid."""
        group, _, task_id = name.partition("/")
        uid = f"{group}{task_id}".replace("_", "").ljust(16, "0")
        identity = RunIdentity(task_id, uid, group, f"{group.title()}World", LAB_START.run_id)
        self._runs[uid] = (identity, 0)
        match = MatchRecord(group, uid, self.clock.now, tuple(people), tuple(passed_over))
        self.move(
            Move(
                started=(RunRecord(identity, kind, group, tuple(people.items()), self.clock.now),),
                sessions=tuple(
                    SessionRecord(participant_id=who, place=kind, task=group, since=self.clock.now, run_uid=uid)
                    for who in people
                ),
                matches=(match,) if kind == "task" else (),
            )
        )
        return uid

    def says(self, who: str, text: str, **more: Any) -> str:
        """A person says something; return the line's reference."""
        self._message_ids += 1
        receipts: list[Receipt] = []
        done = threading.Event()

        def then(receipt: Receipt) -> None:
            receipts.append(receipt)
            done.set()

        inbound = Inbound(who, f"m{self._message_ids}", text, at=self.clock.now, **more)
        self.store.journal(inbound, then)
        assert done.wait(WAIT_SECONDS)
        assert not receipts[0].refused, receipts
        return line_reference(who, receipts[0].seq)

    def turn(
        self,
        uid: str,
        *told: tuple[str, dict[str, Any]],
        consumed: Sequence[str] = (),
        outcome: Outcome | None = None,
        **more: Any,
    ) -> None:
        """A world takes a turn: it reads, and tells people acts."""
        identity, number = self._runs[uid]
        self._runs[uid] = (identity, number + 1)
        said = tuple(Said(who, message_from_act(act)) for who, act in told)
        self.store.commit(
            Turn(identity, number + 1, consumed=tuple(consumed), said=said, outcome=outcome, **more),
            lambda _: None,
        )
        self.settle()

    def relay(self, uid: str, who: str, role: str, text: str, to: Sequence[str], **more: Any) -> None:
        """A person says something, and their world hands it on."""
        reference = self.says(who, text, **more)
        act = {"id": role, "text": text, "carried_line": reference, **more}
        self.turn(uid, *((other, act) for other in to), consumed=[reference])

    def reacts(self, uid: str, who: str, seq: int, reaction: str) -> None:
        """A person reacts to a line of their log."""
        wanted = Reaction(participant_id=who, name="", run_uid=uid, seq=seq, reaction=reaction, on=True)
        self.store.react(wanted, lambda *_: None)
        self.settle()

    def end(self, uid: str, kind: Any = "finished", **more: Any) -> None:
        """A run ends, and the service deals with that."""
        self.turn(uid, outcome=Outcome(kind, **more))
        self.move(Move(answered=(uid,)))

    def tell(self, who: str, text: str) -> None:
        """The system says something, outside of any run."""
        self.move(Move(said=(Said(who, Message(text)),)))

    def wait_in_pool(self, who: str, task: str) -> None:
        self.move(Move(entered_pool=(PoolRecord(who, task, self.clock.now),)))

    def keep_data(self, who: str, data: Any, onboard_data: Any = None) -> None:
        self.move(
            Move(
                sessions=(
                    SessionRecord(
                        participant_id=who,
                        place="overworld",
                        data=pickle.dumps({"data": data, "stored_data": {}}),
                        onboard_data=pickle.dumps(onboard_data),
                    ),
                )
            )
        )

    def sent(self, text: str, at: float | None) -> None:
        """Have it on record that all lines of this text were sent then, or that nobody knows when."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE log SET sent = ? WHERE text = ?", [at, text])

    def delivered(self, who: str, seq: int) -> None:
        self.store.delivered_through(who, seq)
        self.settle()

    def read(self, who: str, seq: int) -> None:
        self.store.read_through(who, seq)
        self.settle()

    def sends(self, who: str, seq: int, *channel_ids: str) -> None:
        """A channel has sent a line, in as many pieces as it has ids for."""
        for piece, channel_id in enumerate(channel_ids):
            self.send(
                Sending(
                    participant_id=who,
                    seq=seq,
                    piece=piece,
                    pieces=len(channel_ids),
                    state="sent",
                    at=self.clock.now,
                    channel_id=channel_id,
                )
            )

    def send(self, sending: Sending) -> None:
        self.store.record_sending(sending)
        self.settle()

    def note(self, key: str, value: str) -> None:
        """A channel remembers something."""
        self.store.keep("memory", key, value)
        self.settle()

    def move(self, move: Move) -> None:
        self.store.move(move, lambda _: None)
        self.settle()

    def settle(self) -> None:
        """Wait until all before this is on record: what comes last is told of last."""
        done = threading.Event()
        self.store.move(Move(said=(Said("memory:nobody", Message("settled")),)), lambda _: done.set())
        assert done.wait(WAIT_SECONDS)


def a_pair_talks(lab: RecordLab, name: str = "chat/t_1", **people: str) -> str:
    """Ada and Ben talk, with a word from a bot to both; return the run."""
    roles = people or {"ada": "Teacher", "ben": "Pupil"}
    ada, ben = (f"memory:{who}" for who in roles)
    teacher, pupil = roles.values()
    uid = lab.begin(name, {ada: teacher, ben: pupil}, passed_over=[("memory:eve", "she is away")])
    lab.turn(
        uid,
        *(
            (who, {"id": "Guide", "text": "Welcome to both!", "quick_replies": ["hi", "bye"]})
            for who in (ada, ben)
        ),
    )
    lab.clock.now += 2
    lab.relay(uid, ada, teacher, "What is a sonnet?", [ben])
    lab.clock.now += 3
    lab.relay(uid, ben, pupil, "Fourteen lines,\nI believe.", [ada])
    lab.clock.now += 1
    lab.end(uid)
    return uid
