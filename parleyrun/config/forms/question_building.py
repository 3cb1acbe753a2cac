"""From the values of a question in a config to the question itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...core.forms.fields.choice_field import ChoiceField
from ...core.forms.fields.choices_field import ChoicesField
from ...core.forms.fields.date_field import DateField
from ...core.forms.fields.form_field import FormField
from ...core.forms.fields.info_field import InfoField
from ...core.forms.fields.matrix_field import MatrixField
from ...core.forms.fields.number_field import NumberField
from ...core.forms.fields.rank_field import RankField
from ...core.forms.fields.scale import Scale
from ...core.forms.fields.scale_field import ScaleField
from ...core.forms.fields.slider_field import SliderField
from ...core.forms.fields.text_field import TextField
from ...core.forms.fields.yes_no_field import YesNoField
from ...core.message import FrozenDict
from ..diagnostics import Findings, KeyPath
from .referred_texts import text_at

MOST_POINTS = 101
_MOST_WORK = 100_000
"""How long a text may take to be held against a pattern, in characters times the pattern's size: half a second."""
_LONGEST_WITH_PATTERN = 500

Values = Mapping[str, Any]


def build_question(name: str, values: Values, path: KeyPath, folder: Path, findings: Findings) -> FormField | None:
    """Return the question that these checked values describe; None, with a finding, where they do not fit.

    What is right or wrong by other questions, or by the answers it takes, is not looked at here.
    """
    common = {key: values[key] for key in ("ask", "help", "required") if key in values}
    if values["kind"] == "info":
        return _info(name, values, path, folder, findings)
    make = _MAKERS[str(values["kind"])]
    made = make({"name": name, **common}, values, path, findings)
    return None if findings.has_error_at(path) else made


def _info(name: str, values: Values, path: KeyPath, folder: Path, findings: Findings) -> FormField:
    if not any(key in values for key in ("text", "image", "video")):
        message = "expected one of the keys 'text', 'image' and 'video', as there is nothing to show"
        findings.add("missing-key", (*path, "text"), message)
    text = text_at(values["text"], folder, (*path, "text"), findings) if "text" in values else ""
    pictures = tuple(values[key] for key in ("image", "video") if key in values)
    return InfoField(name=name, text=text, pictures=pictures)


def _choice(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    return ChoiceField(**common, options=values["options"], shuffle="shuffle" in values)


def _choices(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    least, most = values.get("min", 1 if common.get("required", True) else 0), values.get("max")
    count = len(values["options"])
    if most is not None and most < max(least, 1):
        _refuse(findings, (*path, "max"), f"expected at least {max(least, 1)} ('min' is {least}), got {most}")
    elif least > count:
        _refuse(findings, (*path, "min"), f"expected at most {count}, as there are {count} options, got {least}")
    options = values["options"]
    return ChoicesField(**common, options=options, shuffle="shuffle" in values, least=least, most=most)


def _scale_question(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    return ScaleField(**common, scale=_scale(values, path, findings))


def _matrix(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    scale = _scale(values, path, findings)
    return MatrixField(**common, items=values["items"], scale=scale, shuffle="shuffle" in values)


def _scale(values: Values, path: KeyPath, findings: Findings) -> Scale:
    lowest, highest = values["from"], values["to"]
    points = range(lowest, highest + 1)
    if len(points) < 2:
        _refuse(findings, (*path, "from"), f"expected 'from' to be below 'to' ({highest}), got {lowest}")
    elif len(points) > MOST_POINTS:
        hint = "use a slider or a number"
        _refuse(findings, (*path, "to"), f"expected at most {MOST_POINTS} points, got {len(points):,}", hint)
    return Scale(
        lowest=lowest,
        highest=highest,
        low=values.get("low", ""),
        high=values.get("high", ""),
        labels=_labels(values.get("labels", FrozenDict()), points, (*path, "labels"), findings),
        numbers=values.get("numbers", True),
    )


def _labels(given: Any, points: range, path: KeyPath, findings: Findings) -> Mapping[str, str]:
    if isinstance(given, tuple):
        if len(given) != len(points):
            message = f"expected {len(points)} labels, one for each point, got {len(given)}"
            _refuse(findings, path, message, "write a mapping to label some of them: {1: never, 5: always}")
        return FrozenDict({str(point): label for point, label in zip(points, given, strict=False)})
    beyond = [point for point in given if int(point) not in points]
    if beyond and len(points) > 1:
        _refuse(
            findings, path, f"expected labels of points from {points[0]} to {points[-1]}, got one of {beyond[0]}"
        )
    return FrozenDict(given)


def _number(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    least, most = _plain(values.get("min")), _plain(values.get("max"))
    _in_order(least, most, ("min", "max"), path, findings)
    return NumberField(
        **common, least=least, most=most, whole=values.get("whole", False), unit=values.get("unit", "")
    )


def _text(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    pattern = values.get("pattern")
    longest = values.get("max_length", TextField.max_length if pattern is None else _LONGEST_WITH_PATTERN)
    least = values.get("min_length", 0)
    _in_order(least, longest, ("min_length", "max_length"), path, findings)
    if pattern is not None and pattern.size * longest > _MOST_WORK:
        fits = max(1, _MOST_WORK // pattern.size)
        message = f"this pattern and texts of {longest:,} characters would take too long to be checked"
        findings.add("bad-pattern", (*path, "pattern"), message, f"set max_length to at most {fits}")
    return TextField(
        **common,
        lines=values.get("lines", 1),
        min_length=least,
        max_length=longest,
        pattern=pattern,
        example=values.get("example", ""),
    )


def _yes_no(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    return YesNoField(**common, yes_label=values.get("yes_label", ""), no_label=values.get("no_label", ""))


def _date(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    earliest, latest = values.get("earliest"), values.get("latest")
    _in_order(earliest, latest, ("earliest", "latest"), path, findings)
    return DateField(**common, earliest=earliest, latest=latest)


def _slider(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    lowest, highest = _plain(values["from"]), _plain(values["to"])
    step, start = _plain(values.get("step", 1)), _plain(values.get("start"))
    if lowest >= highest:
        _refuse(findings, (*path, "from"), f"expected 'from' to be below 'to' ({highest}), got {lowest}")
    else:
        steps = (highest - lowest) / step
        if abs(steps - round(steps)) > 1e-6 or steps < 1:
            hint = f"from {lowest} to {highest} there should be a whole number of steps"
            _refuse(findings, (*path, "step"), f"expected a step that leads from 'from' to 'to', got {step}", hint)
        if start is not None and not lowest <= start <= highest:
            _refuse(findings, (*path, "start"), f"expected a number from {lowest} to {highest}, got {start}")
    return SliderField(
        **common,
        lowest=lowest,
        highest=highest,
        step=step,
        start=start,
        low=values.get("low", ""),
        high=values.get("high", ""),
        show_value=values.get("show_value", False),
    )


def _rank(common: Values, values: Values, path: KeyPath, findings: Findings) -> FormField:
    return RankField(**common, options=values["options"], shuffle="shuffle" in values)


def _plain(number: Any) -> Any:
    """Return a number as an int where it is a whole one."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _in_order(least: Any, most: Any, names: tuple[str, str], path: KeyPath, findings: Findings) -> None:
    if least is not None and most is not None and least > most:
        message = f"expected '{names[0]}' to be no more than '{names[1]}' ({most}), got {least}"
        _refuse(findings, (*path, names[0]), message)


def _refuse(findings: Findings, path: KeyPath, message: str, hint: str = "") -> None:
    findings.add("out-of-range", path, message, hint)


Make = Callable[[Values, Values, KeyPath, Findings], FormField]

_MAKERS: Mapping[str, Make] = {
    "choice": _choice,
    "choices": _choices,
    "scale": _scale_question,
    "number": _number,
    "text": _text,
    "yes_no": _yes_no,
    "date": _date,
    "slider": _slider,
    "rank": _rank,
    "matrix": _matrix,
}
