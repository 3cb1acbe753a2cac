"""The media library: what authors upload in advance, and the personas they speak as."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, assert_never

from ..core.message import FrozenDict
from ..errors import ChannelError
from ..events import Notes
from ..private_files import write_private
from .media_content import ByAttachmentId, ByUrl, Media, MediaContent

ATTACHMENTS_PATH = "attachments/"
"""Where the web server shows what was uploaded, as seen from the chat page."""

MAX_PERSONA_NAME_CHARACTERS = 50

_MIME = re.compile(r"[a-z]+/[A-Za-z0-9.+-]+", re.ASCII)
_ANY = "application/octet-stream"

_NOTES_OF = "media"
_ATTACHMENT, _PERSONA = "attachment/", "persona/"


@dataclass(frozen=True, slots=True)
class Persona:
    """A name and a picture under which a world speaks."""

    name: str
    picture_url: str


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file as the web server shows it."""

    name: str
    mime: str
    content: Path | bytes


def attachments_of(path: Path | str) -> Path:
    """Return the folder for what is uploaded, beside the store at that path."""
    return Path(f"{path}.attachments")


def owned_files(notes: Mapping[str, str]) -> list[str]:
    """Return the names of the files that notes of the library's tell of."""
    return [known["token"] for value in notes.values() if "token" in (known := json.loads(value))]


def persona_on_record(notes: Notes, persona_id: str) -> Persona | None:
    """Return who speaks under this id, for whoever has no library at hand; None if nobody does. May block."""
    key = f"{_PERSONA}{persona_id}"
    value = notes.kept(_NOTES_OF, key).get(key)
    return None if value is None else Persona(**json.loads(value))


class ShownMedia(Protocol):
    """What a channel may ask of the library. Any thread; nothing here blocks."""

    def shown(self, payload: FrozenDict) -> Mapping[str, Any]:
        """Return a payload with an address in place of the id of something that was uploaded."""

    def persona(self, persona_id: str) -> Persona | None:
        """Return who speaks under this id; None if nobody does."""


class MediaLibrary:
    """Keeps files and personas for channels that have no place of their own for them. Any thread.

    What is known lasts as long as the store; it is found again after `open`.

    Args:
        folder: Where files are kept; None keeps them in memory, as a store there does.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._notes: Notes | None = None
        self._key = b""
        self._lock = threading.Lock()  # guards changes of the four below; single look-ups are atomic
        self._attachments: dict[str, Mapping[str, Any]] = {}
        self._by_token: dict[str, Mapping[str, Any]] = {}
        self._in_memory: dict[str, bytes] = {}
        self._personas: dict[str, Persona] = {}

    def open(self, notes: Notes) -> None:
        """Find again what was kept before. Raises `StoreError`."""
        self._notes = notes
        self._key = notes.secret(_NOTES_OF)
        for key, value in notes.kept(_NOTES_OF).items():
            if key.startswith(_PERSONA):
                self._personas[key.removeprefix(_PERSONA)] = Persona(**json.loads(value))
            else:
                self._know_attachment(key.rpartition("/")[2], json.loads(value))

    def keep(self, media: Media, attachment_id: str | None = None, owner: str = "") -> str:
        """Keep what payloads are to show. Blocks.

        Args:
            media: What to show.
            attachment_id: What another place calls it that has it too; None gives it an id.
            owner: The participant who sent it, and with whom it is erased; empty for an author.

        Returns:
            Its id. The same content of the same owner has the same id, whenever it is uploaded.

        Raises:
            ChannelError: It can't be kept, or nothing of that id is known.
        """
        match media:
            case ByAttachmentId(_, known_id):
                if attachment_id is None and known_id not in self._attachments:
                    raise ChannelError(f"expected the id of an attachment that was uploaded, got {known_id!r:.80}")
                return known_id
            case ByUrl(kind, url):
                known: dict[str, Any] = {"kind": kind, "url": url}
                content_id = f"u{hashlib.sha256(f'{kind} {url}'.encode()).hexdigest()[:24]}"
            case MediaContent(kind, data, name, mime):
                digest = hashlib.sha256(data).hexdigest()
                # Nobody can guess it who has not been shown it, though the file itself may be known to many.
                token = hmac.new(self._key, f"{owner}{kind} {name} {digest}".encode(), "sha256").hexdigest()[:40]
                known = {
                    "kind": kind,
                    "token": token,
                    "name": name,
                    "mime": mime if _MIME.fullmatch(mime) else _ANY,
                }
                content_id = f"f{hashlib.sha256(f'{owner}{kind} {name} {digest}'.encode()).hexdigest()[:24]}"
                self._write(token, data)
            case _:
                assert_never(media)
        kept_id = attachment_id or content_id
        with self._lock:
            self._know_attachment(kept_id, known)
        self._note(f"{owner}/{_ATTACHMENT}{kept_id}" if owner else f"{_ATTACHMENT}{kept_id}", json.dumps(known))
        return kept_id

    def file(self, token: str) -> MediaFile | None:
        """Return a file by the last part of its address; None if there is none."""
        known = self._by_token.get(token)
        if known is None:
            return None
        if self._folder is None:
            content: Path | bytes = self._in_memory[token]
        else:
            content = self._folder / token
            if not content.is_file():
                return None
        return MediaFile(known["name"], known["mime"], content)

    def shown(self, payload: FrozenDict) -> Mapping[str, Any]:
        known = self._attachments.get(str(payload.get("attachment_id")))
        if known is None or payload.get("url") or payload.get("data"):
            return payload
        if "url" in known:
            return {**payload, "url": known["url"]}
        return {"name": known["name"], **payload, "url": f"{ATTACHMENTS_PATH}{known['token']}"}

    def create_persona(self, name: str, picture_url: str, persona_id: str | None = None) -> str:
        """Keep a persona, and return its id: what another place calls it, or one of its own.

        Raises:
            ChannelError: The name is none, or the picture has no address that a browser could open.
        """
        if not isinstance(name, str) or not 0 < len(name.strip()) <= MAX_PERSONA_NAME_CHARACTERS:
            raise ChannelError(
                f"expected a persona's name of 1 to {MAX_PERSONA_NAME_CHARACTERS} characters, got {name!r:.80}"
            )
        if not isinstance(picture_url, str) or not picture_url.startswith("https://"):
            raise ChannelError(f"expected the address of a persona's picture, https://…, got {picture_url!r:.80}")
        if persona_id is None:
            persona_id = f"p{hashlib.sha256(f'{name} {picture_url}'.encode()).hexdigest()[:24]}"
        persona = self._personas[persona_id] = Persona(name, picture_url)
        told = {"name": persona.name, "picture_url": persona.picture_url}
        self._note(f"{_PERSONA}{persona_id}", json.dumps(told))
        return persona_id

    def delete_persona(self, persona_id: str) -> None:
        """Forget a persona. Raises `ChannelError` if there is none of that id."""
        if self._personas.pop(persona_id, None) is None:
            raise ChannelError(f"expected the id of a persona that was created, got {persona_id!r:.80}")
        self._note(f"{_PERSONA}{persona_id}", None)

    def persona(self, persona_id: str) -> Persona | None:
        return self._personas.get(persona_id)

    def _know_attachment(self, attachment_id: str, known: Mapping[str, Any]) -> None:
        self._attachments[attachment_id] = known
        if "token" in known:
            self._by_token[known["token"]] = known

    def _note(self, key: str, value: str | None) -> None:
        if self._notes is None:
            raise ChannelError("the media library is not open: upload in module_initialize, or later")
        self._notes.keep(_NOTES_OF, key, value)

    def _write(self, token: str, data: bytes) -> None:
        if self._folder is None:
            self._in_memory[token] = data
            return
        path = self._folder / token
        if path.exists():
            return
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_private(path, data)
        except OSError as error:
            raise ChannelError(
                f"cannot keep an attachment in {self._folder}: {error.strerror or error}"
            ) from error
