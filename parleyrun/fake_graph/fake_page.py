"""The page: what Meta holds of it, apart from its conversations."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from .graph_calls import Upload
from .refusals import Refusal, bad_parameter, bad_token
from .shown_message import ShownAttachment

ATTACHMENT_DAYS = 90
PERSONA_NAME = 50
DAY_SECONDS = 86_400.0

FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "messaging_referrals",
    "message_reactions",
    "message_edits",
    "standby",
)
"""What an app can subscribe to."""


@dataclass(frozen=True, slots=True)
class PagePersona:
    """Somebody whom the page speaks as."""

    id: str
    name: str
    profile_picture_url: str


@dataclass(slots=True, kw_only=True)
class FakePage:
    """A page and the app that may speak for it. Everything here may be set by a test.

    `attachments` are what was uploaded, by id, with the wall time in seconds of its upload. `profile` is the
    messenger profile (Get Started button, greeting, menu). `unfetchable` are addresses at which Meta finds
    nothing.
    """

    id: str
    name: str
    app_id: str
    app_secret: str
    token: str
    verify_token: str
    token_is_valid: bool = True
    permissions: set[str] = field(default_factory=lambda: {"pages_messaging", "pages_manage_metadata"})
    human_agent_approved: bool = False
    subscribed_fields: set[str] = field(default_factory=lambda: set(FIELDS))
    profile: dict[str, Any] = field(default_factory=dict)
    personas: dict[str, PagePersona] = field(default_factory=dict)
    attachments: dict[str, tuple[ShownAttachment, float]] = field(default_factory=dict)
    unfetchable: set[str] = field(default_factory=set)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def check_token(self, token: str | None) -> None:
        if token != self.token or not self.token_is_valid:
            raise bad_token()

    def check_proof(self, proof: str | None) -> None:
        """A request may prove that who sends it knows the app secret; a wrong proof is refused."""
        right = hmac.new(self.app_secret.encode(), self.token.encode(), "sha256").hexdigest()
        if proof is not None and not hmac.compare_digest(proof.encode(), right.encode()):
            raise bad_parameter("Invalid appsecret_proof provided in the API argument")

    def check_may_send(self) -> None:
        if "pages_messaging" not in self.permissions:
            raise Refusal(230, None, "Requires pages_messaging permission to manage the object")

    def create_persona(self, body: Mapping[str, Any]) -> PagePersona:
        name, picture = body.get("name"), body.get("profile_picture_url")
        if not isinstance(name, str) or not 1 <= len(name) <= PERSONA_NAME:
            raise bad_parameter(f"expected a name of 1 to {PERSONA_NAME} characters, got {name!r}")
        if not isinstance(picture, str) or not picture.startswith(("https://", "http://")):
            raise bad_parameter(f"expected profile_picture_url to be an address, got {picture!r}")
        persona = PagePersona(f"{900_000_000_000_000 + next(self._numbers)}", name, picture)
        self.personas[persona.id] = persona
        return persona

    def persona(self, id: Any) -> PagePersona:
        if not isinstance(id, str) or id not in self.personas:
            raise bad_parameter(f"Param persona_id is no persona of this page: {id!r}")
        return self.personas[id]

    def delete_persona(self, id: str) -> None:
        self.persona(id)
        del self.personas[id]

    def keep_attachment(self, attachment: ShownAttachment, now: float) -> str:
        """Keep an attachment that is to be sent more than once, and return its id."""
        id = f"{800_000_000_000_000 + next(self._numbers)}"
        self.attachments[id] = (attachment, now)
        return id

    def attachment(self, asked: Mapping[str, Any], upload: Upload | None, now: float) -> ShownAttachment:
        """Return the attachment that a body asks for: by id, by address, or with its file beside it.

        A media template is taken as it stands. Raises `Refusal` where there is none.
        """
        kind, payload = str(asked["type"]), asked.get("payload", {})
        if kind == "template":
            return ShownAttachment(kind, template=payload)
        if "attachment_id" in payload:
            return self._kept_attachment(kind, str(payload["attachment_id"]), now)
        if "url" in payload:
            url = str(payload["url"])
            if url in self.unfetchable:
                raise bad_parameter("Unable to fetch the file from the url", 2018008)
            return ShownAttachment(kind, url=url)
        if upload is None:
            raise bad_parameter("expected an attachment_id, a url, or a file as filedata")
        return ShownAttachment(kind, upload=upload)

    def _kept_attachment(self, kind: str, id: str, now: float) -> ShownAttachment:
        attachment, at = self.attachments.get(id, (None, 0.0))
        if attachment is None or now - at >= ATTACHMENT_DAYS * DAY_SECONDS:
            raise bad_parameter(f"Invalid attachment id, or one that has expired: {id}", 2018074)
        if attachment.kind != kind:
            raise bad_parameter(f"expected an attachment of type {kind}, got {attachment.kind}", 2018047)
        return ShownAttachment(kind, attachment.url, id, attachment.upload)
