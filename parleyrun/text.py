"""Text for people: what a terminal can show, and which name somebody meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Style = Callable[..., str]
"""Returns a text in a style: `style("hello", fg="red", bold=True, dim=False)`."""

_ITEM = r"[ ]{0,3}(?:[-+]|[0-9]{1,9}[.)])[ ]"
# Three patterns, of which each begins with one letter or a few: together they would be tried at every letter.
_MARKS = re.compile(r"[*_`\[<#>\\]")
_FIRST_ITEM = re.compile(_ITEM)
_LATER_ITEM = re.compile(rf"\n{_ITEM}")

_JOINERS = "\u200c\u200d"
"""Zero-width non-joiner and joiner: they hold emoji and letters together, and have no width of their own."""


def printable(text: str, newline: str = "\n") -> str:
    """Return text that a terminal takes for text: no control characters, tabs as spaces.

    What ends a line, in any convention, becomes `newline`.
    """
    lines = (_printable(line.expandtabs(4)) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return newline.join(lines)


def _printable(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() or c in _JOINERS else "\N{REPLACEMENT CHARACTER}" for c in line)


def printable_json(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON: letters of all languages as they are, what commands a terminal escaped.

    What JSON has no form for is shown as `str` has it.
    """
    import json  # only where it is asked for

    written = json.dumps(value, ensure_ascii=False, default=str, indent=indent)
    if written.isprintable():
        return written
    return "".join(c if c.isprintable() or c in _JOINERS or c == "\n" else json.dumps(c)[1:-1] for c in written)


def may_be_markdown(text: str) -> bool:
    """Return whether there is anything in a text that Markdown could take for its own; most texts have nothing."""
    return (_MARKS.search(text) or _FIRST_ITEM.match(text) or _LATER_ITEM.search(text)) is not None


def is_power_of_ten(number: int) -> bool:
    """Return whether it is the first, the tenth, the hundredth …: what happens often is told ever less often."""
    return str(number).strip("0") == "1"


def numbered_name(template: str, number: int) -> str:
    """Return a name that is made of a number: the template with `{number}` filled in, never the same for two."""
    name = template.format(number=number)
    return name if "{number}" in template else f"{name} {number}".strip()


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that somebody who wrote `name` most likely meant, or None."""
    from difflib import get_close_matches  # only where something is wrong, so that it costs nothing otherwise

    known = list(known)
    folded = {candidate.casefold(): candidate for candidate in reversed(known)}
    if name.casefold() in folded:
        return folded[name.casefold()]
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def is_slip_of(name: str, meant: str) -> bool:
    """Whether a name differs from another by a slip: by case, underscores, or one letter (two of a long name)."""
    most = 1 if len(meant) < 10 else 2
    if name == meant or abs(len(name) - len(meant)) > most + meant.count("_"):
        return False
    one, other = (text.casefold().replace("_", "") for text in (name, meant))
    if len(set(one) ^ set(other)) > 2 * most:  # a slip brings one letter, and takes another away
        return False
    return _letters_apart(one, other) <= most


def _letters_apart(one: str, other: str) -> int:
    """Return how many letters have to be added, taken away, replaced or swapped with the next one."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != wanted)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


def did_you_mean(name: str, known: Iterable[str], what: str = "") -> str:
    """Return a hint: the nearest known name, or else the known names (the first few of many)."""
    known = list(known)
    close = nearest(name, known)
    return f"did you mean '{close}'?" if close is not None else known_names(known, what)


def known_names(known: list[str], what: str = "") -> str:
    """Return a hint that tells the known names, the first few of many; empty if there is none."""
    if not known:
        return ""
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"known{f' {what}' if what else ''}: {shown}"


class WrittenText(str):
    """A text that stands for another one in a file: people are shown what is `written` there, not what it is."""

    written: str

    def __new__(cls, text: str, written: str) -> WrittenText:
        made = super().__new__(cls, text)
        made.written = written
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return WrittenText, (str(self), self.written)


def quoted(text: str) -> str:
    """Return a text for a sentence: in quotes, as it is written, and no more than its beginning."""
    return repr(str(getattr(text, "written", text))[:80])


def kind_of(value: object) -> str:
    """Name a YAML value for a sentence: `the number 3`, `the text 'x'`, `a list`, `nothing (null)`."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {quoted(value)}"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return f"a {type(value).__name__} ({str(value)[:60]})"


def shown_path(place: str | Path) -> str:
    """Return a file's name as people want to read it: relative to the current folder where it is inside it."""
    path = Path(place)
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
