"""An example as rows of text: what is asked, and all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from ...text import Style, printable
from .output import unstyled

MOST_SHOWN = 20
"""How many candidates are shown, or how many values of any other list."""

LONGEST = 400
"""How many characters of a value are shown; the text of an example is shown whole."""

_TITLES = {
    "labels": ("right answer", "green"),
    "eval_labels": ("right answer", "green"),
    "label_candidates": ("candidates", "yellow"),
    "image": ("image", "magenta"),
}
_NOT_HERE = ("id", "text", "episode_done")


def rows_of(act: Mapping[str, Any], *, color: bool) -> Iterator[str]:
    """Yield the rows of an act, and one more where it ends its episode.

    The first has the speaker and what is said, in cyan; what else there is follows, indented, under its name.

    Args:
        act: What an agent said.
        color: Whether to show colours.
    """
    style: Style = click.style if color else unstyled
    yield from said(act, color=color)
    others = [key for key in act if key not in _TITLES and key not in _NOT_HERE]
    for key in (*_TITLES, *others):
        value = act.get(key)
        if value is None or value == ():
            continue
        title, shade = _TITLES.get(key, (key, "bright_black"))
        yield f"    {style(f'{printable(title)}:', fg=shade)} {_value(value)}"
    if act.get("episode_done"):
        yield style("- - - end of the episode - - -", dim=True)


def said(act: Mapping[str, Any], *, color: bool, shade: str = "cyan") -> Iterator[str]:
    """Yield who speaks and what they say, a row for each line of it."""
    style: Style = click.style if color else unstyled
    first, *more = str(act.get("text") or "").splitlines() or [""]
    speaker = printable(str(act.get("id") or ""))
    yield f"{style(f'{speaker}:', fg=shade, bold=True)} {printable(first)}".rstrip()
    for line in more:
        yield f"  | {printable(line)}".rstrip()


def _value(value: Any) -> str:
    if not isinstance(value, list | tuple):
        return _clipped(str(value))
    shown = " | ".join(_clipped(str(each)) for each in value[:MOST_SHOWN])
    left_out = len(value) - MOST_SHOWN
    return f"{shown} | … and {left_out:,} more" if left_out > 0 else shown


def _clipped(text: str) -> str:
    one_line = printable(" ".join(text.split()))
    return one_line if len(one_line) <= LONGEST else f"{one_line[:LONGEST]}…"
