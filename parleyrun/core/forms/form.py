"""A form: questions with typed answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ...registry import Registry
from .fields.form_field import FormField
from .seeded_order import seeded_order

FORM_READERS: Registry[Callable[..., Form]] = Registry("a reader of forms", "parleyrun.form_readers")
"""What makes forms: of a `mapping`, and of files by the ending of their names."""


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """Questions that are shown together. `text` is Markdown, and stands above them."""

    title: str = ""
    text: str = ""
    fields: tuple[FormField, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Form:
    """Questions with typed answers: consent, a questionnaire, a check whether something was understood.

    Frozen, so it can be made once, where the module is loaded, and be asked of everybody::

        RATING = Form.from_yaml(Path(__file__).with_name("rating.yml"))

    Attributes:
        name: By which its answers are known.
        pages: Its questions, page by page; at least one page.
        title: What stands at its top.
        text: Markdown that stands below that, before the first question.
        shuffle: Whether each person is asked the questions of a page in an order of their own. What is only to be
            read keeps its place, and a question that follows from another one stays behind it.
    """

    name: str
    pages: tuple[FormPage, ...]
    title: str = ""
    text: str = ""
    shuffle: bool = False

    @classmethod
    def from_yaml(cls, path: str | Path, name: str | None = None) -> Form:
        """Read a form from a YAML file.

        Args:
            path: The file. Texts in files of their own are looked for beside it.
            name: What the form is called; left out, as the file is, without its ending.

        Raises:
            ConfigError: The file cannot be read, or something in it is wrong; it has all findings.
        """
        return FORM_READERS.required("yaml")(path, name)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], name: str = "form") -> Form:
        """Make a form of plain values, in the shape that a YAML file has.

        Args:
            values: The values.
            name: What the form is called.

        Raises:
            ConfigError: Something in it is wrong; it has all findings.
        """
        return FORM_READERS.required("mapping")(values, name)

    @cached_property
    def fields(self) -> tuple[FormField, ...]:
        """Everything in it, page after page."""
        return tuple(field for page in self.pages for field in page.fields)

    @cached_property
    def questions(self) -> Mapping[str, FormField]:
        """What can be answered, by name."""
        return {field.name: field for field in self.fields if field.asks}

    def page_of(self, name: str) -> int:
        """Return on which page something of that name stands, from 1."""
        return next(
            number for number, page in enumerate(self.pages, 1) if any(field.name == name for field in page.fields)
        )

    def shuffled_for(self, participant: str) -> Form:
        """Return the form as this participant is shown it: in the same order each time."""
        seed = f"{self.name}\0{participant}"
        return replace(self, pages=tuple(self._shuffled_page(page, seed) for page in self.pages))

    def _shuffled_page(self, page: FormPage, seed: str) -> FormPage:
        fields = page.fields
        if self.shuffle:
            groups = seeded_order(
                _groups(fields), seed, lambda group: group[0].name, lambda group: not group[0].asks
            )
            fields = tuple(field for group in groups for field in group)
        return replace(page, fields=tuple(field.shuffled(f"{seed}\0{field.name}") for field in fields))

    def order(self) -> dict[str, Any]:
        """Return in which order everything stands here: `fields`, and by their names the `parts` of those."""
        orders = {field.name: list(order) for field in self.fields if (order := field.order()) is not None}
        return {"fields": [field.name for field in self.fields], "parts": orders}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("fields", "questions")}


def _groups(fields: tuple[FormField, ...]) -> list[tuple[FormField, ...]]:
    """Return fields in groups that stay together: each with those that are asked because of it."""
    groups: list[list[FormField]] = []
    home: dict[str, list[FormField]] = {}
    for field in fields:
        needed = [home[test.field] for test in field.show_if if test.field in home]
        group = needed[0] if needed else []
        if not needed:
            groups.append(group)
        for other in needed[1:]:
            if other is not group:
                group.extend(other)
                home.update(dict.fromkeys((one.name for one in other), group))
                groups = [each for each in groups if each is not other]
        group.append(field)
        home[field.name] = group
    return [tuple(group) for group in groups]
