"""What was said, a row a message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from ...store.one_line_json import timestamp, timestamp_or_none
from ...store.safe_unpickling import to_json
from ..archive import Archive
from ..conversations import Conversation, RecordedMessage
from ..json_lines import about_shown
from ..pseudonyms import Pseudonyms
from ..reactions.line_reactions import about_reactions
from ..row_types import LineCells
from ..selection import Selection
from ..talk_count import TurnNumbers
from .condition_columns import AssignedConditions


def line_cells(
    archive: Archive, selection: Selection, pseudonyms: Pseudonyms | None, conditions: AssignedConditions
) -> Iterator[LineCells]:
    """Yield a row for each message of the conversations of a selection, in their order."""
    for conversation in archive.conversations(selection):
        people = [seat.participant_id for seat in conversation.people if not seat.is_bot]
        values = conditions.cells(conditions.of_run(conversation.uid, people))
        if pseudonyms is not None:
            pseudonyms.conversation(conversation)
        turns = TurnNumbers()
        for number, message in enumerate(archive.messages(conversation), 1):
            turn = turns.of(message.participant_id, message.text, message.more.get("payload"))
            shown = message if pseudonyms is None else pseudonyms.message(message)
            yield cast(LineCells, {**_about(conversation, number, shown), "turn": turn, **values})


def _about(conversation: Conversation, number: int, message: RecordedMessage) -> dict[str, Any]:
    return {
        "conversation_id": conversation.uid,
        "name": conversation.name,
        "task": conversation.task,
        "number": number,
        "sent": timestamp_or_none(message.sent),
        "committed": timestamp(message.at),
        "speaker": message.speaker,
        "participant": message.participant_id,
        "text": message.text,
        "shown_to": [about_shown(shown) for shown in message.shown_to],
        "is_bot": message.is_bot,
        "turn": None,
        "payload": to_json(message.more.get("payload")),
        "moderated": message.moderated or None,
        "reply_to": message.reply_to,
        "reactions": about_reactions(message),
    }
