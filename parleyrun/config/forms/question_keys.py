"""What may stand in a question of a form, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.forms.fields.written_number import MOST
from ...text import did_you_mean, quoted
from ..diagnostics import Findings, KeyPath
from ..kinds import INVALID, MISSING, Choice, Flag, JsonSchema, Quantity, Text, refuse_type
from ..sections import Field, Section
from .answer_options import AnswerOptions
from .question_values import AfterFailing, AsWritten, Day, Pattern, Pictured, PointLabels

MOST_CHARACTERS = 50_000
"""How long an answer may be at most, in characters."""

_ANY_ANSWER: JsonSchema = {}
_SHOW_IF: JsonSchema = {"type": "object"}
_NUMBER = Quantity(-MOST, MOST)
_COUNT = Quantity(0, 20_000, whole=True)
_POINT = Quantity(-1_000_000, 1_000_000, whole=True)

_KIND = Field("kind", Text("the kind of a question"), "what kind of question it is", required=True)
_SHOWN = (
    Field("show_if", AsWritten(_SHOW_IF), "by which earlier answers it is asked, such as {smokes: true}"),
    Field("page", Quantity(1, 1_000, whole=True), "on which page it stands"),
)
_ASKED = (
    Field("ask", Text("a question"), "the question", required=True),
    Field("help", Text("a sentence"), "what is said below the question"),
    Field("required", Flag(), "whether nobody goes on without an answer; default true"),
    *_SHOWN,
    Field("correct", AsWritten(_ANY_ANSWER), "the right answer, or a list of them"),
    Field("tries", Quantity(1, 100, whole=True), "how often somebody may answer where one is right; default once"),
    Field("after_failing", AfterFailing(), "what follows when it was not answered right; default continue"),
    Field("when_wrong", Text("a sentence"), "what is said after a wrong answer, where there is another try"),
)
_DECLINE = Field("decline", AsWritten(_ANY_ANSWER), "answers that end the form with the outcome declined")
_OPTIONS = Field("options", AnswerOptions(), "the answers to choose from", required=True)
_SHUFFLED = Field("shuffle", Choice(("options",)), "'options' shows them to each person in an order of their own")
_ENDS = (
    Field("low", Text("a word"), "what the lowest means"),
    Field("high", Text("a word"), "what the highest means"),
)
_SCALE = (
    Field("from", _POINT, "the lowest point", required=True),
    Field("to", _POINT, "the highest point", required=True),
    *_ENDS,
    Field("labels", PointLabels(), "what the points mean: a list of all, or a mapping of some"),
    Field("numbers", Flag(), "whether the numbers are shown beside labels; default true"),
)

KIND_KEYS: Mapping[str, tuple[Field, ...]] = {
    "choice": (*_ASKED, _OPTIONS, _SHUFFLED, _DECLINE),
    "choices": (
        *_ASKED,
        _OPTIONS,
        _SHUFFLED,
        Field("min", _COUNT, "how many have to be chosen; default 1"),
        Field("max", _COUNT, "how many can be chosen; default all"),
    ),
    "scale": (*_ASKED, *_SCALE),
    "number": (
        *_ASKED,
        Field("min", _NUMBER, "the smallest"),
        Field("max", _NUMBER, "the largest"),
        Field("whole", Flag(), "whether it has no fraction"),
        Field("unit", Text("a unit"), "what stands behind it"),
    ),
    "text": (
        *_ASKED,
        Field("lines", Quantity(1, 50, whole=True), "how many lines high it is; default 1, for a single line"),
        Field("min_length", Quantity(0, MOST_CHARACTERS, whole=True), "how long it has to be, in characters"),
        Field("max_length", Quantity(1, MOST_CHARACTERS, whole=True), "how long it may be; default 5,000"),
        Field("pattern", Pattern(), "what the whole of it has to fit"),
        Field("example", Text("an example"), "what people are told that fits the pattern"),
    ),
    "yes_no": (
        *_ASKED,
        Field("yes_label", Text("a label"), "what stands on yes"),
        Field("no_label", Text("a label"), "what stands on no"),
        _DECLINE,
    ),
    "date": (
        *_ASKED,
        Field("earliest", Day(), "the earliest date"),
        Field("latest", Day(), "the latest date"),
    ),
    "slider": (
        *_ASKED,
        Field("from", _NUMBER, "the lowest place", required=True),
        Field("to", _NUMBER, "the highest place", required=True),
        Field("step", Quantity(1e-6, MOST), "how far places are apart; default 1"),
        Field("start", _NUMBER, "where its handle is at first; default nowhere, until it is touched"),
        *_ENDS,
        Field("show_value", Flag(), "whether the number is shown"),
    ),
    "rank": (*_ASKED, _OPTIONS, _SHUFFLED),
    "matrix": (
        *_ASKED,
        Field("items", AnswerOptions("items"), "what is asked with the same scale, row by row", required=True),
        Field("shuffle", Choice(("items",)), "'items' shows them to each person in an order of their own"),
        *_SCALE,
    ),
    "info": (
        Field("text", Text("a text, or a file that ends in .md"), "Markdown, or the path of a file with it"),
        Field("image", Pictured("image"), "a picture: its url, and what it shows (alt)"),
        Field("video", Pictured("video"), "a video: its url, and what it shows (alt)"),
        *_SHOWN,
    ),
}
"""The keys of each kind, besides `kind` itself."""


@dataclass(frozen=True)
class QuestionSection(Section):
    """A question: `kind`, and the keys of that kind."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        if not isinstance(value, Mapping):
            return refuse_type(findings, path, "a mapping with ask, kind …", value)
        kind = value.get("kind")
        if kind is MISSING:
            return INVALID
        if kind is None:
            self._missing(_KIND, path, findings)
            return INVALID
        if not isinstance(kind, str) or kind not in KIND_KEYS:
            message = f"expected the kind of a question, got {quoted(str(kind))}"
            hint = did_you_mean(str(kind), KIND_KEYS, "kinds")
            findings.add("unknown-kind", (*path, "kind"), message, hint)
            return INVALID
        checked: dict[str, Any] = _section_of(kind).check(value, path, findings)
        return INVALID if findings.has_error_at(path) else checked

    def json_schema(self) -> JsonSchema:
        kinds = [(kind, _section_of(kind).json_schema()) for kind in KIND_KEYS]
        return {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string", "enum": list(KIND_KEYS), "description": _KIND.description}},
            "allOf": [{"if": {"properties": {"kind": {"const": kind}}}, "then": schema} for kind, schema in kinds],
        }


def _section_of(kind: str) -> Section:
    return Section(f"a question of the kind {kind}", (_KIND, *KIND_KEYS[kind]))


QUESTION = QuestionSection("a question", (_KIND,))
