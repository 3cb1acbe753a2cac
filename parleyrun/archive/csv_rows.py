"""The format `csv`: a message a row, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from .conversations import Conversation, RecordedMessage
from .one_line_json import timestamp, timestamp_or_none, to_line
from .safe_unpickling import to_json


class CsvRows:
    """One message a row, below a row of column names.

    A spreadsheet takes a cell that begins with one of `= + - @` (or a tab, or a carriage return) for a formula
    and runs it, whoever wrote it. Such cells get an apostrophe before them, as do those that have
    one there already, so that taking one apostrophe away gives back what was said. `exact` leaves all cells as
    they are.
    """

    COLUMNS = (
        "conversation", "name", "kind", "task", "world", "started", "ended", "outcome",
        "number", "at", "sent", "committed", "speaker", "participant", "text",
        "episode_done", "quick_replies", "payload", "persona_id", "extra", "shown_to", "delivered", "read",
        "conversation_id", "task_id", "run_id",
    )  # fmt: skip

    def __init__(self, out: TextIO, *, exact: bool = False) -> None:
        self._writer = csv.writer(out)
        self._cell: Callable[[str], str] = _unchanged if exact else harmless
        self._about: list[str] = []
        self._ids = ("", "", "")
        self._number = 0
        self._writer.writerow(self.COLUMNS)

    def begin(self, conversation: Conversation) -> None:
        self._number = 0
        about = (
            conversation.uid,
            conversation.name,
            conversation.kind,
            conversation.task or "",
            conversation.world,
            timestamp(conversation.started),
            "" if conversation.ended is None else timestamp(conversation.ended),
            conversation.outcome or "",
        )
        self._about = [self._cell(value) for value in about]
        self._ids = (conversation.uid, conversation.task_id, conversation.run_id or "")

    def message(self, message: RecordedMessage) -> None:
        self._number += 1
        more = message.more
        committed = timestamp(message.at)
        values = (
            committed,
            timestamp_or_none(message.sent) or "",
            committed,
            message.speaker,
            message.participant_id or "",
            message.text,
            "1" if more.get("episode_done") else "",
            _json_cell(more.get("quick_replies")),
            _json_cell(more.get("payload")),
            more.get("persona_id") or "",
            _json_cell(more.get("extra")),
            _json_cell([shown.participant_id for shown in message.shown_to]),
            _times_cell((shown.participant_id, shown.delivered) for shown in message.shown_to),
            _times_cell((shown.participant_id, shown.read) for shown in message.shown_to),
            *self._ids,
        )
        self._writer.writerow([*self._about, self._number, *(self._cell(value) for value in values)])

    def end(self) -> None:
        return


_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unchanged(cell: str) -> str:
    return cell


def _json_cell(value: Any) -> str:
    return to_line(to_json(value)) if value else ""


def _times_cell(times: Iterable[tuple[str, float | None]]) -> str:
    return _json_cell({participant_id: timestamp(at) for participant_id, at in times if at is not None})
