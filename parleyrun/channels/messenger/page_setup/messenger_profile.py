"""What people see of the page before anybody speaks: the Get Started button, the greeting, the menu."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ....errors import ChannelError
from ..graph.graph_client import GraphClient
from ..receiving.event_delivery import GET_STARTED

GREETING_CHARACTERS = 160
MENU_TITLE_CHARACTERS = 30
MENU_ITEMS = 20

_PATH = "me/messenger_profile"
_NAMES = {"get_started": "Get Started button", "greeting": "greeting", "persistent_menu": "menu"}


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of the menu: what it is called, and what tapping it sends."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class MessengerProfile:
    """How a page presents itself. An empty greeting or menu is none. Raises `ChannelError` if Meta would."""

    greeting: str = ""
    menu: tuple[MenuItem, ...] = ()

    def __post_init__(self) -> None:
        _check_length("greeting", self.greeting, GREETING_CHARACTERS)
        for item in self.menu:
            _check_length("menu item", item.title, MENU_TITLE_CHARACTERS)
            if not item.title.strip():
                raise ChannelError(
                    "expected a menu item of at most 30 characters that says something, got nothing"
                )
        if len(self.menu) > MENU_ITEMS:
            raise ChannelError(f"expected at most {MENU_ITEMS} menu items, got {len(self.menu)}")

    def as_properties(self) -> dict[str, Any]:
        """Return it as Meta writes it, by the name of each property."""
        items = [{"type": "postback", "title": item.title, "payload": item.payload} for item in self.menu]
        menu = {"locale": "default", "composer_input_disabled": False, "call_to_actions": items}
        return {
            "get_started": {"payload": GET_STARTED},
            "greeting": [{"locale": "default", "text": self.greeting}] if self.greeting else None,
            "persistent_menu": [menu] if items else None,
        }


def has_get_started(client: GraphClient) -> bool:
    """Whether newcomers see our Get Started button."""
    return bool(_is_as_wanted("get_started", MessengerProfile().as_properties(), _known(client)))


def apply_profile(client: GraphClient, profile: MessengerProfile) -> Iterator[str]:
    """Have the page present itself like this; yield a sentence for each thing that was looked at.

    What is so already is left alone. Raises `ChannelError` if Meta refuses.
    """
    known = _known(client)
    wanted = profile.as_properties()
    changed = [name for name in wanted if not _is_as_wanted(name, wanted, known)]
    # The menu cannot be there without the button, so all goes in one request.
    new = {name: wanted[name] for name in changed if wanted[name] is not None}
    if new:
        client.post(_PATH, new)
    gone = [name for name in changed if wanted[name] is None]
    if gone:
        client.delete(_PATH, fields=json.dumps(gone))
    for name, title in _NAMES.items():
        did = "removed" if name in gone else "set" if name in new else "already as wanted"
        yield f"{title}: {did}"


def _known(client: GraphClient) -> dict[str, Any]:
    """Return what the page has, by the name of each property."""
    data = client.get(_PATH, fields=",".join(_NAMES)).get("data")
    entries: Sequence[Any] = data if isinstance(data, list) else ()
    return {name: value for entry in entries if isinstance(entry, dict) for name, value in entry.items()}


def _is_as_wanted(name: str, wanted: dict[str, Any], known: dict[str, Any]) -> bool:
    if not wanted[name]:
        return not known.get(name)
    return _covers(wanted[name], known.get(name))


def _covers(wanted: Any, known: Any) -> bool:
    """Whether what is known is what is wanted; Meta may add keys of its own."""
    if isinstance(wanted, dict):
        return isinstance(known, dict) and all(_covers(value, known.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(known, list)
            and len(known) == len(wanted)
            and all(_covers(one, other) for one, other in zip(wanted, known, strict=True))
        )
    return bool(wanted == known)


def _check_length(what: str, text: str, most: int) -> None:
    if len(text) > most:
        raise ChannelError(f"expected a {what} of at most {most} characters, got {len(text)}: {text[:most]!r}…")
