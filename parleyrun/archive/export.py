"""Writing conversations out of a store, as many as there are, in little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .archive import Record, Selection
from .conversations import Conversation, Entry
from .export_formats import Form
from .pseudonyms import Pseudonyms

_OFTEN = 500


@dataclass(slots=True)
class Tally:
    """How much has been written."""

    conversations: int = 0
    messages: int = 0


def export(
    record: Record,
    selection: Selection,
    form: Form,
    *,
    pseudonyms: Pseudonyms | None = None,
    progress: Callable[[Tally], None] | None = None,
) -> Tally:
    """Write the conversations of a selection, and return how much that was.

    Memory holds one turn at a time, however long a conversation is. `progress` is called now and then. Raises
    `StoreError` where the record cannot be read, and whatever writing raises.
    """
    tally = Tally()
    for conversation in record.conversations(selection):
        _write(conversation, record.messages(conversation), form, pseudonyms, tally, progress)
        tally.conversations += 1
        if progress is not None:
            progress(tally)
    return tally


def _write(
    conversation: Conversation,
    messages: Iterable[Entry],
    form: Form,
    pseudonyms: Pseudonyms | None,
    tally: Tally,
    progress: Callable[[Tally], None] | None,
) -> None:
    if pseudonyms is not None:
        conversation = pseudonyms.conversation(conversation)
        messages = map(pseudonyms.entry, messages)
    form.begin(conversation)
    for entry in messages:
        form.message(entry)
        tally.messages += 1
        if progress is not None and tally.messages % _OFTEN == 0:
            progress(tally)
    form.end()
