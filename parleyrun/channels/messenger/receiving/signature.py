"""The signature under which Meta sends what happened: an HMAC of the body's bytes, as they came."""

from __future__ import annotations

import hmac

_SCHEME = "sha256="


def sign(secret: str, body: bytes) -> str:
    """Return what the header `X-Hub-Signature-256` says of a body."""
    # Not hmac.digest: it lets go of the interpreter, and with short bodies takes long to get it back.
    return _SCHEME + hmac.new(secret.encode(), body, "sha256").hexdigest()


def is_signed(secret: str, body: bytes, header: str | None) -> bool:
    """Say whether the header is the body's signature, in a time that does not tell how much of it is right."""
    given = "" if header is None else header
    # As bytes: of strings, compare_digest takes ASCII only, and a header may hold anything.
    return hmac.compare_digest(sign(secret, body).encode(), given.encode(errors="replace"))
