"""The codebook of tables: every column, the question behind it, what its values mean, and why it may be empty."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from ...store.one_line_json import to_line
from ...text import printable
from ..csv_rows import BYTE_ORDER_MARK, harmless
from .table_column import TableColumn, as_text

CODEBOOK_COLUMNS = (
    "table", "column", "kind", "about", "question", "asked_as", "labels", "unit", "missing",
)  # fmt: skip

Codebook = list[Mapping[str, Any]]
"""An entry a column; its values are by the names of `CODEBOOK_COLUMNS`."""

_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def codebook_of(tables: Mapping[str, Iterable[TableColumn]]) -> Codebook:
    """Return the entries of tables' columns, in their order.

    Args:
        tables: Their columns, by the tables' names.
    """
    return [
        {
            "table": table,
            "column": column.name,
            "kind": column.kind,
            "about": column.about,
            "question": column.question,
            "asked_as": column.asked_as,
            "labels": dict(column.labels),
            "unit": column.unit,
            "missing": column.missing,
        }
        for table, columns in tables.items()
        for column in columns
    ]


def write_codebook_json(entries: Codebook, out: TextIO) -> None:
    """Write a JSON list, an entry a line."""
    out.write("[\n")
    out.write(",\n".join(to_line(entry) for entry in entries))
    out.write("\n]\n")


def write_codebook_csv(entries: Codebook, out: TextIO, *, exact: bool, bom: bool) -> None:
    """Write an entry a row; labels are JSON. `exact` and `bom` are as for tables."""
    if bom:
        out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out)
    writer.writerow(CODEBOOK_COLUMNS)
    for entry in entries:
        cells = [as_text(entry[name] or None) for name in CODEBOOK_COLUMNS]
        writer.writerow(cells if exact else map(harmless, cells))


def write_codebook_markdown(entries: Codebook, out: TextIO) -> None:
    """Write a table for each table, below its name."""
    table = ""
    for entry in entries:
        if entry["table"] != table:
            out.write(f"{chr(10) if table else ''}## {entry['table']}\n\n")
            out.write("| column | kind | what it is | question | values | unit |\n|---|---|---|---|---|---|\n")
            table = entry["table"]
        labels = "; ".join(f"{value} = {label}" for value, label in entry["labels"].items())
        about = ". ".join(filter(None, (entry["about"], entry["missing"])))
        kind = f"{entry['kind']} ({entry['asked_as']})" if entry["asked_as"] else entry["kind"]
        cells = (f"`{entry['column']}`", kind, about, entry["question"], labels, entry["unit"])
        out.write(f"| {' | '.join(map(_markdown_cell, cells))} |\n")


def _markdown_cell(text: str) -> str:
    """Return a text as one cell, in which nothing is HTML or ends the cell."""
    return printable(" ".join(text.split())).translate(_HTML).replace("\\", "\\\\").replace("|", "\\|")
