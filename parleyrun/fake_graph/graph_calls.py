"""Calls: what the fake was asked, and what it answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came as part of a multipart body."""

    name: str
    mime: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRequest:
    """A request as it came. `params` are the query's, `body` the fields of the body, whatever form that had."""

    method: str
    path: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    body: Mapping[str, Any]
    upload: Upload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCall:
    """A call that was answered, or was to be: `status` is 0 where the connection was dropped instead.

    `began` and `at` are wall time in seconds by the fake's clock: when the call came, and when it was decided.
    `psid` is whom it was about. `message_id` is there if it sent something, whatever was answered then.
    """

    method: str
    path: str
    params: Mapping[str, str]
    body: Mapping[str, Any]
    upload: Upload | None
    began: float
    at: float
    status: int
    code: int | None = None
    subcode: int | None = None
    psid: str | None = None
    message_id: str | None = None

    @property
    def action(self) -> str | None:
        """The sender action (`typing_on`, `mark_seen`, …), if that is what it was."""
        return self.body.get("sender_action")

    @property
    def text(self) -> str | None:
        """The text of the message that it was to send."""
        message = self.body.get("message")
        return message.get("text") if isinstance(message, Mapping) else None

    @property
    def token_in_url(self) -> bool:
        """Whether the page's token stood where logs of servers and proxies would keep it."""
        return "access_token" in self.params
