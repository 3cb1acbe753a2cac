"""The format `chat`, for fine-tuning a model."""

from __future__ import annotations

from typing import TextIO

from ..store.one_line_json import to_line
from .conversations import Conversation, RecordedMessage, RecordedSeat


class ChatLines:
    """`{"messages": [{"role", "content"}, …]}` a line, as used for fine-tuning.

    One speaker's words are the assistant's, everybody else's the user's; what is said in nobody's name is the
    system's. Messages without words (a picture) are left out, what nobody was shown as it was held or refused,
    what a bot had to say as its model gave no answer, and what the assistant was not shown: what a world told
    others only would teach a model their secrets. What a bot without a seat was shown is not on record. It gets
    the words of people, and nothing that a world or another bot told them.
    """

    def __init__(self, out: TextIO, assistant: str) -> None:
        self._write = out.write
        self._assistant = assistant
        self._first = True
        self._seated: frozenset[str] = frozenset()

    def begin(self, conversation: Conversation) -> None:
        self._first = True
        self._seated = frozenset(
            person.participant_id for person in conversation.people if self._assistant in _names(person)
        )
        self._write('{"messages": [')

    def message(self, message: RecordedMessage) -> bool:
        if not message.text or not self._knows(message) or not _is_to_learn_from(message):
            return False
        line = to_line({"role": self._role(message.speaker), "content": message.text})
        self._write(line if self._first else f", {line}")
        self._first = False
        return True

    def end(self) -> None:
        self._write("]}\n")

    def _knows(self, message: RecordedMessage) -> bool:
        if message.speaker == self._assistant:
            return True
        if not self._seated:
            return message.participant_id is not None and not message.is_bot
        return any(shown.participant_id in self._seated for shown in message.shown_to)

    def _role(self, speaker: str) -> str:
        return "assistant" if speaker == self._assistant else "user" if speaker else "system"


def _is_to_learn_from(message: RecordedMessage) -> bool:
    return message.is_models_own and message.moderated not in ("held", "refused")


def _names(seat: RecordedSeat) -> tuple[str, ...]:
    """Return the names that somebody may have spoken under."""
    return (seat.speaker, seat.participant_id) if seat.is_bot and not seat.role else (seat.speaker,)
