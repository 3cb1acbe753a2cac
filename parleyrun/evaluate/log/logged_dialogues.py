"""Dialogues of a log, as ParlAI's conversations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ..conversations_file import DialogueLine, conversation_as_json, line_of_act
from .evaluation_log import LogContent
from .example_record import ExampleRecord


def dialogues_of(content: LogContent, metadata_name: str, answering: str) -> Iterator[str]:
    """Yield each episode as a line without its end: task by task, in the order of the data; of several times
    that all was gone through, one after the other for each episode.

    Args:
        content: What is in the log.
        metadata_name: What each line calls the file of its metadata.
        answering: What the agent is called where its answers do not say.
    """
    for _, records in groupby(content.in_order(), key=lambda record: record.key.talk):
        yield conversation_as_json([_exchange(record, answering) for record in records], metadata_name)


def _exchange(record: ExampleRecord, answering: str) -> list[DialogueLine]:
    answer = record.answer or {}
    speaker = str(answer.get("id") or answering)
    if speaker == record.asked["id"]:
        # Who reads it again tells the two apart by their names.
        speaker = f"{speaker} (answering)"
    return [record.asked, line_of_act(answer, speaker)]
