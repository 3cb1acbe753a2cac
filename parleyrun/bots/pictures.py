"""Pictures in the conversations of models: those that they are shown, and those that they make."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Protocol

ATTACHMENT = "attachment:"
"""Begins the address of a picture that the service keeps, as it stands in a prompt before it is sent."""


class Pictures(Protocol):
    """Where a service keeps pictures. Any thread; may block."""

    def address(self, attachment_id: str) -> str | None:
        """Return an address that holds a picture, or leads to it; None if there is none of that id."""

    def keep(self, data: bytes, mime: str) -> str:
        """Keep a picture, and return its attachment id."""


def pictures_in(act: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the addresses of the pictures that an act comes with."""
    payload = act.get("payload")
    if not isinstance(payload, Mapping) or payload.get("type") != "image":
        return ()
    address, data, kept = payload.get("url"), payload.get("data"), payload.get("attachment_id")
    if isinstance(address, str) and address.startswith(("http://", "https://", "data:")):
        return (address,)
    if isinstance(kept, str):
        return (f"{ATTACHMENT}{kept}",)
    if isinstance(data, bytes):
        data = base64.b64encode(data).decode()
    if isinstance(data, str):
        return (f"data:{payload.get('mime') or payload.get('mime_type') or 'image/png'};base64,{data}",)
    return ()


def with_pictures(messages: list[dict[str, Any]], pictures: Pictures | None) -> list[dict[str, Any]]:
    """Return messages in which pictures that the service keeps have an address that a server can open."""
    return [
        {**message, "content": [_shown(part, pictures) for part in message["content"]]}
        if isinstance(message.get("content"), list)
        else message
        for message in messages
    ]


def payload_of(address: str, pictures: Pictures | None) -> dict[str, Any] | None:
    """Return the payload of an act that shows a picture which a model has made; None if it is none."""
    if address.startswith(("https://", "http://")):
        return {"type": "image", "url": address}
    head, comma, encoded = address.partition(",")
    kind, _, how = head.removeprefix("data:").partition(";")
    if not comma or not head.startswith("data:image/") or how != "base64":
        return None
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    if pictures is None:
        return {"type": "image", "data": encoded, "mime": kind}
    return {"type": "image", "attachment_id": pictures.keep(data, kind), "mime": kind}


def _shown(part: Mapping[str, Any], pictures: Pictures | None) -> Mapping[str, Any]:
    address = part.get("image_url", {}).get("url", "")
    if not address.startswith(ATTACHMENT):
        return part
    found = None if pictures is None else pictures.address(address.removeprefix(ATTACHMENT))
    if found is None:
        return {"type": "text", "text": "(A picture that is not there any more.)"}
    return {**part, "image_url": {"url": found}}
