"""The format `chat`, for fine-tuning a model."""

from __future__ import annotations

from typing import TextIO

from .conversations import Conversation, RecordedMessage
from .one_line_json import to_line


class ChatLines:
    """`{"messages": [{"role", "content"}, …]}` a line, as used for fine-tuning.

    One speaker's words are the assistant's, everybody else's the user's; what is said in nobody's name is the
    system's. Messages without words (a picture) are left out.
    """

    def __init__(self, out: TextIO, assistant: str) -> None:
        self._write = out.write
        self._assistant = assistant
        self._first = True

    def begin(self, _conversation: Conversation) -> None:
        self._first = True
        self._write('{"messages": [')

    def message(self, message: RecordedMessage) -> None:
        if not message.text:
            return
        line = to_line({"role": self._role(message.speaker), "content": message.text})
        self._write(line if self._first else f", {line}")
        self._first = False

    def end(self) -> None:
        self._write("]}\n")

    def _role(self, speaker: str) -> str:
        return "assistant" if speaker == self._assistant else "user" if speaker else "system"
