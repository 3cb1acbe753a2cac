"""Shown: a message as it stands on a person's screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .graph_calls import Upload


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A reply to press. It vanishes with the next message, whoever sends that."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a template: it stays, and sends its payload as a postback, or opens an address."""

    title: str
    payload: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ShownAttachment:
    """What came with a message. `kind` is image, video, audio, file or template; `template` is what that holds."""

    kind: str
    url: str | None = None
    attachment_id: str | None = None
    upload: Upload | None = None
    template: Mapping[str, Any] | None = None

    @property
    def buttons(self) -> tuple[Button, ...]:
        template = self.template or {}
        holders = [template, *template.get("elements", ())]
        return tuple(_button(button) for holder in holders for button in holder.get("buttons", ()))

    @property
    def text(self) -> str:
        """What a template says: its text, or its titles and subtitles."""
        template = self.template or {}
        said = [template.get("text")]
        for element in template.get("elements", ()):
            said += [element.get("title"), element.get("subtitle")]
        return "\n".join(text for text in said if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message of the page. `persona` is the name it was said under, None for the page's own.

    `at` is wall time in seconds by the fake's clock.
    """

    message_id: str
    at: float
    text: str = ""
    quick_replies: tuple[QuickReply, ...] = ()
    attachment: ShownAttachment | None = None
    persona: str | None = None
    metadata: str | None = None


def _button(button: Mapping[str, Any]) -> Button:
    return Button(str(button.get("title", "")), button.get("payload"), button.get("url"))
