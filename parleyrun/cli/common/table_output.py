"""Writing a store's tables, and their codebook, to where a command's answer goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from ...archive.selection import Selection
from ...archive.study_tables import StudyTable, StudyTables
from ...archive.tables.codebook import (
    codebook_of,
    write_codebook_csv,
    write_codebook_json,
    write_codebook_markdown,
)
from ...archive.tables.fixed_columns import MESSAGE_COLUMNS
from ...archive.tables.parquet_file import write_parquet
from ...archive.tables.row_files import Written, write_csv, write_jsonl
from ...archive.tables.table_column import TableColumn
from .output import binary_output, output

FileKind = Literal["jsonl", "csv", "parquet"]

TABLES = {
    "participants": "participant",
    "runs": "run",
    "lines": "message",
    "forms": "answer",
    "models": "decision",
}
"""The formats that are tables, and what a row of each is."""

_SUFFIXES: Mapping[str, FileKind] = {".csv": "csv", ".parquet": "parquet", ".jsonl": "jsonl"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChoice:
    """Which table is wanted, and how it is to be written.

    Attributes:
        name: The table; one of `TABLES`.
        kind: What the file is to be.
        wide: Whether each answer is to have a column.
        times: With `wide`: whether to tell how long each question took.
        forms: Only forms of these names; none takes all.
        exact: Leave cells alone that a spreadsheet would run as formulas.
        bom: Begin with the mark by which Excel knows UTF-8.
    """

    name: str
    kind: FileKind
    wide: bool
    times: bool = False
    forms: tuple[str, ...] = ()
    exact: bool = False
    bom: bool = False


def kind_of_file(out: Path | None, *, as_csv: bool, as_parquet: bool) -> FileKind:
    """Return what a table is written as: what was asked for, or what the file's name ends in; else JSON lines."""
    if as_csv and as_parquet:
        raise click.UsageError("expected --csv or --parquet, got both")
    if as_csv or as_parquet:
        return "csv" if as_csv else "parquet"
    return "jsonl" if out is None else _SUFFIXES.get(out.suffix.lower(), "jsonl")


def table_of(tables: StudyTables, choice: TableChoice, wanted: Selection) -> StudyTable[Any]:
    """Return the table that is wanted.

    Args:
        tables: The store's.
        choice: Which of them.
        wanted: Of which runs.
    """
    if choice.name == "participants":
        return tables.participants(wide=choice.wide, times=choice.times)
    if choice.name == "forms":
        return tables.forms(wanted, wide=choice.wide, times=choice.times, names=choice.forms)
    if choice.name == "runs":
        return tables.runs(wanted)
    return tables.lines(wanted) if choice.name == "lines" else tables.models(wanted)


def write_table(table: StudyTable[Any], choice: TableChoice, out: Path | None) -> Written:
    """Write the rows of a table; return how many there were."""
    if choice.kind == "parquet":
        if out is None:
            raise click.UsageError("a Parquet file is nothing for a terminal: say --out PATH")
        with binary_output(out) as path:
            return write_parquet(table, table.described, path)
    with output(out) as stream:
        if choice.kind == "csv":
            return write_csv(table, table.described, stream, exact=choice.exact, bom=choice.bom)
        return write_jsonl(table, stream)


def described_columns(tables: StudyTables, names: tuple[str, ...]) -> dict[str, tuple[TableColumn, ...]]:
    """Return the columns of tables, by their names; forms are there twice, long and wide."""
    found: dict[str, tuple[TableColumn, ...]] = {}
    for name in names:
        if name == "csv":
            found[name] = MESSAGE_COLUMNS
        elif name == "participants":
            found[name] = tables.participants(wide=True, times=True).described
        elif name == "forms":
            found["forms (long)"] = tables.forms().described
            found["forms (wide)"] = tables.forms(wide=True, times=True).described
        else:
            choice = TableChoice(name=name, kind="csv", wide=False)
            found[name] = table_of(tables, choice, Selection()).described
    return found


def write_codebook(
    columns: Mapping[str, tuple[TableColumn, ...]], out: Path | None, *, as_csv: bool, exact: bool, bom: bool
) -> int:
    """Write a codebook, as CSV, as JSON (`--out NAME.json`) or as Markdown; return how many entries it has."""
    entries = codebook_of(columns)
    suffix = "" if out is None else out.suffix.lower()
    with output(out) as stream:
        if as_csv or suffix == ".csv":
            write_codebook_csv(entries, stream, exact=exact, bom=bom)
        elif suffix == ".json":
            write_codebook_json(entries, stream)
        else:
            write_codebook_markdown(entries, stream)
    return len(entries)
