"""What the forms on record ask: the questions as people were shown them, without any config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...store.safe_unpickling import loads, to_json
from ..places.asked_record import AskedRecord

# A pickle has short texts as they are. What somebody's own line was made of is not asked by us.
_SHOWN_FORMS = """
    SELECT l.more FROM log AS l
    WHERE l.mine = 0 AND l.carried_line IS NULL AND l.more IS NOT NULL AND instr(l.more, CAST('show_if' AS BLOB))
    ORDER BY l.n
"""

Question = Mapping[str, Any]
"""A question as a form's payload describes it; docs/forms.md says what is in it."""


@dataclass(slots=True)
class FormDefinition:
    """A form, as it was shown last.

    Attributes:
        name: What it is called in the config.
        questions: All that were ever asked, by name, in the order of the form; those that only older versions had
            come last.
        reworded: The names of questions that people were asked in several ways.
    """

    name: str
    questions: dict[str, Question] = field(default_factory=dict)
    reworded: set[str] = field(default_factory=set)

    def add(self, fields: list[Any]) -> None:
        """Take what was shown later than all before."""
        newer = {each["name"]: each for each in fields if _asks(each)}
        changed = (
            name
            for name, asked in newer.items()
            if name in self.questions and _differ(asked, self.questions[name])
        )
        self.reworded.update(changed)
        self.questions = {**newer, **{name: old for name, old in self.questions.items() if name not in newer}}

    def order_by(self, names: list[str]) -> None:
        """Put the questions in this order; those without a place in it come last."""
        known = self.questions
        first = {name: known.get(name, {"name": name, "kind": ""}) for name in names}
        self.questions = {**first, **{name: asked for name, asked in known.items() if name not in first}}


def form_definitions(file: AskedRecord) -> dict[str, FormDefinition]:
    """Return the forms that people were shown as pages, by name."""
    definitions: dict[str, FormDefinition] = {}
    for (more,) in file.each(_SHOWN_FORMS):
        for name, fields in _forms_in(to_json(loads(more))):
            definitions.setdefault(name, FormDefinition(name)).add(fields)
    return definitions


def _forms_in(more: Any) -> Iterator[tuple[str, list[Any]]]:
    """Yield the name and the questions of a form that a line shows, or whose end it tells."""
    if not isinstance(more, dict):
        return
    payload, extra = more.get("payload"), more.get("extra")
    form = payload.get("form") if isinstance(payload, dict) and payload.get("type") == "form" else None
    if isinstance(form, dict) and isinstance(form.get("name"), str) and isinstance(form.get("pages"), list):
        pages = [page for page in form["pages"] if isinstance(page, dict)]
        yield form["name"], [each for page in pages for each in page.get("fields") or []]
    record = extra.get("form_record") if isinstance(extra, dict) else None
    if isinstance(record, dict) and isinstance(record.get("form"), str) and isinstance(record.get("asked"), list):
        yield record["form"], record["asked"]


def _asks(asked: Any) -> bool:
    return isinstance(asked, dict) and isinstance(asked.get("name"), str) and asked.get("kind") != "info"


def _differ(one: Question, other: Question) -> bool:
    """Whether two versions of a question differ in more than the order of what is shuffled."""
    return _unordered(one) != _unordered(other)


def _unordered(asked: Question) -> dict[str, Any]:
    parts = {name: asked[name] for name in ("options", "items") if isinstance(asked.get(name), list)}
    return {**asked, **{name: sorted(map(str, value)) for name, value in parts.items()}}
