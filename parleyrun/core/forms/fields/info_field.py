"""Something to read or to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..form_texts import FormTexts
from .form_field import AskedQuestion, FormField


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """A picture or a video: its `type`, where it is, and what it shows in words."""

    type: str
    url: str
    alt: str = ""

    def described(self) -> dict[str, str]:
        """Return it as the payload of an act."""
        return {"type": self.type, "url": self.url, "alt": self.alt}


@dataclass(frozen=True, kw_only=True)
class InfoField(FormField):
    """Asks nothing: a text in Markdown, and pictures or a video below it."""

    kind: ClassVar[str] = "info"
    asks: ClassVar[bool] = False
    required: bool = False
    text: str = ""
    pictures: tuple[ShownPicture, ...] = ()

    def checked(self, value: Any, texts: FormTexts) -> None:
        return None

    def typed(self, text: str, texts: FormTexts, item: str = "") -> None:
        return None

    def asked(self, texts: FormTexts) -> tuple[AskedQuestion, ...]:
        return ()

    def details(self, texts: FormTexts) -> dict[str, Any]:
        return {"text": self.text, "pictures": [picture.described() for picture in self.pictures]}
