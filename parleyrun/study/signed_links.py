"""Signed links: arrival ids that nobody can make up."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..errors import ChannelError
from ..private_files import check_secret, kept_secret

SIGNATURE = "sig"
"""The parameter of a link that holds its signature."""

VARIABLE = "PARLEYRUN_LINK_SECRET"


class LinkSigner:
    """Signs who somebody is, and knows its own signatures: HMAC-SHA256. Any thread, once it is open.

    Args:
        load_secret: Returns what to sign with; called once, by `open()`.
    """

    def __init__(self, load_secret: Callable[[], bytes]) -> None:
        self._load_secret = load_secret
        self._secret: bytes | None = None

    def open(self) -> None:
        """Get the secret. Raises `ChannelError` where there is none."""
        if self._secret is None:
            self._secret = self._load_secret()

    def sign(self, identity: str) -> str:
        """Return the signature of an identity: 64 hexadecimal digits."""
        assert self._secret is not None, "open() comes before sign()"
        return hmac.new(self._secret, f"link:{identity}".encode(), "sha256").hexdigest()

    def is_of(self, signature: str, identity: str) -> bool:
        """Whether a signature is of this identity."""
        return signature.isascii() and hmac.compare_digest(self.sign(identity), signature)


def signed_link(base: str, name: str, value: str, signature: str) -> str:
    """Return a link with an arrival id and its signature; what else its query holds is kept."""
    parts = urlsplit(base)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in (name, SIGNATURE)]
    return urlunsplit(parts._replace(query=urlencode([*query, (name, value), (SIGNATURE, signature)])))


def link_secret(store_path: Path | None, environment: Mapping[str, str]) -> bytes:
    """Return what links are signed with: the environment's secret, or that of a file beside the store.

    A file that is not there yet is made, for its owner only. Whoever reads it can take anybody's seat.

    Args:
        store_path: The file of the store; None for one in memory.
        environment: May have the secret in PARLEYRUN_LINK_SECRET.

    Raises:
        ChannelError: There is no secret, or one that is not kept.
    """
    given = environment.get(VARIABLE)
    if given is not None:
        check_secret(given, VARIABLE, 'make one with  python -c "import secrets; print(secrets.token_hex(32))"')
        return given.encode()
    if store_path is None:
        raise ChannelError(
            f"signed links need a secret that lasts: set {VARIABLE}, or keep the store in a file, "
            "beside which the secret is put then"
        )
    hint = "remove it for a new one; links signed before are of no use then"
    return kept_secret(Path(f"{store_path}.link-secret"), "the secret for signed links", hint)
