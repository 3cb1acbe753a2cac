"""Scores as a table: a row for each task, a column for each metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from ..text import printable
from .scores_by_task import Numbers, ScoresByTask, in_order

_WIDE = 10_000
_NARROWEST_NAME = 16
_GAP = 2


TableRow = tuple[str, Sequence[str], str]
"""A title, the cells behind it, and the style of them all."""


def write_table(scores: ScoresByTask, out: TextIO, *, color: bool = False) -> None:
    """Write the table: on a terminal with long names folded, and elsewhere with rows as wide as they are."""
    rows = list(_rows(scores))
    names = in_order(name for _, numbers, _ in rows for name in numbers)
    shown = [(title, [_shown(numbers, name) for name in names], style) for title, numbers, style in rows]
    write_rows(("task", *names), shown, out, color=color)


def write_rows(heads: Sequence[str], rows: Sequence[TableRow], out: TextIO, *, color: bool = False) -> None:
    """Write rows under their heads: a title, which may be folded on a terminal, and figures.

    Args:
        heads: What stands above the titles, and above each column of figures.
        rows: What is written; each has as many cells as there are columns.
        out: Where to.
        color: Whether to show colours.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    first, *names = heads
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, _GAP - 1, 0, 0))
    table.add_column(first, overflow="fold", min_width=_NARROWEST_NAME)
    widths = [max(len(name), *(len(cells[place]) for _, cells, _ in rows)) for place, name in enumerate(names)]
    for name, width in zip(names, widths, strict=True):
        table.add_column(name, justify="right", min_width=width)
    for title, cells, style in rows:
        table.add_row(printable(title), *cells, style=style)
    console = Console(
        file=out,
        width=None if out.isatty() else _WIDE,
        color_system="auto" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    # A figure without its last digits would be another figure: sooner let the terminal break the row.
    console.width = max(console.width, _NARROWEST_NAME + sum(widths) + _GAP * len(names))
    with console.capture() as drawn:
        console.print(table)
    out.write(drawn.get())  # ourselves, as rich has a way of its own to end when nobody reads on


def _rows(scores: ScoresByTask) -> Iterator[tuple[str, Numbers, str]]:
    """Yield the title of a row, its numbers and its style."""
    for task, numbers in scores.tasks.items():
        yield task, numbers, ""
    if len(scores.tasks) > 1:
        totals = {name: value for name, value in scores.overall.items() if name not in scores.macro}
        yield "macro average", {**totals, **scores.macro}, "bold"
        yield "micro average", {**totals, **scores.micro}, "bold"


def _shown(numbers: Numbers, name: str) -> str:
    value = numbers.get(name)
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
