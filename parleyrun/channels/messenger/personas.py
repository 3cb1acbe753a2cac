"""Personas: names and pictures under which a page can speak."""

from __future__ import annotations

from ...errors import ChannelError
from .graph.graph_client import GraphClient

MAX_NAME_CHARACTERS = 50


def create_persona(client: GraphClient, name: str, picture_url: str) -> str:
    """Make a persona and return its id, which acts then carry as `persona_id`. Raises `ChannelError`."""
    if not 0 < len(name.strip()) <= MAX_NAME_CHARACTERS:
        raise ChannelError(f"expected a persona's name of 1 to {MAX_NAME_CHARACTERS} characters, got {name!r:.80}")
    answer = client.post(f"{client.page_id}/personas", {"name": name, "profile_picture_url": picture_url})
    persona_id = answer.get("id")
    if not persona_id:
        raise ChannelError(f"expected the new persona's 'id' in Meta's answer, got {sorted(answer)}")
    return str(persona_id)


def delete_persona(client: GraphClient, persona_id: str) -> None:
    """Delete a persona. Raises `ChannelError`."""
    if not persona_id.isascii() or not persona_id.isdecimal():
        raise ChannelError(f"expected the id of a persona, all digits, got {persona_id!r:.80}")
    client.delete(persona_id)
