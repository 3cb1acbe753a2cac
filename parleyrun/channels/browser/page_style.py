"""The page style: what a study says of how its page looks."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field

from ...config.page_texts import PageTexts
from .markdown import MarkdownOf


@dataclass(frozen=True, slots=True)
class PageStyle:
    """What the page is called, whose lines it formats, and what it says in which language.

    `uploads` are the tasks in which people may send files, `most_bytes` is how large one may be. With
    `reactions` there are tasks in which people react to lines.
    """

    title: str = "parleyrun"
    markdown: MarkdownOf = "authors"
    language: str = "en"
    texts: PageTexts = field(default_factory=PageTexts)
    _: KW_ONLY
    uploads: frozenset[str] = frozenset()
    most_bytes: int = 0
    reactions: bool = False

    def takes_files(self, place: str, task: str | None) -> bool:
        """Return whether somebody who is there may send files."""
        return place in ("task", "onboarding") and task in self.uploads
