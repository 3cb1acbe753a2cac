"""The page style: what a study says of how its page looks."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...config.page_texts import PageTexts
from .markdown import MarkdownOf


@dataclass(frozen=True, slots=True)
class PageStyle:
    """What the page is called, whose lines it formats, and what it says in which language."""

    title: str = "parleyrun"
    markdown: MarkdownOf = "authors"
    language: str = "en"
    texts: PageTexts = field(default_factory=PageTexts)
