"""Rows of a table as a data frame of pandas, each column with its type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .row_files import NamedCells
from .table_column import TableColumn, as_text

_TYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean", "text": "string"}


def data_frame(rows: Iterable[NamedCells], columns: Sequence[TableColumn]) -> Any:
    """Return rows as a `pandas.DataFrame`: whole numbers and truth values may be missing, times have their zone.

    Lists and objects stay as they are.

    Raises:
        ImportError: pandas is not installed.
    """
    try:
        import pandas  # type: ignore[import-untyped,unused-ignore]
    except ModuleNotFoundError as error:
        raise ImportError("to_frame() needs pandas: `pip install pandas`; the rows do not") from error
    cells: dict[str, list[Any]] = {column.name: [] for column in columns}
    for row in rows:
        for column in columns:
            value = row.get(column.name)
            written = column.kind == "text" and value is not None
            cells[column.name].append(as_text(value) if written else value)
    return pandas.DataFrame({column.name: _series(pandas, cells[column.name], column) for column in columns})


def _series(pandas: Any, values: list[Any], column: TableColumn) -> Any:
    if column.kind == "time":
        return pandas.to_datetime(pandas.Series(values, dtype="object"), format="ISO8601", utc=True)
    return pandas.Series(values, dtype=_TYPES.get(column.kind, "object"))
