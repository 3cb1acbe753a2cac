"""A file that an evaluation writes while it goes on, so that whatever ends it leaves what was answered."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from ...core.model_answer import ModelAnswer
from ...errors import MetricError, TaskError
from ...private_files import create_private
from .example_record import ExampleKey, ExampleRecord, answer_as_taken, key_in
from .judge_verdict import JudgeVerdict
from .line_checks import mapping_in, taken_in, text_in

FORMAT = "parleyrun.evaluation.v1"
SUFFIX = ".jsonl"
_MOST_IN_A_NAME = 60
_CLOSED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """What an evaluation is of: the first line of its file.

    Attributes:
        tasks: The single names of the tasks.
        opt: The options that the figures depend on, without secrets.
        about: What else whoever goes on with it has to know, such as the file of models.
        began: When it was begun, in words of ISO 8601.
    """

    tasks: tuple[str, ...]
    opt: Mapping[str, Any]
    about: Mapping[str, Any]
    began: str


class EvaluationLog:
    """A file of records that is only ever added to. Any thread.

    A line is written at once and whole, so that a process that is killed leaves all lines but perhaps half of one.

    Args:
        path: The file, with its head in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()  # guards the handle
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND)

    @classmethod
    def begin(cls, folder: Path, name: str, head: LogHead) -> Self:
        """Make a new file of that name in a folder, for its owner only. Raises `TaskError` if that fails."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = _made(folder, name)
            log = cls(path)
        except OSError as error:
            raise TaskError(f"cannot write to the folder {folder}: {error.strerror or error}") from error
        log._write(
            {
                "format": FORMAT,
                "tasks": head.tasks,
                "opt": dict(head.opt),
                "about": dict(head.about),
                "began": head.began,
            }
        )
        return log

    @classmethod
    def resume(cls, path: Path) -> Self:
        """Open a file to go on with it. What a killed process left of a line is cut off first."""
        try:
            _cut_off_half_a_line(path)
            return cls(path)
        except OSError as error:
            raise TaskError(f"cannot go on with {path}: {error.strerror or error}") from error

    def add(self, record: ExampleRecord) -> None:
        """Write a record. Raises `TaskError` if there is no room for it."""
        self._write_line(record.as_json())

    def add_verdicts(
        self, key: ExampleKey, verdicts: Iterable[JudgeVerdict], taken: Iterable[ModelAnswer]
    ) -> None:
        """Write what a judge has said of an answer on record, and what that took. Raises as `add` does."""
        self._write(
            {
                **key._asdict(),
                "verdicts": [each.as_dict() for each in verdicts],
                "took_judging": [answer_as_taken(each) for each in taken],
            }
        )

    def end(self, report: Mapping[str, Any]) -> None:
        """Write that all was done, and what came of it."""
        self._write({"ended": datetime.now().astimezone().isoformat(timespec="seconds"), **report})

    def close(self) -> None:
        """Let go of the file. Who adds a record after that gets a `TaskError`."""
        with self._lock:
            os.close(self._handle)
            # The number is another file's soon, and a thread whose server takes its time may still come to write.
            self._handle = _CLOSED

    def _write(self, line: Mapping[str, Any]) -> None:
        self._write_line(json.dumps(line, ensure_ascii=False, default=str))

    def _write_line(self, text: str) -> None:
        data = f"{text}\n".encode("utf-8", "backslashreplace")
        try:
            with self._lock:
                while data:
                    data = data[os.write(self._handle, data) :]
        except OSError as error:
            raise TaskError(f"cannot write to {self.path}: {error.strerror or error}") from error


def _made(folder: Path, name: str) -> Path:
    stem = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)[:_MOST_IN_A_NAME]
    number = 1
    while True:
        path = folder / f"{stem}{'' if number == 1 else f'_{number}'}{SUFFIX}"
        try:
            os.close(create_private(path))
        except FileExistsError:
            number += 1
            continue
        return path


def _cut_off_half_a_line(path: Path) -> None:
    with path.open("r+b") as file:
        whole = 0
        for line in file:
            if line.endswith(b"\n"):
                whole += len(line)
        file.truncate(whole)


@dataclass(frozen=True, slots=True)
class LogContent:
    """What stands in a file: its head, the records that stand, and the report if it came to its end.

    A record stands if no later one is of the same example, and its episode was not begun again after it.
    """

    path: Path
    head: LogHead
    records: Mapping[ExampleKey, ExampleRecord]
    report: Mapping[str, Any] | None
    spent: float

    def in_order(self) -> Iterator[ExampleRecord]:
        """Yield the records in the order of the data, task by task."""
        places = {task: place for place, task in enumerate(self.head.tasks)}
        for key in sorted(
            self.records, key=lambda key: (places.get(key.task, 0), key.episode, key.repeat, key.entry)
        ):
            yield self.records[key]

    def whole_episodes(self) -> dict[ExampleKey, ExampleRecord]:
        """Return the records of episodes that were answered from their first to their last example."""
        episodes: dict[tuple[str, int, int], list[ExampleRecord]] = {}
        for record in self.in_order():
            episodes.setdefault(record.key.talk, []).append(record)
        return {
            record.key: record
            for records in episodes.values()
            if records[-1].last
            and all(record.failure is None for record in records)
            and [record.key.entry for record in records] == list(range(len(records)))
            for record in records
        }


_NO_LOG = (ValueError, KeyError, TypeError, ArithmeticError, AttributeError, RecursionError, MetricError)
"""What comes of reading lines that no evaluation has written."""


def read_log(path: Path) -> LogContent:
    """Read a file of an evaluation. Raises `TaskError` for a file that is none."""
    records: dict[ExampleKey, ExampleRecord] = {}
    lengths: dict[tuple[str, int, int], int] = {}
    report: Mapping[str, Any] | None = None
    spent = 0.0
    number = 1
    try:
        with path.open("rb") as file:
            head = _head_of(file.readline())
            for number, line in enumerate(file, 2):  # noqa: B007  # said of a line that is refused
                if not line.endswith(b"\n"):
                    break  # a process was killed in the middle of it
                parsed = mapping_in(json.loads(line), "a line")
                if "ended" in parsed:
                    report = parsed
                    continue
                if "verdicts" in parsed:
                    spent += _judge(records, parsed)
                    continue
                report = None
                record = ExampleRecord.from_json(parsed)
                spent += record.cost
                episode = record.key.talk
                if record.key.entry == 0:
                    for entry in range(lengths.get(episode, 0)):
                        records.pop(record.key._replace(entry=entry), None)
                records[record.key] = record
                lengths[episode] = max(lengths.get(episode, 0), record.key.entry + 1)
    except OSError as error:
        raise TaskError(f"cannot read {path}: {error.strerror or error}") from error
    except _NO_LOG as error:
        raise TaskError(
            f"expected the log of an evaluation at {path}, got another file (line {number}: {error})"
        ) from error
    return LogContent(path, head, records, report, spent)


def _judge(records: dict[ExampleKey, ExampleRecord], parsed: Mapping[str, Any]) -> float:
    """Put verdicts with the answer that they are of, and return what they have cost."""
    key = key_in(parsed)
    verdicts = [JudgeVerdict.from_json(each) for each in parsed["verdicts"]]
    if key in records:
        records[key] = records[key].with_verdicts(verdicts)
    return sum(taken_in(each).cost or 0.0 for each in parsed["took_judging"])


def _head_of(line: bytes) -> LogHead:
    head = mapping_in(json.loads(line), "the first line")
    if head["format"] != FORMAT:
        raise ValueError(f"its format is {head['format']!r}")
    return LogHead(
        tasks=tuple(text_in(task, "a task") for task in head["tasks"]),
        opt=mapping_in(head["opt"], "opt"),
        about=mapping_in(head["about"], "about"),
        began=text_in(head["began"], "began"),
    )


def logs_in(path: Path) -> list[Path]:
    """Return the files of evaluations in a folder, the newest last; a file is itself. Raises `TaskError`."""
    if path.is_file():
        return [path]
    found = [each for each in path.glob(f"*{SUFFIX}") if each.is_file()] if path.is_dir() else []
    if not found:
        raise TaskError(f"expected the log of an evaluation, or a folder of such, at {path}, got none")
    return sorted(found, key=lambda each: (each.stat().st_mtime_ns, each.name))
