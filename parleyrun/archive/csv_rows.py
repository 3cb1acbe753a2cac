"""The format `csv`: a message a row, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from ..store.one_line_json import timestamp, timestamp_or_none, to_line
from ..store.safe_unpickling import to_json
from .conversations import Conversation, RecordedMessage
from .reactions.line_reactions import about_reactions

BYTE_ORDER_MARK = "\ufeff"


class CsvRows:
    """One message a row, below a row of column names.

    Cells are `harmless`, but with `exact`, which leaves all of them as they are. `bom` begins with the mark by
    which Excel knows UTF-8. `data` is the outcome's, in JSON, and the same in each row of a conversation.
    """

    COLUMNS = (
        "conversation", "name", "kind", "task", "world", "started", "ended", "outcome",
        "number", "at", "sent", "committed", "speaker", "participant", "text",
        "episode_done", "quick_replies", "payload", "persona_id", "extra", "shown_to", "delivered", "read",
        "conversation_id", "task_id", "run_id", "data", "is_bot", "moderated", "reply_to", "reactions",
    )  # fmt: skip

    def __init__(self, out: TextIO, *, exact: bool = False, bom: bool = False) -> None:
        if bom:
            out.write(BYTE_ORDER_MARK)
        self._writer = csv.writer(out)
        self._cell: Callable[[str], str] = _unchanged if exact else harmless
        self._about: list[str] = []
        self._ids = ("", "", "", "")
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
        data = "" if conversation.data is None else to_line(to_json(conversation.data))
        self._ids = (conversation.uid, conversation.task_id, conversation.run_id or "", data)

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
            "1" if message.is_bot else "",
            message.moderated,
            "" if message.reply_to is None else str(message.reply_to),
            _json_cell(about_reactions(message)),
        )
        self._writer.writerow([*self._about, self._number, *(self._cell(value) for value in values)])

    def end(self) -> None:
        return


# Where the list separator is a semicolon, a spreadsheet also breaks a cell at it, and at the end of a line.
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_AT_START = f"'*[{_FORMULA}\t\r\n]"
_AFTER_BREAK = f"\"*'*[{_FORMULA}]"
_BEFORE_FORMULA = re.compile(f"\\A(?={_AT_START})|(?<=[;\t\r\n])(?={_AFTER_BREAK})")
_APOSTROPHE = re.compile(f"\\A'(?={_AT_START})|(?<=[;\t\r\n])'(?={_AFTER_BREAK})")


def harmless(cell: str) -> str:
    """Return a cell of which no spreadsheet takes any part for a formula.

    A spreadsheet runs a cell that begins with one of `= + - @` (or a tab, or the end of a line), whoever wrote it.
    An apostrophe goes before it, and before what stands like that behind a semicolon, a tab or the end of a line.
    One goes also where one is already, so that `as_written` gives back exactly what was said.
    """
    return _BEFORE_FORMULA.sub("'", cell)


def as_written(cell: str) -> str:
    """Return what `harmless` made this cell of."""
    return _APOSTROPHE.sub("", cell)


def _unchanged(cell: str) -> str:
    return cell


def _json_cell(value: Any) -> str:
    return to_line(to_json(value)) if value else ""


def _times_cell(times: Iterable[tuple[str, float | None]]) -> str:
    return _json_cell({participant_id: timestamp(at) for participant_id, at in times if at is not None})
