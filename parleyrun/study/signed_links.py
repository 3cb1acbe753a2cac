"""Signed links: arrival ids that nobody can make up."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..errors import ChannelError
from ..private_files import create_private

SIGNATURE = "sig"
"""The parameter of a link that holds its signature."""

VARIABLE = "PARLEYRUN_LINK_SECRET"
SHORTEST_SECRET = 32
"""Characters. A shorter one could be found by trying, by whoever has one signed link."""


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
        if len(given) < SHORTEST_SECRET:
            raise ChannelError(
                f"expected at least {SHORTEST_SECRET} characters in {VARIABLE}, got {len(given)}: "
                'make one with  python -c "import secrets; print(secrets.token_hex(32))"'
            )
        return given.encode()
    if store_path is None:
        raise ChannelError(
            f"signed links need a secret that lasts: set {VARIABLE}, or keep the store in a file, "
            "beside which the secret is put then"
        )
    path = Path(f"{store_path}.link-secret")
    try:
        return _read_secret(path) if path.exists() else _make_secret(path)
    except OSError as error:
        raise ChannelError(f"cannot use the secret for signed links, {path}: {error.strerror or error}") from error


def _read_secret(path: Path) -> bytes:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ChannelError(f"others can read the secret for signed links: chmod 600 {path}")
    secret = path.read_bytes().strip()
    if len(secret) < SHORTEST_SECRET:
        raise ChannelError(
            f"expected at least {SHORTEST_SECRET} characters in {path}, got {len(secret)}: "
            "remove it for a new one; links signed before are of no use then"
        )
    return secret


def _make_secret(path: Path) -> bytes:
    # Whole from the first moment: a service and the command that signs links may both make it at the same time.
    draft = Path(f"{path}.{secrets.token_hex(4)}")
    try:
        with open(create_private(draft), "wb") as file:
            file.write(secrets.token_hex(32).encode())
        os.link(draft, path)
    except FileExistsError:
        pass  # the other one was faster
    finally:
        draft.unlink(missing_ok=True)
    return _read_secret(path)
