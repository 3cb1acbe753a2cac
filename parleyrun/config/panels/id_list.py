"""A list of ids: who may take part, or who gets a link, from a file that somebody made elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import PanelError
from .arrival_ids import MAX_ID_CHARACTERS, is_unfilled
from .table_text import read_table_text

HEADINGS = ("id", "ids", "participant", "participant_id", "participant id", "email", "code", "name")
"""How a column of ids is called, besides the parameters of links, in whatever case."""


@dataclass(frozen=True, slots=True)
class IdList:
    """Ids, each once, in the order of the file. `again` are those that stood there more than once."""

    ids: tuple[str, ...]
    again: tuple[str, ...] = ()


def read_id_list(path: Path, names: Sequence[str] = ()) -> IdList:
    """Return the ids of a file: one a line, or a column of a table with commas, semicolons or tabs.

    Blank lines are nothing, and so is a byte-order mark. Where the first row names its columns, the ids are in the
    first one that is called like a parameter, or like ids are called; else they are in the first column, from the
    first row on.

    Args:
        path: The file.
        names: What parameters the ids are of, such as those under `arrival.id`.

    Raises:
        PanelError: The file cannot be read, has no ids, or has something that is none; the message names the line.
    """
    return id_list_of(read_table_text(path), str(path), names)


def id_list_of(text: str, where: str, names: Sequence[str] = ()) -> IdList:
    """Return the ids in a text, as `read_id_list` does; `where` is what the text is called."""
    rows = [(number, cells) for number, cells in _rows(text, where) if any(cells)]
    column = _column(rows[0][1], (*names, *HEADINGS)) if rows else None
    if column is not None:
        rows = rows[1:]
    found: dict[str, None] = {}
    again: dict[str, None] = {}
    for number, cells in rows:
        value = cells[column or 0] if len(cells) > (column or 0) else ""
        if not value:
            raise PanelError(f"expected an id in line {number} of {where}, got a row that has none")
        if len(value) > MAX_ID_CHARACTERS:
            most = f"at most {MAX_ID_CHARACTERS} characters"
            raise PanelError(f"expected ids of {most}, got {len(value)} in line {number} of {where}")
        if is_unfilled(value) or not value.isprintable():
            raise PanelError(f"expected an id in line {number} of {where}, got {value[:40]!r}")
        (again if value in found else found)[value] = None
    if not found:
        raise PanelError(f"expected ids in {where}, one a line, got none")
    return IdList(tuple(found), tuple(again))


def _rows(text: str, where: str) -> Iterable[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        for row in reader:
            yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise PanelError(f"line {reader.line_num} of {where} is no row of a table: {error}") from error


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _column(cells: Sequence[str], names: Sequence[str]) -> int | None:
    known = {name.casefold() for name in names}
    return next((position for position, cell in enumerate(cells) if cell.casefold() in known), None)
