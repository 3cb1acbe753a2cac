"""Known secrets: keys with which a server is asked, and what makes them unreadable in what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HIDDEN = "[key]"

SHORTEST_SECRET = 8
"""What is shorter may as well be a word."""

SHORTEST_OF_ENVIRONMENT = 16
"""Of variables that nobody has named as a key: what is shorter may be a word that happens to stand there."""

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|AUTHORIZATION", re.IGNORECASE)


class KnownSecrets:
    """Any thread.

    Args:
        secrets: What nobody may read; what is too short for that is left out.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        self._known = tuple(sorted(known, key=len, reverse=True))

    def hidden(self, text: str) -> str:
        """Return a text in which none of them is."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        return text

    def hidden_so_far(self, text: str) -> str:
        """Return the words so far of a text that goes on: without an end that may become one of them."""
        text = self.hidden(text)
        for secret in self._known:
            begun = next((size for size in range(len(secret) - 1, 0, -1) if text.endswith(secret[:size])), 0)
            text = text[: len(text) - begun]
        return text

    def hidden_in_json(self, written: str) -> str:
        """Return JSON in which none of them is, however its letters are written there; any text may be given."""
        hidden = self.hidden(written)
        if "\\" not in hidden or not self._known:
            return hidden
        try:
            plain = json.dumps(json.loads(hidden), ensure_ascii=False)
        except (ValueError, RecursionError):
            return hidden
        return self.hidden(plain) if any(secret in plain for secret in self._known) else hidden


def secrets_by_name(values: Mapping[str, Any], shortest: int = SHORTEST_SECRET) -> list[str]:
    """Return those values whose names say that they are secrets: of headers, of fields, of an environment.

    Args:
        values: The values by their names.
        shortest: How many characters one has at least.
    """
    named = [str(value) for name, value in values.items() if _SECRET_NAME.search(name)]
    return [secret for value in named for secret in value.split() if len(secret) >= shortest]


def secrets_of_address(address: str) -> list[str]:
    """Return those values of an address's query whose names say that they are secrets."""
    return secrets_by_name(dict(parse_qsl(urlsplit(address).query)))
