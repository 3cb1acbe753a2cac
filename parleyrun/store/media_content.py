"""Media content: what a payload of an act shows, and where it comes from."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

MEDIA_KINDS = ("image", "video", "audio", "file")
MAX_UPLOAD_BYTES = 25_000_000
"""Meta's limit of 25 MB, in the smaller reading."""

_ENDINGS = {"image": ".png", "video": ".mp4", "audio": ".mp3", "file": ".bin"}
_MIME_TYPES = {
    "image": "image/png",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "file": "application/octet-stream",
}


@dataclass(frozen=True, slots=True)
class MediaContent:
    """Bytes to show. `kind` is one of `MEDIA_KINDS`."""

    kind: str
    data: bytes
    name: str
    mime: str

    def __repr__(self) -> str:
        return f"Content({self.kind}, {self.name!r}, {self.mime}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True)
class ByUrl:
    """Media that whoever shows it fetches for itself."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class ByAttachmentId:
    """Media that was uploaded before."""

    kind: str
    attachment_id: str


Media = MediaContent | ByUrl | ByAttachmentId


def as_payload(media: Media) -> dict[str, Any]:
    """Return the payload that shows this, for whoever reads payloads."""
    match media:
        case MediaContent(kind, data, name, mime):
            return {"type": kind, "data": data, "name": name, "mime": mime}
        case ByUrl(kind, url):
            return {"type": kind, "url": url}
        case ByAttachmentId(kind, attachment_id):
            return {"type": kind, "attachment_id": attachment_id}
        case _:
            assert_never(media)


def media_of(payload: Mapping[str, Any], *, files: bool = False) -> Media:
    """Read what a payload of type image, video, audio or file shows.

    Args:
        payload: Has `attachment_id`, `url`, or `data` (bytes, or base64 as text) with `mime` and `name`.
        files: Whether it may also name a file on this machine, as `path`, or as `filename` with `format`: only
            where the payload cannot be a person's.

    Raises:
        ValueError: It is none of these; says what is expected.
    """
    kind = payload.get("type")
    if kind not in MEDIA_KINDS:
        raise ValueError(f"expected one of {', '.join(MEDIA_KINDS)} at 'payload.type', got {kind!r:.60}")
    if payload.get("attachment_id"):
        return ByAttachmentId(kind, str(payload["attachment_id"]))
    if payload.get("url"):
        url = payload["url"]
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise ValueError(f"expected an address that begins with https:// at 'payload.url', got {url!r:.60}")
        return ByUrl(kind, url)
    if payload.get("data"):
        return _content(kind, _bytes_of(payload["data"]), payload)
    named = next((key for key in ("path", "filename") if payload.get(key)), None)
    if named is None:
        expected = "'path', 'url', 'data' or 'attachment_id'" if files else "'url', 'data' or 'attachment_id'"
        raise ValueError(f"expected {expected} at 'payload', got {sorted(map(str, payload))}")
    if not files:
        raise ValueError(
            f"expected 'url', 'data' or 'attachment_id' at 'payload', got {named!r}, which a person could have "
            "sent: give the path to service.upload_attachment() and put its answer at 'payload.attachment_id'"
        )
    return _content_of_file(kind, named, payload)


def _content_of_file(kind: str, named: str, payload: Mapping[str, Any]) -> MediaContent:
    path = Path(payload[named])
    told: dict[str, Any] = {"name": path.name, **payload}
    if "mime" not in told and payload.get("format"):
        told["mime"] = f"{kind}/{payload['format']}"
    try:
        return _content(kind, path.read_bytes(), told)
    except OSError as error:
        raise ValueError(f"expected a file that can be read at 'payload.{named}', got {path}: {error}") from error


def _bytes_of(data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    if not isinstance(data, str):
        raise ValueError(f"expected bytes, or base64 as text, at 'payload.data', got {type(data).__name__}")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"expected base64 at 'payload.data': {error}") from error


def _content(kind: str, data: bytes, payload: Mapping[str, Any]) -> MediaContent:
    if not 0 < len(data) <= MAX_UPLOAD_BYTES:
        raise ValueError(f"expected 1 to {MAX_UPLOAD_BYTES} bytes of {kind}, got {len(data)}")
    mime = payload.get("mime") or payload.get("mime_type")
    name = payload.get("name")
    if not isinstance(mime, str) or not mime:
        guessed = mimetypes.guess_type(name)[0] if isinstance(name, str) else None
        mime = guessed or _MIME_TYPES[kind]
    if not isinstance(name, str) or not name:
        name = kind + (mimetypes.guess_extension(mime) or _ENDINGS[kind])
    return MediaContent(kind, data, name, mime)
