"""The record: what the store says, read from outside, and whether people saw just that."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from parleyrun.core.bot_seats.bot_names import is_bot_log

from .checker import Finding
from .diary import Diary, Line
from .words import EXIT, TEXTS

ABANDONED = "nobody is in it any more"


@dataclass(frozen=True)
class Row:
    """A row of the table `lines`. `n` is the order of commits over the whole store."""

    participant_id: str
    seq: int
    n: int
    mine: bool
    speaker: str
    text: str
    message_id: str | None
    carried_line: str | None
    consumed: bool


@dataclass(frozen=True)
class Ran:
    """A row of the table `runs`, as far as it tells how the run ended."""

    task_id: str
    group: str
    kind: str
    ended: bool
    outcome: str | None
    reason: str | None


@dataclass(frozen=True)
class Record:
    rows: list[Row]
    runs: list[Ran]


@dataclass(frozen=True)
class Kill:
    """What was outside when the server was killed: how often the oracle had been asked, and the newest commit."""

    asked: int
    newest_n: int


def read_record(store: Path | str) -> Record:
    """Read a store's file, or its PostgreSQL database, without writing to it."""
    lines, runs = _asked(
        store,
        "SELECT participant_id, seq, n, mine, speaker, text, message_id, carried_line, consumed FROM lines"
        " ORDER BY participant_id, seq",
        "SELECT task_id, grp, kind, ended IS NOT NULL, outcome, reason FROM runs",
    )
    rows = [
        Row(who, seq, n, bool(mine), speaker or "", text, message_id, carried_line, bool(consumed))
        for who, seq, n, mine, speaker, text, message_id, carried_line, consumed in lines
    ]
    # A database has an order of its own for texts.
    rows.sort(key=lambda row: (row.participant_id, row.seq))
    ran = [
        Ran(task_id, group, kind, bool(ended), outcome, reason)
        for task_id, group, kind, ended, outcome, reason in runs
    ]
    return Record(rows, ran)


def newest_line(store: Path | str) -> int:
    """Return the newest `n` of a store that may be open."""
    (((newest,),),) = _asked(store, "SELECT max(n) FROM lines")
    return newest or 0


def newest_commit(store: Path | str) -> int:
    """Return the newest `n` of a store that nobody has open. A file itself is left as the kill left it."""
    if isinstance(store, str):
        return newest_line(store)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            beside = store.with_name(store.name + suffix)
            if beside.exists():
                shutil.copy(beside, folder)
        with closing(sqlite3.connect(Path(folder) / store.name)) as connection:
            try:
                (newest,) = connection.execute("SELECT max(n) FROM lines").fetchone()
            except sqlite3.OperationalError:
                return 0  # killed before the tables were made
            return newest or 0


def _asked(store: Path | str, *questions: str) -> list[list[Any]]:
    """Return the rows of each of these, read at one moment."""
    if isinstance(store, Path):
        with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as file:
            return [file.execute(question).fetchall() for question in questions]
    import psycopg

    with psycopg.connect(store) as database:
        return [database.execute(question.encode()).fetchall() for question in questions]


def check_record(diaries: Iterable[Diary], record: Record) -> list[Finding]:
    """Compare what people saw with what is on record, once everybody has come home."""
    by_person: dict[str, list[Row]] = {}
    for row in record.rows:
        by_person.setdefault(row.participant_id, []).append(row)
    findings = [
        finding for diary in diaries for finding in _compare(diary, by_person.pop(diary.participant_id, []))
    ]
    for participant_id, rows in by_person.items():
        if is_bot_log(participant_id):
            if [row.seq for row in rows] != list(range(1, len(rows) + 1)):
                findings.append(Finding(participant_id, f"its lines have the numbers {[row.seq for row in rows]}"))
            continue
        # Whoever was killed off before they got their token came back as somebody else.
        if any(row.mine or row.text != TEXTS["password_ask"] for row in rows):
            findings.append(Finding(participant_id, f"nobody was this person: {[row.text for row in rows]}"))
    findings += _wrong_order(record.rows)
    findings += [Finding("", what) for run in record.runs if (what := _wrong_run(run)) is not None]
    return findings


def _compare(diary: Diary, rows: list[Row]) -> Iterator[Finding]:
    seen = {line.seq: line for line in diary.log()}
    on_record = {row.seq: row for row in rows}
    for seq in sorted(seen.keys() | on_record.keys()):
        line, row = seen.get(seq), on_record.get(seq)
        if line is None or row is None or _content(row) != _content(line):
            yield Finding(diary.name, f"line {seq} was seen as {line}, and is on record as {row}")
        elif row.mine and row.message_id != line.message_id:
            yield Finding(diary.name, f"line {seq}: sent as {line.message_id!r}, on record as {row.message_id!r}")
        elif row.mine and not row.consumed:
            yield Finding(diary.name, f"line {seq}, {row.text!r}, counts as unread after it was answered")


def _content(line: Row | Line) -> tuple[bool, str, str]:
    return line.mine, line.text, "" if line.mine else line.speaker


def _wrong_order(rows: list[Row]) -> Iterator[Finding]:
    if len({row.n for row in rows}) != len(rows):
        yield Finding("", "two lines have the same place in the order of commits")
    said = {(row.participant_id, row.seq): row.n for row in rows if row.mine}
    before: Row | None = None
    for row in rows:
        if before is not None and before.participant_id == row.participant_id and before.n >= row.n:
            yield Finding(row.participant_id, f"line {row.seq} was committed before line {before.seq}")
        before = row
        if row.carried_line is not None:
            who, _, seq = row.carried_line.rpartition("#")
            if said.get((who, int(seq)), row.n) >= row.n:
                yield Finding(
                    row.participant_id, f"line {row.seq} was heard before it was said ({row.carried_line})"
                )


def _wrong_run(run: Ran) -> str | None:
    name = f"run {run.group}/{run.task_id}"
    if run.kind == "overworld" and run.reason == ABANDONED:
        return None  # its person has a fresh one already; a kill came before it could be told to end
    if run.ended and run.outcome != "finished":
        return f"{name} ended as {run.outcome!r}: {run.reason}"
    if not run.ended and run.kind != "overworld":
        return f"{name} never ended"
    return None


def check_oracle(asked: list[str], record: Record, kills: list[Kill]) -> list[Finding]:
    """Check that the oracle was asked once, and again only where a kill came before its answer was on record."""
    on_record: dict[str, int] = {}
    for row in record.rows:
        if row.text.startswith("oracle on "):
            text = row.text.removeprefix("oracle on ")
            on_record[text] = min(row.n, on_record.get(text, row.n))
    findings = [
        Finding("", f"an answer that the oracle never gave: {text!r}") for text in on_record.keys() - {*asked}
    ]
    times: dict[str, list[int]] = {}
    for index, text in enumerate(asked):
        times.setdefault(text, []).append(index)
    times.pop(EXIT, None)  # the one question that is not the only one of its kind
    for text, indexes in times.items():
        for before, again in pairwise(indexes):
            between = [kill for kill in kills if before < kill.asked <= again]
            if not between:
                findings.append(Finding("", f"the oracle was asked twice on {text!r}, with no kill in between"))
            elif text in on_record and on_record[text] <= between[-1].newest_n:
                findings.append(Finding("", f"the oracle was asked again on {text!r}, which was on record"))
    return findings
