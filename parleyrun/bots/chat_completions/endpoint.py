"""The endpoint: where a server of chat completions is, and the key that opens it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

PATH = "/chat/completions"

_HIDDEN = "[key]"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go. `key` is empty for a server that wants none.

    Attributes:
        completions: The address that takes requests.
        models: The address that lists the server's models.
        host: The server's name, for sentences.
        is_local: Whether it is on this machine.
        key: The secret; it travels in a header only.
    """

    completions: str
    models: str
    host: str
    is_local: bool
    key: str = ""

    def without_key(self, text: str) -> str:
        """Return a text in which nobody can read the key; servers quote a wrong one back."""
        return without_key(text, self.key)

    def __repr__(self) -> str:
        return f"Endpoint({self.completions!r})"


def without_key(text: str, key: str) -> str:
    """Return a text in which nobody can read a key."""
    if not key:
        return text
    # Some quote the first and last letters only.
    quoted = re.escape(key[:6]) + r"[A-Za-z0-9_*.-]{2,}" if len(key) > 12 else re.escape(key)
    return re.sub(quoted, _HIDDEN, text.replace(key, _HIDDEN))


def endpoint_of(base_url: str, key: str = "") -> Endpoint:
    """Return the endpoint that somebody's `base_url` means.

    Taken as people paste it: with or without `/v1`, a trailing slash, or all of `/v1/chat/completions`. A query
    (`?api-version=…`) goes with every request.

    Raises:
        ValueError: That is no address, or it holds a password; the message says what was expected.
    """
    try:
        parts = urlsplit(base_url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(
            f"expected an address such as http://localhost:11434/v1, got {base_url!r:.80}: {error}"
        ) from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"expected an address such as http://localhost:11434/v1, got {base_url!r:.80}")
    if "@" in parts.netloc:
        raise ValueError("expected an address without a user and password; name the key by api_key_env")
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise ValueError("expected a key of printable ASCII characters, got one with others in it")
    path = parts.path.rstrip("/").removesuffix(PATH).rstrip("/") or "/v1"
    return Endpoint(
        completions=urlunsplit((parts.scheme, parts.netloc, path + PATH, parts.query, "")),
        models=urlunsplit((parts.scheme, parts.netloc, f"{path}/models", parts.query, "")),
        host=parts.netloc,
        is_local=host in ("localhost", "::1") or host.startswith("127."),
        key=key,
    )
