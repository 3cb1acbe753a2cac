"""A bot among two people, as a runner puts it on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from record_lab import RecordLab

from parleyrun.core.message import FrozenDict, Message
from parleyrun.core.model_answer import BotDecision, ModelAnswer
from parleyrun.runner.turn import BotLine, BotSeat, Moderation, Said

ADA, BEN = "memory:ada", "memory:ben"

ANSWER = ModelAnswer(
    model="seller",
    served_by="gpt-x-2026",
    text="Seller: Ten coins.",
    parameters=FrozenDict(temperature=0.5, stop=["\n"]),
    prompt_hash="h1",
    prompt='[{"role": "user", "content": "Buyer: How much is the lamp?"}]',
    prompt_tokens=20,
    completion_tokens=4,
    tokens_estimated=True,
    cost=0.25,
    seconds=1.5,
    tries=2,
    finish_reason="stop",
    calls=(FrozenDict(name="price_of", arguments={"thing": "lamp"}, result=10),),
)


def log_of(bot: str, run_uid: str) -> str:
    return f"bot:{bot}@{run_uid}"


def bot_seat(
    run_uid: str, bot: str = "seller", role: str | None = "Seller", position: int = 2, **more: Any
) -> BotSeat:
    about = {"model": bot, "disclosed": True, **more}
    return BotSeat(participant_id=log_of(bot, run_uid), position=position, role=role, **about)


def shown(log: str, seq: int, text: str, at: float = 0.0, **more: Any) -> BotLine:
    return BotLine(participant_id=log, seq=seq, message=Message(text, **more), mine=False, at=at)


def spoken(log: str, seq: int, text: str, at: float = 0.0, **more: Any) -> BotLine:
    message = Message(text, carried_line=f"{log}#{seq}", **more)
    return BotLine(participant_id=log, seq=seq, message=message, mine=True, at=at)


def decision(log: str, number: int, **more: Any) -> BotDecision:
    return BotDecision(**{"participant_id": log, "number": number, "kind": "spoke", "answer": ANSWER, **more})


def moderated(who: str, text: str, shown: str | None, **more: Any) -> Said:
    """What somebody says is held, or another text is shown instead."""
    message = Message(text, **more)
    instead = None if shown is None else Message(shown, **more)
    verdict = Moderation(verdict="held" if shown is None else "changed", shown=instead, reason="it is rude")
    return Said(who, message, moderation=verdict)


def they_haggle(lab: RecordLab, people: Sequence[str] = (ADA, BEN), name: str = "haggle/t_1") -> str:
    """One asks, the seller answers, its second answer is overtaken, the other is told all; return the run."""
    uid = lab.begin(name, dict(zip(people, ("Buyer", "Witness"), strict=False)))
    log = log_of("seller", uid)
    welcome = {"id": "Guide", "text": "Welcome!"}
    lab.turn(
        uid,
        *((who, welcome) for who in people),
        bots=(bot_seat(uid),),
        bot_lines=(shown(log, 1, "Welcome!", id="Guide"),),
    )
    lab.clock.now += 2
    asked = lab.says(people[0], "How much is the lamp?")
    act = {"id": "Buyer", "text": "How much is the lamp?", "carried_line": asked}
    told = shown(log, 2, "How much is the lamp?", id="Buyer", carried_line=asked)
    lab.turn(
        uid, *((who, act) for who in people[1:]), consumed=[asked], bot_lines=(told,),
        decisions=(decision(log, 4, kind="silent", why="not addressed", answer=None, at=lab.clock.now),),
    )  # fmt: skip
    lab.clock.now += 3
    answer = {"id": "Seller", "text": "Ten coins.", "carried_line": f"{log}#3", "bot": True}
    lab.turn(
        uid,
        *((who, answer) for who in people),
        bot_lines=(spoken(log, 3, "Ten coins.", at=lab.clock.now - 1, id="Seller", extra=FrozenDict(bot=True)),),
        decisions=(decision(log, 6, seq=3, at=lab.clock.now - 1),),
    )
    lab.turn(uid, decisions=(decision(log, 7, kind="overtaken", why="dropped", at=lab.clock.now),))
    return uid
