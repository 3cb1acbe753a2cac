"""A rubric: the questions by which an answer is judged, and what may be said to each."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...config.diagnostics import Findings
from ...config.loading import parse, read_text
from ...errors import TaskError
from ..log.judge_verdict import FIGURE

_SCALE = re.compile(r"^\s*scale:\s*(-?\d+)\s*(?:to|-|–)\s*(-?\d+)\s*$", re.IGNORECASE)
_LABELS = re.compile(r"^\s*labels:\s*(.+)$", re.IGNORECASE)
_KEYS = ("question", "scale", "labels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One question of a rubric. It has a scale or labels.

    Attributes:
        name: What it is called; empty where it is the only one.
        question: What is asked of an answer.
        scale: The lowest and the highest whole number; None where there are labels.
        labels: The words that may be said, each with its number; None where they have none.
    """

    name: str
    question: str
    scale: tuple[int, int] | None = None
    labels: Mapping[str, float | None] | None = None

    @property
    def figure(self) -> str:
        """What its figure is called."""
        return f"{FIGURE}-{self.name}" if self.name else FIGURE

    def number_of(self, value: int | str) -> float | None:
        """Return what a verdict counts as; None for a label that has no number."""
        return value if isinstance(value, int) else (self.labels or {}).get(value)

    def taken(self, said: Any) -> int | str | None:
        """Return what a verdict says, as it stands in the rubric; None if it is no verdict by this criterion."""
        if self.scale is not None:
            whole = isinstance(said, int) and not isinstance(said, bool)
            if isinstance(said, float) and said.is_integer():
                said, whole = int(said), True
            return said if whole and self.scale[0] <= said <= self.scale[1] else None
        labels = self.labels or {}
        wanted = str(said).strip().casefold() if isinstance(said, str) else None
        return next((label for label in labels if label.casefold() == wanted), None)


@dataclass(frozen=True, slots=True)
class Rubric:
    """What answers are judged by.

    Attributes:
        criteria: The questions, each with a name of its own.
        shows_labels: Whether judges are shown the right answers, where there are any.
    """

    criteria: tuple[Criterion, ...]
    shows_labels: bool = True

    @property
    def digest(self) -> str:
        """What names it: two rubrics that are the same have the same."""
        return hashlib.sha256(repr((self.criteria, self.shows_labels)).encode()).hexdigest()[:12]


def read_rubric(path: Path) -> Rubric:
    """Return the rubric in a file: `.md` has headings, all else is YAML. Raises `TaskError` for what is none."""
    findings = Findings(str(path))
    text = read_text(path, findings)
    if text is None or findings.has_errors:
        raise _unusable(path, findings)
    if path.suffix.lower() == ".md":
        return Rubric(_criteria_of_markdown(path, text))
    found = parse(text, findings)
    if findings.has_errors:
        raise _unusable(path, findings)
    if not isinstance(found, Mapping):
        raise TaskError(f"expected a rubric, with question: or criteria:, in {path}, got {found!r:.60}")
    return _rubric_of(path, found)


def _rubric_of(path: Path, found: Mapping[str, Any]) -> Rubric:
    rest = {key: value for key, value in found.items() if key != "show_labels"}
    shows = found.get("show_labels", True)
    if not isinstance(shows, bool):
        raise TaskError(f"expected true or false at 'show_labels' of {path}, got {shows!r:.60}")
    criteria = rest.pop("criteria", None)
    if criteria is None:
        return Rubric((_criterion(path, "", rest),), shows)
    if rest or not isinstance(criteria, Mapping) or not criteria:
        raise TaskError(f"expected criteria by name, and only show_labels beside them, in {path}")
    return Rubric(tuple(_criterion(path, str(name), each) for name, each in criteria.items()), shows)


def _criterion(path: Path, name: str, found: Any) -> Criterion:
    where = f"'{name}' of {path}" if name else str(path)
    if not isinstance(found, Mapping) or not isinstance(found.get("question"), str):
        raise TaskError(f"expected a question, with scale or labels, at {where}, got {found!r:.60}")
    for key in found:
        if key not in _KEYS:
            raise TaskError(f"expected one of {', '.join(_KEYS)} at {where}, got '{key}'")
    if ("scale" in found) is ("labels" in found):
        raise TaskError(f"expected either scale or labels at {where}")
    if "scale" in found:
        return Criterion(name=name, question=found["question"].strip(), scale=_scale(where, found["scale"]))
    return Criterion(name=name, question=found["question"].strip(), labels=_labels(where, found["labels"]))


def _scale(where: str, found: Any) -> tuple[int, int]:
    if (
        isinstance(found, list)
        and len(found) == 2
        and all(type(end) is int for end in found)
        and found[0] < found[1]
    ):
        return found[0], found[1]
    raise TaskError(f"expected [LOWEST, HIGHEST] in whole numbers at 'scale' of {where}, got {found!r:.60}")


def _labels(where: str, found: Any) -> Mapping[str, float | None]:
    pairs = list(found.items()) if isinstance(found, Mapping) else [(label, None) for label in found or ()]
    if not isinstance(found, Mapping | list) or len(pairs) < 2:
        raise TaskError(f"expected two labels or more at 'labels' of {where}, got {found!r:.60}")
    for label, number in pairs:
        if not isinstance(label, str):
            raise TaskError(f"expected words at 'labels' of {where}, got {label!r}: write it as \"{label}\"")
        is_number = isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
        if number is not None and not is_number:
            raise TaskError(f"expected a number for the label '{label}' of {where}, got {number!r:.60}")
    if len({label.casefold() for label, _ in pairs}) < len(pairs):
        raise TaskError(f"expected each label once at {where}, got {', '.join(label for label, _ in pairs)}")
    return dict(pairs)


def _criteria_of_markdown(path: Path, text: str) -> tuple[Criterion, ...]:
    """Return a criterion for each heading, or one for all where there is none."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        if line.startswith("#"):
            parts.append((line.lstrip("#").strip(), []))
        else:
            parts[-1][1].append(line)
    named = [(name, lines) for name, lines in parts[1:]]
    if len(named) < 2:
        # A single heading is the title of the whole.
        return (_criterion_of_lines(path, "", [line for _, lines in parts for line in lines]),)
    names = [name for name, _ in named]
    if len(set(names)) < len(names) or not all(names):
        raise TaskError(f"expected a name of its own at each heading of {path}")
    before = parts[0][1]
    return tuple(_criterion_of_lines(path, name, [*before, *lines]) for name, lines in named)


def _criterion_of_lines(path: Path, name: str, lines: list[str]) -> Criterion:
    found: dict[str, Any] = {}
    words = []
    for line in lines:
        if (scale := _SCALE.match(line)) is not None:
            found["scale"] = [int(scale[1]), int(scale[2])]
        elif (labels := _LABELS.match(line)) is not None:
            found["labels"] = [label.strip() for label in labels[1].split(",")]
        else:
            words.append(line)
    if not found:
        raise TaskError(f"expected a line such as 'Scale: 1 to 5' or 'Labels: good, bad' in {path}")
    return _criterion(path, name, {"question": "\n".join(words).strip(), **found})


def _unusable(path: Path, findings: Findings) -> TaskError:
    told = "; ".join(finding.message for finding in findings.in_order())
    return TaskError(f"expected a rubric in {path}: {told}")
