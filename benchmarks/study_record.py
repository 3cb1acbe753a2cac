"""The record of a study that nobody took part in: as large as it is wanted, written as a service writes it."""

from __future__ import annotations

import pickle
import random
import threading
from pathlib import Path
from typing import Any

from parleyrun.core.message import FrozenDict, Message, message_from_act
from parleyrun.core.model_answer import BotDecision, ModelAnswer
from parleyrun.events import Inbound
from parleyrun.runner.turn import BotLine, BotSeat, Outcome, RunIdentity, Said, Turn
from parleyrun.store.protocol import (
    Assigned,
    MatchRecord,
    Move,
    PoolRecord,
    RunRecord,
    ServiceStart,
    SessionRecord,
    line_reference,
)
from parleyrun.store.sqlite.sqlite_store import SqliteStore

BEGAN = 1_760_000_000.0
_SETTLE_SECONDS = 60
WORDS = [
    "the",
    "price",
    "of",
    "this",
    "old",
    "lamp",
    "is",
    "more",
    "than",
    "I",
    "would",
    "like",
    "to",
    "pay",
    "for",
    "it",
    "today",
    "but",
    "let",
    "us",
    "see",
]
FIELDS: list[dict[str, Any]] = [
    {"name": "satisfied", "kind": "scale", "ask": "How satisfied were you?", "from": 1, "to": 7, "low": "not",
     "high": "very", "labels": {}},
    {"name": "natural", "kind": "scale", "ask": "How natural was the talk?", "from": 1, "to": 7, "low": "",
     "high": "", "labels": {}},
    {"name": "again", "kind": "yes_no", "ask": "Would you talk with them again?", "yes": "Yes", "no": "No"},
    {"name": "who", "kind": "choice", "ask": "Whom did you talk with?",
     "options": [{"value": "person", "label": "A person"}, {"value": "model", "label": "A model"}]},
    {"name": "age", "kind": "number", "ask": "How old are you?", "whole": True, "unit": "years"},
    {"name": "comment", "kind": "text", "ask": "Anything else?"},
]  # fmt: skip


class _Clock:
    now = BEGAN

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


class StudyRecord:
    """Writes conversations of a person with a bot, each with a rating at its end.

    Args:
        path: The store, which must not be there yet.
        lines: How many messages each conversation has.
        seed: The same one makes the same record.
    """

    def __init__(self, path: Path, *, lines: int, seed: int = 1) -> None:
        self._clock = _Clock()
        self._store = SqliteStore(path, self._clock, synchronous="normal")
        self._lines = lines
        self._chance = random.Random(seed)
        self._number = 0
        start = ServiceStart(run_id="r_1ab0", at=BEGAN, version="0", config_hash="0" * 64, host="desk", pid=1)
        self._store.open(start)

    def close(self) -> None:
        """End the record once all of it is written."""
        self._settle()
        self._store.close()

    def talk(self) -> None:
        """Write one conversation more, with a person of its own."""
        self._number += 1
        who, uid = f"browser:{self._number:020x}", f"{self._number:032x}"
        self._clock.now = began = BEGAN + self._number * 60 + self._chance.random() * 50
        partner = ("human", "model")[self._number % 2]
        self._store.move(Move(entered_pool=(PoolRecord(who, "haggle", began),)), _nothing)
        self._clock.now += self._chance.expovariate(1 / 25)
        identity = RunIdentity(f"t_{self._number}", uid, "haggle", "Chat", "r_1ab0")
        self._store.move(self._beginning(identity, who, partner), _nothing)
        log = f"bot:seller@{uid}"
        for number in range(self._lines // 2):
            self._clock.now += self._chance.expovariate(1 / 6)
            self._exchange(identity, who, log, number)
        kind: Any = self._chance.choices(("finished", "left", "timed_out"), (8, 1, 1))[0]
        last = self._lines // 2 + 1
        rated = Said(who, message_from_act(self._rating(partner))) if kind == "finished" else None
        said = () if rated is None else (Said(who, message_from_act(_SHOWN)), rated)
        self._store.commit(Turn(identity, last, said=said, outcome=Outcome(kind)), _nothing)
        self._store.move(self._ending(uid, who, partner, kind, began), _nothing)
        if self._number % 20 == 0:
            self._settle()

    def _beginning(self, identity: RunIdentity, who: str, partner: str) -> Move:
        run = RunRecord(identity, "task", "haggle", ((who, "Buyer"),), self._clock.now)
        session = SessionRecord(
            participant_id=who, place="task", task="haggle", since=self._clock.now, run_uid=identity.uid
        )
        return Move(
            left_pool=(who,),
            started=(run,),
            sessions=(session,),
            matches=(MatchRecord("haggle", identity.uid, self._clock.now, (who,), ()),),
            assigned=(Assigned(condition="partner", owner=who, value=partner, state="begun"),),
        )

    def _exchange(self, identity: RunIdentity, who: str, log: str, number: int) -> None:
        words = " ".join(self._chance.choices(WORDS, k=self._chance.randint(3, 18)))
        self._store.journal(Inbound(who, f"m{number}", words, at=self._clock.now), _nothing)
        # Of each exchange the person's log has two lines, and the bot's has two.
        reference = line_reference(who, 2 * number + 1)
        answer = " ".join(self._chance.choices(WORDS, k=self._chance.randint(3, 18)))
        asked = Message(words, id="Buyer", carried_line=reference)
        heard = BotLine(participant_id=log, seq=2 * number + 1, message=asked, mine=False, at=self._clock.now)
        mine = f"{log}#{2 * number + 2}"
        said = Message(answer, id="Seller", carried_line=mine)
        spoken = BotLine(participant_id=log, seq=2 * number + 2, message=said, mine=True, at=self._clock.now)
        took = ModelAnswer(
            model="seller", served_by="x", text=answer, parameters=FrozenDict(), prompt_hash="h",
            prompt_tokens=300, completion_tokens=20, cost=0.0004, finish_reason="stop",
            seconds=self._chance.uniform(0.4, 3),
        )  # fmt: skip
        decision = BotDecision(participant_id=log, number=number, kind="spoke", seq=2 * number + 2, answer=took)
        act = {"id": "Seller", "text": answer, "carried_line": mine}
        seat = BotSeat(participant_id=log, position=1, role="Seller", model="seller", disclosed=False)
        turn = Turn(
            identity,
            number + 1,
            consumed=(reference,),
            said=(Said(who, message_from_act(act)),),
            bots=() if number else (seat,),
            bot_lines=(heard, spoken),
            decisions=(decision,),
        )
        self._store.commit(turn, _nothing)

    def _rating(self, partner: str) -> dict[str, Any]:
        higher = partner == "human"
        answers = {
            "satisfied": min(7, max(1, round(self._chance.gauss(5 if higher else 4.3, 1.4)))),
            "natural": min(7, max(1, round(self._chance.gauss(5.5 if higher else 4.6, 1.2)))),
            "again": self._chance.random() < (0.7 if higher else 0.5),
            "who": "person" if self._chance.random() < (0.8 if higher else 0.4) else "model",
            "age": self._chance.randint(18, 70),
            "comment": "fine" if self._chance.random() < 0.3 else None,
        }
        record = {
            "form": "rating",
            "number": 1,
            "status": "done",
            "outcome": "",
            "answers": answers,
            "not_asked": [],
        }
        state = {"type": "form_state", "form": "rating", "number": 1, "status": "done", "page": 1, "errors": {}}
        return {"id": "", "text": "", "payload": state, "form_record": record}

    def _ending(self, uid: str, who: str, partner: str, kind: str, began: float) -> Move:
        completion = {
            "outcome": kind, "code": "C1", "at": self._clock.now, "seconds_waited": 20.0, "waiting_pay_cents": 3,
        }  # fmt: skip
        stored = {"entry": {"PROLIFIC_PID": f"{self._number:024x}"}, "condition": {"partner": partner}}
        session = SessionRecord(
            participant_id=who,
            place="gone",
            data=pickle.dumps({"data": {}, "stored_data": {**stored, "completion": completion}}),
            since=began,
        )
        return Move(answered=(uid,), sessions=(session,))

    def _settle(self) -> None:
        done = threading.Event()
        nobody = Said(f"browser:{1:020x}", Message("settled"))
        self._store.move(Move(said=(nobody,)), lambda _: done.set())
        if not done.wait(_SETTLE_SECONDS):
            raise TimeoutError("the store does not write")


_SHOWN = {
    "id": "",
    "text": "",
    "payload": {
        "type": "form",
        "form": {
            "name": "rating", "number": 1, "title": "", "text": "", "page": 1, "answers": {}, "settled": [],
            "pages": [{"title": "", "text": "", "fields": [{**one, "show_if": []} for one in FIELDS]}],
        },
    },
}  # fmt: skip


def _nothing(_: Any) -> None:
    """What is told of a record is of no use here."""
