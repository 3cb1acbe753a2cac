"""Conversations as the report's page reads them: JSON, one at a time, with every word once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...single_page.script_data import script_json
from ...store.one_line_json import timestamp
from ...store.safe_unpickling import to_json
from ...text import printable
from ..archive import Archive
from ..conversations import SYSTEM, Conversation, RecordedMessage
from ..pseudonyms import Pseudonyms
from ..reactions.line_reactions import reactions_in_words
from ..selection import Selection
from ..talk_count import is_answers
from .study_figures import GOES_ON

_KINDS = {"person": 0, "bot": 1, "world": 2}


def talks_as_json(
    archive: Archive, selection: Selection, conditions: Mapping[str, str], pseudonyms: Pseudonyms | None
) -> Iterator[str]:
    """Yield each conversation of a selection as JSON that may stand in a script of a page.

    Args:
        archive: The store.
        selection: Which conversations.
        conditions: What the page calls the condition of each, by their ids.
        pseudonyms: They stand for people's ids.
    """
    for conversation in archive.conversations(selection):
        shown = conversation if pseudonyms is None else pseudonyms.conversation(conversation)
        packed = _packed(archive, conversation, shown, pseudonyms)
        yield script_json({**packed, "condition": conditions.get(conversation.uid, "")})


def _packed(
    archive: Archive, conversation: Conversation, shown: Conversation, pseudonyms: Pseudonyms | None
) -> dict[str, Any]:
    speakers: dict[tuple[str, int], int] = {}
    lines: list[list[Any]] = []
    places: dict[int, int] = {}
    for number, message in enumerate(archive.messages(conversation), 1):
        if not message.text and is_answers(message.more.get("payload")):
            continue
        said = message if pseudonyms is None else pseudonyms.message(message)
        speaker = speakers.setdefault((said.speaker or SYSTEM, _kind(said)), len(speakers))
        line = [speaker, round(max(0.0, message.at - conversation.started), 1), said.text]
        note = _note(said)
        replied = places.get(message.reply_to or 0)
        places[number] = len(lines)
        lines.append([*line, note, replied] if replied is not None else [*line, note] if note else line)
    return {
        "name": shown.name,
        "task": shown.task or "",
        "outcome": shown.outcome or GOES_ON,
        "started": timestamp(shown.started),
        "speakers": [[printable(name, " "), kind] for name, kind in speakers],
        "people": [printable(seat.participant_id, " ") for seat in shown.people if not seat.is_bot],
        "lines": lines,
    }


def _kind(message: RecordedMessage) -> int:
    if message.participant_id is None:
        return _KINDS["world"]
    return _KINDS["bot" if message.is_bot else "person"]


def _note(message: RecordedMessage) -> str:
    """Return what a message had besides words, and what became of it."""
    if not message.more and not message.moderated and message.is_models_own and not message.reactions:
        return ""
    payload = to_json(message.more.get("payload"))
    form = payload.get("form") if isinstance(payload, dict) else None
    name = form.get("name") if isinstance(form, dict) else form
    notes = [
        message.moderated,
        "said as the model gave no answer" if not message.is_models_own else "",
        f"{payload.get('type')} {name if isinstance(name, str) else ''}".strip()
        if isinstance(payload, dict)
        else "",
        reactions_in_words(message),
    ]
    return printable(", ".join(filter(None, notes)), " ")[:200]
