"""Bars as an SVG picture: a row for each task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from ..text import printable

_ROW = 26
_BAR = 16
_TOP = 64
_BOTTOM = 34
_LEFT_MARGIN = 16
_BAR_AREA = 420
_RIGHT = 64
_LETTER = 7.4
"""About how wide a letter is at the size that names are written in."""

_LONGEST_NAME = 48
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: what it is called, and how much, from 0 to 1; None where nothing was measured."""

    name: str
    share: float | None


def bars_as_svg(title: str, bars: Sequence[Bar]) -> str:
    """Draw horizontal bars. Screen readers get the title, and all figures in words.

    Args:
        title: What stands above the bars.
        bars: What is drawn, from top to bottom, each with its share in per cent.

    Returns:
        An SVG document.
    """
    names = [_clipped(bar.name) for bar in bars]
    left = _LEFT_MARGIN + round(_LETTER * max(map(len, names), default=0)) + 10
    # A long title must not run out of the picture.
    width = max(left + _BAR_AREA + _RIGHT, round(len(title) * _LETTER * 1.2) + 2 * _LEFT_MARGIN)
    bottom = _TOP + _ROW * len(bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + _BOTTOM}" width="{width}" '
        f'height="{bottom + _BOTTOM}" role="img" aria-labelledby="title desc" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f'<title id="title">{_text(title)}</title>',
        f'<desc id="desc">{_text("; ".join(f"{bar.name}: {_in_words(bar.share)}" for bar in bars))}</desc>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{_LEFT_MARGIN}" y="32" font-size="16" font-weight="600" fill="#1a1a1a">{_text(title)}</text>',
        *(_tick(share, left, bottom) for share in _TICKS),
    ]
    for place, (bar, name) in enumerate(zip(bars, names, strict=True)):
        lines += _row(bar, name, left, _TOP + _ROW * place)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _tick(share: float, left: int, bottom: int) -> str:
    x = left + _BAR_AREA * share
    return (
        f'<line x1="{x:g}" y1="{_TOP - 6}" x2="{x:g}" y2="{bottom}" stroke="#d9d9d9"/>'
        f'<text x="{x:g}" y="{bottom + 18}" text-anchor="middle" fill="#595959">{share:.0%}</text>'
    )


def _row(bar: Bar, name: str, left: int, top: int) -> list[str]:
    share = 0.0 if bar.share is None or math.isnan(bar.share) else min(max(bar.share, 0.0), 1.0)
    length = _BAR_AREA * share
    middle = top + _ROW / 2 + 4.5
    return [
        f'<text x="{left - 10}" y="{middle:g}" text-anchor="end" fill="#1a1a1a">{_text(name)}</text>',
        f'<rect x="{left}" y="{top + (_ROW - _BAR) / 2:g}" width="{length:.2f}" height="{_BAR}" fill="#2b6cb0"/>',
        f'<text x="{left + length + 6:.2f}" y="{middle:g}" fill="#1a1a1a" stroke="#ffffff" stroke-width="3" '
        f'paint-order="stroke">{_in_words(bar.share)}</text>',
    ]


def _in_words(share: float | None) -> str:
    return "not measured" if share is None or math.isnan(share) else f"{share:.1%}"


def _clipped(name: str) -> str:
    """The end tells tasks of a kind apart, so it is the middle that goes."""
    if len(name) <= _LONGEST_NAME:
        return name
    half = _LONGEST_NAME // 2 - 1
    return f"{name[:half]}…{name[-half:]}"


def _text(text: str) -> str:
    """Return text for XML, which cannot hold control characters at all."""
    return escape(printable(text, " "))
