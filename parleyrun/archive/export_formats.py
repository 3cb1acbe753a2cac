"""The forms a conversation is written in. Each writes to a text stream, a message at a time."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TextIO

from .conversations import Conversation, Entry, Shown, Transmission
from .safe_unpickling import to_json

Format = Literal["jsonl", "csv", "conversations", "chat"]

SYSTEM = "system"
"""Who speaks where nobody is named, in the formats that need a name."""


class Form(Protocol):
    """Writes conversations one after the other."""

    def begin(self, conversation: Conversation) -> None: ...

    def message(self, entry: Entry) -> None: ...

    def end(self) -> None: ...


class JsonLines:
    """One conversation a line, with everything that is on record about it."""

    def __init__(self, out: TextIO) -> None:
        self._write = out.write
        self._number = 0

    def begin(self, conversation: Conversation) -> None:
        self._number = 0
        head = to_line(_about(conversation))
        self._write(f'{head[:-1]}, "messages": [')

    def message(self, entry: Entry) -> None:
        self._number += 1
        described: dict[str, Any] = {
            "number": self._number,
            "at": timestamp(entry.at),
            "sent": _timestamp_or_none(entry.sent),
            "committed": timestamp(entry.at),
            "speaker": entry.speaker,
            "participant": entry.participant_id,
            "text": entry.text,
        }
        if entry.more:
            described.update((key, value) for key, value in to_json(entry.more).items() if key not in described)
        described["shown_to"] = [_shown(shown) for shown in entry.shown_to]
        self._write(to_line(described) if self._number == 1 else f", {to_line(described)}")

    def end(self) -> None:
        self._write("]}\n")


class Csv:
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
    )  # fmt: skip

    def __init__(self, out: TextIO, *, exact: bool = False) -> None:
        self._writer = csv.writer(out)
        self._cell: Callable[[str], str] = _unchanged if exact else harmless
        self._about: list[str] = []
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

    def message(self, entry: Entry) -> None:
        self._number += 1
        more = entry.more
        committed = timestamp(entry.at)
        values = (
            committed,
            _timestamp_or_none(entry.sent) or "",
            committed,
            entry.speaker,
            entry.participant_id or "",
            entry.text,
            "1" if more.get("episode_done") else "",
            _json_cell(more.get("quick_replies")),
            _json_cell(more.get("payload")),
            more.get("persona_id") or "",
            _json_cell(more.get("extra")),
            _json_cell([shown.participant_id for shown in entry.shown_to]),
            _times_cell((shown.participant_id, shown.delivered) for shown in entry.shown_to),
            _times_cell((shown.participant_id, shown.read) for shown in entry.shown_to),
        )
        self._writer.writerow([*self._about, self._number, *(self._cell(value) for value in values)])

    def end(self) -> None:
        return


class ParlaiConversations:
    """The conversations format of ParlAI: a line for each, a dialog of exchanges of `{"id", "text"}`.

    An exchange ends before somebody speaks for the second time in it. `metadata` belongs into a file beside.
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
            **_about(conversation),
            "context": [],
            "metadata_path": self._metadata_path,
        }
        self._write(f'{to_line(about)[:-1]}, "dialog": [')

    def message(self, entry: Entry) -> None:
        speaker = entry.speaker or SYSTEM
        self._speakers[speaker] = None
        if speaker in self._exchange:
            self._write_exchange()
        self._exchange[speaker] = entry.text

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


class Chat:
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

    def message(self, entry: Entry) -> None:
        if not entry.text:
            return
        line = to_line({"role": self._role(entry.speaker), "content": entry.text})
        self._write(line if self._first else f", {line}")
        self._first = False

    def end(self) -> None:
        self._write("]}\n")

    def _role(self, speaker: str) -> str:
        return "assistant" if speaker == self._assistant else "user" if speaker else "system"


def timestamp(seconds: float) -> str:
    """Return wall time as `2026-11-21T06:10:00.123Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _timestamp_or_none(seconds: float | None) -> str | None:
    return None if seconds is None else timestamp(seconds)


# What JSON may hold as it is, but some readers take for the end of a line, and what UTF-8 has no bytes for.
_TROUBLESOME = re.compile("[\x85\u2028\u2029\ud800-\udfff]")


def to_line(value: Any) -> str:
    """Return the value as JSON that is one line to every reader."""
    return _TROUBLESOME.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


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


def _shown(shown: Shown) -> dict[str, Any]:
    return {
        "participant": shown.participant_id,
        "at": timestamp(shown.at),
        "committed": timestamp(shown.at),
        "delivered": _timestamp_or_none(shown.delivered),
        "read": _timestamp_or_none(shown.read),
        **_transmitted(shown.transmission),
    }


def _transmitted(transmission: Transmission | None) -> dict[str, Any]:
    if transmission is None:
        return {}
    told = {"state": transmission.state, "channel_ids": list(transmission.channel_ids)}
    return {"sending": {**told, "reason": transmission.reason} if transmission.reason else told}


def _about(conversation: Conversation) -> dict[str, Any]:
    matched = conversation.matched
    return {
        "conversation": conversation.uid,
        "name": conversation.name,
        "kind": conversation.kind,
        "task": conversation.task,
        "world": conversation.world,
        "started": timestamp(conversation.started),
        "ended": None if conversation.ended is None else timestamp(conversation.ended),
        "outcome": conversation.outcome,
        "reason": conversation.reason,
        "forced": conversation.forced,
        "data": to_json(conversation.data),
        "people": [{"participant": person.participant_id, "role": person.role} for person in conversation.people],
        "match": matched
        and {
            "at": timestamp(matched.at),
            "taken": list(matched.taken),
            "passed_over": [{"participant": who, "why": why} for who, why in matched.passed_over],
        },
    }
