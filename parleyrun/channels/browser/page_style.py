"""The page style: what a study says of how its page looks."""

from __future__ import annotations

from dataclasses import dataclass

from .markdown import MarkdownOf


@dataclass(frozen=True, slots=True)
class PageStyle:
    """What the page is called, and whose lines it formats."""

    title: str = "parleyrun"
    markdown: MarkdownOf = "authors"
