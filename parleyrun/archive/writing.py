"""Writing conversations out of a store, as many as there are, in little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .archive import Archive
from .conversations import Conversation, RecordedMessage
from .formats import ExportFormat
from .pseudonyms import Pseudonyms
from .selection import Selection

_OFTEN = 500


@dataclass(slots=True)
class Tally:
    """How much has been written."""

    conversations: int = 0
    messages: int = 0


def export(
    archive: Archive,
    selection: Selection,
    writer: ExportFormat,
    *,
    pseudonyms: Pseudonyms | None = None,
    progress: Callable[[Tally], None] | None = None,
) -> Tally:
    """Write the conversations of a selection, and return how much that was.

    Memory holds one turn at a time, however long a conversation is. `progress` is called now and then. Raises
    `StoreError` where the record cannot be read, and whatever writing raises.
    """
    tally = Tally()
    for conversation in archive.conversations(selection):
        # Whoever takes all kinds of run wants all that was said.
        messages = archive.messages(conversation, and_between=not selection.kinds)
        _write(conversation, messages, writer, pseudonyms, tally, progress)
        tally.conversations += 1
        if progress is not None:
            progress(tally)
    return tally


def _write(
    conversation: Conversation,
    messages: Iterable[RecordedMessage],
    writer: ExportFormat,
    pseudonyms: Pseudonyms | None,
    tally: Tally,
    progress: Callable[[Tally], None] | None,
) -> None:
    if pseudonyms is not None:
        conversation = pseudonyms.conversation(conversation)
        messages = map(pseudonyms.message, messages)
    writer.begin(conversation)
    for message in messages:
        if writer.message(message) is False:
            continue
        tally.messages += 1
        if progress is not None and tally.messages % _OFTEN == 0:
            progress(tally)
    writer.end()
