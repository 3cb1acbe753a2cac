"""Rows of a table as a Parquet file, each column with its type. It needs the extra `parquet`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ...errors import MissingExtra
from ...store.one_line_json import to_line
from .row_files import NamedCells, Written
from .table_column import ColumnKind, TableColumn, as_text

_ROWS_AT_ONCE = 10_000

_TYPES = {"text": "string", "json": "string", "integer": "int64", "number": "float64", "boolean": "bool_"}


def write_parquet(rows: Iterable[NamedCells], columns: Sequence[TableColumn], path: Path) -> Written:
    """Write rows to a Parquet file, with what its columns mean. Times have their zone, lists and objects are JSON.

    Args:
        rows: The rows.
        columns: What to write of each.
        path: The file, which is written over.

    Raises:
        MissingExtra: pyarrow is not installed.
        OSError: The file cannot be written.
    """
    pyarrow, parquet = _library()
    schema = pyarrow.schema([_field(pyarrow, column) for column in columns])
    written = Written()
    with parquet.ParquetWriter(path, schema) as writer:
        remaining = iter(rows)
        while some := list(islice(remaining, _ROWS_AT_ONCE)):
            values = [[_cell(row.get(column.name), column.kind) for row in some] for column in columns]
            arrays = [pyarrow.array(cells, field.type) for cells, field in zip(values, schema, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            written.rows += len(some)
    return written


def _library() -> tuple[Any, Any]:
    try:
        import pyarrow  # type: ignore[import-untyped,unused-ignore]
        import pyarrow.parquet  # type: ignore[import-untyped,unused-ignore]
    except ModuleNotFoundError:
        raise MissingExtra("a Parquet file", "parquet") from None
    return pyarrow, pyarrow.parquet


def _field(pyarrow: Any, column: TableColumn) -> Any:
    kind = pyarrow.timestamp("ms", "UTC") if column.kind == "time" else getattr(pyarrow, _TYPES[column.kind])()
    about = {"about": column.about, "question": column.question, "unit": column.unit}
    known = {name: _encoded(text) for name, text in about.items() if text}
    if column.labels:
        known["labels"] = to_line(dict(column.labels)).encode()
    return pyarrow.field(column.name, kind, metadata=known)


def _cell(value: Any, kind: ColumnKind) -> Any:
    if value is None:
        return None
    if kind in ("text", "json"):
        return _encoded(to_line(value) if kind == "json" else as_text(value)).decode()
    if kind == "time":
        return datetime.fromisoformat(value)
    return float(value) if kind == "number" else value


def _encoded(text: str) -> bytes:
    """Return a text in UTF-8; of what has no letter there, how it is written in Python."""
    return text.encode("utf-8", "backslashreplace")
