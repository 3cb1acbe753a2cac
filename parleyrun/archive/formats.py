"""Export formats by name; installed packages can add more in the entry-point group `parleyrun.export_formats`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

from ..registry import Registry, lacks
from .chat_lines import ChatLines
from .conversations import Conversation, RecordedMessage
from .csv_rows import CsvRows
from .json_lines import JsonLines
from .parlai_conversations import ParlaiConversations


class ExportFormat(Protocol):
    """Writes conversations one after the other, a message at a time."""

    def begin(self, conversation: Conversation) -> None:
        """A conversation begins."""

    def message(self, message: RecordedMessage) -> bool | None:
        """The next message of that conversation. False says that it was left out."""

    def end(self) -> None:
        """That was all of that conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOptions:
    """What whoever exports can say about the format.

    Attributes:
        assistant: The role, or another speaker's name, whose words are the assistant's.
        exact: Leave cells alone that a spreadsheet would run as formulas.
        metadata_path: The file for what belongs beside the conversations; None if they go to standard output.
        bom: Begin with the mark by which Excel knows UTF-8.
    """

    assistant: str | None = None
    exact: bool = False
    metadata_path: str | None = None
    bom: bool = False


MakeFormat = Callable[[TextIO, FormatOptions], ExportFormat]
"""Makes a writer of one format, on a text stream. A class whose constructor takes these two is one."""


def _fault(_name: str, make: Any) -> str | None:
    if isinstance(make, type):
        return lacks(make, ExportFormat)
    return None if callable(make) else "cannot be called with a stream and the options"


FORMATS: Registry[MakeFormat] = Registry("an export format", "parleyrun.export_formats", _fault)


def jsonl(out: TextIO, _options: FormatOptions) -> ExportFormat:
    """Everything, a conversation a line."""
    return JsonLines(out)


def csv(out: TextIO, options: FormatOptions) -> ExportFormat:
    """A message a row."""
    return CsvRows(out, exact=options.exact, bom=options.bom)


def conversations(out: TextIO, options: FormatOptions) -> ExportFormat:
    """ParlAI's format, with metadata beside it."""
    return ParlaiConversations(out, str(options.metadata_path))


def chat(out: TextIO, options: FormatOptions) -> ExportFormat:
    """Messages of a user and an assistant."""
    return ChatLines(out, options.assistant or "")


for _make in (jsonl, csv, conversations, chat):
    FORMATS.register(_make.__name__, _make)
