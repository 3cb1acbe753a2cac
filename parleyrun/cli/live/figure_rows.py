"""Figures with their labels in a row, as wide as the terminal is."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.text import Text

from ...text import printable

_GAP = "   "

Figure = tuple[str, int | str, str]
"""A label, its value, and the style of a value that says something."""


class FigureRow:
    """Labels with their values. Where there is no room for one more it goes below, and none is torn apart."""

    def __init__(self, *figures: Figure) -> None:
        self._figures = figures

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[Text]:
        row = Text(no_wrap=True, overflow="ellipsis")
        for figure in map(_shown, self._figures):
            if row and row.cell_len + len(_GAP) + figure.cell_len > options.max_width:
                yield row
                row = Text(no_wrap=True, overflow="ellipsis")
            if row:
                row.append(_GAP)
            row.append_text(figure)
        yield row

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, options.max_width)


def _shown(figure: Figure) -> Text:
    label, value, style = figure
    about = (f"{printable(label, ' ')} ", "dim")
    return Text.assemble(about, (printable(str(value), " "), (style or "bold") if value else "dim"))
