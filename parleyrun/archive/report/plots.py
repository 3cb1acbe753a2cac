"""Plots as SVG that stands in a page: drawn by matplotlib, coloured by the page, to fit light and dark."""

from __future__ import annotations

import re
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from io import StringIO
from typing import Any

from ...errors import MissingExtra
from ...text import printable
from .intervals import Estimate

MOST_SERIES = 6
"""There are as many colours; what comes after has them again."""

MOST_BINS = 24

SHARE = "share of those who answered"
"""The unit of what is shown in per cent."""

_WIDTH = 3.6
_INK, _GRID = "#123450", "#123451"
_SERIES = ("#123460", "#123461", "#123462", "#123463", "#123464", "#123465")
_MARKERS = ("o", "s", "^", "D", "v", "P")
_VARIABLES = {mark: f"var(--series-{number})" for number, mark in enumerate(_SERIES)}
_COLOURS = {_INK: "currentColor", _GRID: "var(--line)", **_VARIABLES}
_COLOUR = re.compile("|".join(_COLOURS))
_LABEL_CHARACTERS = 20
_LABEL_LINES = 2
_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 8.5,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _GRID,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _GRID,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
    "figure.facecolor": "none",
}


class Plots:
    """Draws plots, one after the other; each is an `<svg>` element whose size the page decides.

    Raises:
        MissingExtra: matplotlib is not installed.
    """

    def __init__(self) -> None:
        try:
            import matplotlib
            import matplotlib.dates
            import matplotlib.figure
            import matplotlib.ticker
        except ModuleNotFoundError:
            raise MissingExtra("a report", "report") from None
        self._library: Any = matplotlib
        self._number = 0

    def over_time(self, series: Mapping[str, Sequence[datetime]], words: str) -> str:
        """Draw how many there were until when.

        Args:
            series: The moments, by what happened then.
            words: What is to be seen, for who cannot see it.
        """
        with self._style():
            figure, axes = self._axes(2.3)
            ends = [moment for moments in series.values() for moment in moments]
            for index, (name, moments) in enumerate(series.items()):
                ordered = sorted(moments)
                steps = [*ordered, max(ends)] if ordered else []
                counts = [*range(1, len(ordered) + 1), len(ordered)] if ordered else []
                line = {"color": _SERIES[index], "linestyle": ("-", "--")[index % 2]}
                axes.step(steps, counts, where="post", label=name, **line)
            locator = self._library.dates.AutoDateLocator(minticks=2, maxticks=5)
            axes.xaxis.set_major_locator(locator)
            axes.xaxis.set_major_formatter(self._library.dates.ConciseDateFormatter(locator))
            axes.set_ylim(bottom=0)
            self._whole(axes.yaxis)
            self._legend(axes, len(series))
            return self._svg(figure, words)

    def histogram(self, numbers: Sequence[float], unit: str, what: str, words: str) -> str:
        """Draw how often numbers come.

        Args:
            numbers: The numbers.
            unit: What stands below them.
            what: What is counted.
            words: What is to be seen, for who cannot see it.
        """
        with self._style():
            figure, axes = self._axes(2.1)
            axes.hist(numbers, bins=_bins(numbers), color=_SERIES[0])
            axes.set_xlabel(unit)
            axes.set_ylabel(what)
            self._whole(axes.yaxis)
            if all(isinstance(number, int) for number in numbers):
                self._whole(axes.xaxis)
            return self._svg(figure, words)

    def stacked(self, rows: Mapping[str, Mapping[str, float]], unit: str, words: str) -> str:
        """Draw bars that are made of parts.

        Args:
            rows: The parts of each bar, by their names.
            unit: What stands below them.
            words: What is to be seen, for who cannot see it.
        """
        parts = list(dict.fromkeys(part for row in rows.values() for part in row))
        with self._style():
            figure, axes = self._axes(0.9 + 0.34 * len(rows))
            left = [0.0] * len(rows)
            for index, part in enumerate(parts):
                widths = [row.get(part, 0.0) for row in rows.values()]
                colour = _SERIES[index % MOST_SERIES]
                axes.barh(range(len(rows)), widths, left=left, color=colour, label=_short(part))
                left = [one + other for one, other in zip(left, widths, strict=True)]
            axes.set_yticks(range(len(rows)), [_short(name) for name in rows])
            axes.invert_yaxis()
            axes.set_xlabel(unit)
            axes.grid(visible=False, axis="y")
            if all(float(width).is_integer() for row in rows.values() for width in row.values()):
                self._whole(axes.xaxis)
            self._legend(axes, len(parts))
            return self._svg(figure, words)

    def dots(
        self, rows: Mapping[str, Mapping[str, Estimate]], ends: tuple[float, float] | None, unit: str, words: str
    ) -> str:
        """Draw estimates with their intervals.

        Args:
            rows: The estimates of each row, by the value of a condition.
            ends: From where to where they can go; None lets them decide.
            unit: What stands below them.
            words: What is to be seen, for who cannot see it.
        """
        series = list(dict.fromkeys(value for row in rows.values() for value in row))
        with self._style():
            figure, axes = self._axes(0.8 + len(rows) * (0.26 + 0.13 * len(series)))
            for index, value in enumerate(series):
                shift = (index - (len(series) - 1) / 2) * min(0.22, 0.7 / len(series))
                found = [(place + shift, row[value]) for place, row in enumerate(rows.values()) if value in row]
                known = [one for _, one in found]
                axes.errorbar(
                    [one.value for one in known],
                    [place for place, _ in found],
                    xerr=[
                        [one.value - (one.value if one.low is None else one.low) for one in known],
                        [(one.value if one.high is None else one.high) - one.value for one in known],
                    ],
                    fmt=_MARKERS[index % MOST_SERIES],
                    color=_SERIES[index % MOST_SERIES],
                    markersize=4,
                    capsize=2,
                    label=_short(value),
                )
            axes.set_yticks(range(len(rows)), [_short(name) for name in rows])
            axes.set_ylim(len(rows) - 0.5, -0.5)
            if ends is not None:
                margin = (ends[1] - ends[0]) * 0.03
                axes.set_xlim(ends[0] - margin, ends[1] + margin)
            if unit == SHARE:
                axes.xaxis.set_major_formatter(self._library.ticker.PercentFormatter(1))
            elif ends is not None and ends[1] - ends[0] > 2:
                axes.xaxis.set_major_locator(self._library.ticker.MaxNLocator(nbins=8, integer=True))
            axes.set_xlabel(unit)
            self._legend(axes, len(series))
            return self._svg(figure, words)

    def _style(self) -> Any:
        return self._library.rc_context(_STYLE)

    def _axes(self, height: float) -> tuple[Any, Any]:
        figure = self._library.figure.Figure(figsize=(_WIDTH, height), layout="constrained")
        return figure, figure.add_subplot()

    def _whole(self, axis: Any) -> None:
        axis.set_major_locator(self._library.ticker.MaxNLocator(nbins=5, integer=True))

    def _legend(self, axes: Any, series: int) -> None:
        if series > 1:
            axes.figure.legend(
                loc="outside upper left", ncols=2 if series < 5 else 3, fontsize=7.5, handlelength=1.4
            )

    def _svg(self, figure: Any, words: str) -> str:
        self._number += 1
        out = StringIO()
        # Names inside of the pictures of one page must not be alike.
        with self._library.rc_context({"svg.hashsalt": f"plot {self._number}"}), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of letters whose width is not known
            figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
        return _inline(out.getvalue(), words)


def _inline(document: str, words: str) -> str:
    """Return a picture as an element of a page: coloured by the page, and in words for who cannot see it."""
    picture = document[document.index("<svg") :]
    picture = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", picture, flags=re.DOTALL)
    picture = _COLOUR.sub(lambda found: _COLOURS[found[0]], picture)
    box = re.search(r'viewBox="([^"]*)"', picture)
    body = picture[picture.index(">") + 1 :]
    view = "0 0 260 180" if box is None else box[1]
    return f'<svg class="plot" viewBox="{view}" role="img" aria-label="{escape(printable(words, " "))}">{body}'


def _bins(numbers: Sequence[float]) -> Any:
    """Return where bars begin and end: around whole numbers where there are only few of them."""
    low, high = min(numbers), max(numbers)
    if all(isinstance(number, int) for number in numbers) and high - low < MOST_BINS:
        return [each - 0.5 for each in range(int(low), int(high) + 2)]
    return min(MOST_BINS, max(5, len(set(numbers))))


def _short(text: str) -> str:
    """Return words as they fit beside a plot."""
    lines = textwrap.wrap(printable(text, " "), _LABEL_CHARACTERS, max_lines=_LABEL_LINES, placeholder="…")
    return "\n".join(lines) or "–"
