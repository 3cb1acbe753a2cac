"""The format `jsonl`: everything that is on record, a conversation a line."""

from __future__ import annotations

from typing import Any, TextIO

from ..store.one_line_json import timestamp, timestamp_or_none, to_line
from ..store.safe_unpickling import to_json
from .conversations import (
    Conversation,
    RecordedMessage,
    RecordedModeration,
    RecordedSeat,
    ShownTo,
    Transmission,
)
from .reactions.line_reactions import about_reactions


class JsonLines:
    """One conversation a line, with everything that is on record about it."""

    def __init__(self, out: TextIO) -> None:
        self._write = out.write
        self._number = 0

    def begin(self, conversation: Conversation) -> None:
        self._number = 0
        head = to_line(about_conversation(conversation))
        self._write(f'{head[:-1]}, "messages": [')

    def message(self, message: RecordedMessage) -> None:
        self._number += 1
        described = about_message(self._number, message)
        self._write(to_line(described) if self._number == 1 else f", {to_line(described)}")

    def end(self) -> None:
        self._write("]}\n")


def about_message(number: int, message: RecordedMessage) -> dict[str, Any]:
    described: dict[str, Any] = {
        "number": number,
        "at": timestamp(message.at),
        "sent": timestamp_or_none(message.sent),
        "committed": timestamp(message.at),
        "speaker": message.speaker,
        "participant": message.participant_id,
        "text": message.text,
    }
    if message.unread:
        described["unread"] = True
    if message.reply_to is not None:
        described["reply_to"] = message.reply_to
    if message.reactions:
        described["reactions"] = about_reactions(message)
    if message.moderated:
        described["moderated"] = message.moderated
    if message.more:
        described.update((key, value) for key, value in to_json(message.more).items() if key not in described)
    if message.answer is not None:
        described["answer"] = dict(message.answer)
    described["shown_to"] = [about_shown(shown) for shown in message.shown_to]
    return described


def about_conversation(conversation: Conversation) -> dict[str, Any]:
    matched = conversation.matched
    return {
        "conversation": conversation.uid,
        "conversation_id": conversation.uid,
        "task_id": conversation.task_id,
        "run_id": conversation.run_id,
        "name": conversation.name,
        "kind": conversation.kind,
        "task": conversation.task,
        "world": conversation.world,
        "started": timestamp(conversation.started),
        "ended": None if conversation.ended is None else timestamp(conversation.ended),
        "outcome": conversation.outcome,
        "reason": conversation.reason,
        "forced": conversation.forced,
        "data": to_json(conversation.data),
        "people": [about_seat(person) for person in conversation.people],
        "match": matched
        and {
            "at": timestamp(matched.at),
            "taken": list(matched.taken),
            "passed_over": [{"participant": who, "why": why} for who, why in matched.passed_over],
        },
        "moderated": [_moderated(moderated) for moderated in conversation.moderated],
    }


def about_seat(seat: RecordedSeat) -> dict[str, Any]:
    about = {"participant": seat.participant_id, "role": seat.role, "is_bot": seat.is_bot}
    return {**about, "model": seat.model, "disclosed": seat.disclosed} if seat.is_bot else about


def _moderated(moderated: RecordedModeration) -> dict[str, Any]:
    return {
        "participant": moderated.participant_id,
        "at": timestamp(moderated.at),
        "speaker": moderated.speaker,
        "text": moderated.text,
        "verdict": moderated.verdict,
        "reason": moderated.reason,
        "shown": moderated.shown,
    }


def about_shown(shown: ShownTo) -> dict[str, Any]:
    return {
        "participant": shown.participant_id,
        "at": timestamp(shown.at),
        "committed": timestamp(shown.at),
        "delivered": timestamp_or_none(shown.delivered),
        "read": timestamp_or_none(shown.read),
        **_transmitted(shown.transmission),
    }


def _transmitted(transmission: Transmission | None) -> dict[str, Any]:
    if transmission is None:
        return {}
    told = {"state": transmission.state, "channel_ids": list(transmission.channel_ids)}
    return {"sending": {**told, "reason": transmission.reason} if transmission.reason else told}
