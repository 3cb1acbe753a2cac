"""Rows of a table, written to a file: as JSON lines, or as comma-separated values."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from ...store.one_line_json import to_line
from ..csv_rows import BYTE_ORDER_MARK, harmless
from .table_column import TableColumn, as_text

NamedCells = Mapping[str, Any]
"""Names and values; these are such as JSON has."""


@dataclass(slots=True)
class Written:
    """How many rows were written, and in how many cells a formula was made harmless."""

    rows: int = 0
    disarmed: int = 0


def write_jsonl(rows: Iterable[NamedCells], out: TextIO) -> Written:
    """Write a row a line."""
    written = Written()
    for row in rows:
        out.write(f"{to_line(row)}\n")
        written.rows += 1
    return written


def write_csv(
    rows: Iterable[NamedCells], columns: Sequence[TableColumn], out: TextIO, *, exact: bool, bom: bool
) -> Written:
    """Write rows below their columns' names, as RFC 4180 has them. Lists and objects are JSON, None is empty.

    Args:
        rows: The rows.
        columns: What to write of each.
        out: Where to.
        exact: Leave texts alone that a spreadsheet would run as formulas. Numbers are always left alone.
        bom: Begin with the mark by which Excel knows UTF-8.
    """
    if bom:
        out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out)
    names = [column.name for column in columns]
    writer.writerow(names if exact else map(harmless, names))
    written = Written()
    for row in rows:
        values = [row.get(name) for name in names]
        cells = [as_text(value) for value in values]
        if not exact:
            safe = [
                harmless(cell) if isinstance(value, str) else cell
                for cell, value in zip(cells, values, strict=True)
            ]
            written.disarmed += sum(one != other for one, other in zip(cells, safe, strict=True))
            cells = safe
        writer.writerow(cells)
        written.rows += 1
    return written
