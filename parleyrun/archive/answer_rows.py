"""What bots decided, and what it took to have a model answer: a row of named values each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ..core.bot_seats.bot_names import MODERATION, bot_log_id, bot_of_log
from ..store.decision_columns import ANSWER_COLUMNS, DECISION_COLUMNS, answer_from
from ..store.one_line_json import timestamp
from ..store.protocol import line_reference
from .archive import Archive
from .conversations import Conversation
from .pseudonyms import Pseudonyms
from .row_types import AnswerCells
from .selection import Selection

_NAMES = ("log_id", "role", *DECISION_COLUMNS)
_OF_DECISION = ", ".join(f"d.{name}" for name in DECISION_COLUMNS)
_DECISIONS = f"""
    SELECT p.id, s.role, {_OF_DECISION}
    FROM (
        SELECT participant_id, role FROM seats WHERE run_uid = ? AND model IS NOT NULL
        UNION ALL SELECT '{bot_log_id(MODERATION, "")}' || ?, NULL
    ) AS s JOIN participants AS p ON p.id = s.participant_id JOIN decisions AS d ON d.participant = p.n
    ORDER BY d.n
"""  # noqa: S608  # made of the constant above
_NO_ANSWER = dict.fromkeys(ANSWER_COLUMNS)


def answer_rows(
    archive: Archive, selection: Selection, pseudonyms: Pseudonyms | None = None
) -> Iterator[AnswerCells]:
    """Yield a row for each decision of a bot, in the order of the conversations of a selection.

    With pseudonyms they stand for people's ids wherever these occur, in prompts too; what people said stays.
    """
    for conversation in archive.conversations(selection):
        decisions = list(archive.file.each(_DECISIONS, conversation.uid, conversation.uid))
        if not decisions:
            continue
        numbers = _numbers_of_lines(archive, conversation, and_between=not selection.kinds)
        people = {seat.participant_id for seat in conversation.people if not seat.is_bot}
        for found in decisions:
            row = _row(conversation, dict(zip(_NAMES, found, strict=True)), numbers)
            yield cast(AnswerCells, row if pseudonyms is None else pseudonyms.values(row, people))


def _numbers_of_lines(archive: Archive, conversation: Conversation, *, and_between: bool) -> dict[str, int]:
    """Return the number of each message that a bot said, as other exports have it, by the line that it was."""
    messages = archive.messages(conversation, and_between=and_between)
    return {message.reference: number for number, message in enumerate(messages, 1) if message.is_bot}


def _row(conversation: Conversation, columns: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    seq = columns["seq"]
    return {
        "conversation_id": conversation.uid,
        "name": conversation.name,
        "task": conversation.task,
        "participant": bot_of_log(columns["log_id"]),
        "role": columns["role"],
        "decision": columns["number"],
        "kind": columns["kind"],
        "why": columns["why"],
        "line": None if seq is None else numbers.get(line_reference(columns["log_id"], seq)),
        "at": timestamp(columns["at"]),
        **(answer_from(columns) or _NO_ANSWER),
    }
