"""The format `conversations`, which ParlAI reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TextIO

from ..store.one_line_json import to_line
from .conversations import SYSTEM, Conversation, RecordedMessage
from .json_lines import about_conversation


class ParlaiConversations:
    """The conversations format of ParlAI: a line for each, a dialog of exchanges of `{"id", "text"}`.

    An exchange ends before somebody speaks for the second time in it. `metadata` belongs into a file beside. What
    nobody was shown, as it was held or refused, is left out, and so is what was said before a line was changed.
    """

    def __init__(self, out: TextIO, metadata_path: str) -> None:
        self._write = out.write
        self._metadata_path = metadata_path
        self._exchange: dict[str, str] = {}
        self._first = True
        self._speakers: dict[str, None] = {}

    def begin(self, conversation: Conversation) -> None:
        self._exchange = {}
        self._first = True
        about = {
            **about_conversation(replace(conversation, moderated=())),
            "context": [],
            "metadata_path": self._metadata_path,
        }
        self._write(f'{to_line(about)[:-1]}, "dialog": [')

    def message(self, message: RecordedMessage) -> bool:
        if message.moderated in ("held", "refused"):
            return False
        speaker = message.speaker or SYSTEM
        self._speakers[speaker] = None
        if speaker in self._exchange:
            self._write_exchange()
        self._exchange[speaker] = message.text
        return True

    def end(self) -> None:
        self._write_exchange()
        self._write("]}\n")

    def metadata(self, opt: Mapping[str, Any]) -> str:
        """Return what belongs into the file of metadata, once all conversations are written."""
        metadata = {
            "date": str(datetime.now()),
            "opt": dict(opt),
            "self_chat": False,
            "speakers": list(self._speakers),
            "version": "0.1",
        }
        return json.dumps(metadata, ensure_ascii=True) + "\n"

    def _write_exchange(self) -> None:
        if self._exchange:
            exchange = [{"id": speaker, "text": text} for speaker, text in self._exchange.items()]
            self._write(to_line(exchange) if self._first else f", {to_line(exchange)}")
            self._first = False
            self._exchange = {}
