"""Pieces of a page: every word in them is escaped, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .page_frame import text


def section(name: str, title: str, *parts: str) -> str:
    """Return a part of the page below a heading."""
    heading = f'<h2 id="part-{name}">{text(title)}</h2>'
    return f'<section aria-labelledby="part-{name}">{heading}{"".join(parts)}</section>\n'


def card(title: str, *parts: str) -> str:
    """Return a plot or a table below a smaller heading."""
    return f'<figure class="card"><figcaption>{text(title)}</figcaption>{"".join(parts)}</figure>\n'


def cards(some: Iterable[str]) -> str:
    """Return plots beside each other, as many as there is room for."""
    return f'<div class="cards">{"".join(some)}</div>'


def paragraph(words: str) -> str:
    """Return a sentence or two."""
    return f"<p>{text(words)}</p>"


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, is_open: bool = False) -> str:
    """Return a table that can be unfolded. The first cell of each row is its heading."""
    heads = "".join(f'<th scope="col">{text(name)}</th>' for name in head)
    body = "".join(_row(row) for row in rows)
    opened = " open" if is_open else ""
    return (
        f'<details{opened}><summary>{text(title)}</summary><div class="wide" tabindex="0" role="region" '
        f'aria-label="{text(title)}"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div></details>'
    )


def tiles(figures: Iterable[tuple[str, str]]) -> str:
    """Return a few numbers in large type, each with what it is."""
    each = "".join(f"<div><dt>{text(what)}</dt><dd>{text(figure)}</dd></div>" for what, figure in figures)
    return f'<dl class="tiles">{each}</dl>'


def _row(row: Sequence[str]) -> str:
    first, *rest = row
    return f'<tr><th scope="row">{text(first)}</th>{"".join(f"<td>{text(cell)}</td>" for cell in rest)}</tr>'


def number(value: float | None, digits: int = 1) -> str:
    """Return a number for people: thousands apart, and no more digits than are told apart."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.{digits}f}"


def percent(share: float) -> str:
    """Return a share in per cent."""
    return f"{100 * share:.0f} %"


def lasting(seconds: float) -> str:
    """Return a stretch of time: `42 s`, `3 min 5 s`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"
