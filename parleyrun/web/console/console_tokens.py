"""Console tokens: what operators show to be let in, and where it is kept."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from ...errors import ChannelError
from ...private_files import check_secret, kept_secret
from ...service.operations.request_lines import Role

VARIABLE = "PARLEYRUN_CONSOLE_TOKEN"
READ_VARIABLE = "PARLEYRUN_CONSOLE_READ_TOKEN"

_MAKE = 'make one with  python -c "import secrets; print(secrets.token_hex(32))"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleTokens:
    """What lets operators in: to do everything, or to look only.

    Attributes:
        act: The token for everything.
        read: The token for looking; None where there is none.
        kept_in: The file of the first, or the variable of the environment; None where it ends with the process.
    """

    act: str = field(repr=False)
    read: str | None = field(default=None, repr=False)
    kept_in: str | None = None

    def role_of(self, given: str) -> Role | None:
        """Return what a token lets its bearer do; None if it is neither. It takes as long for each."""
        shown = _hashed(given)
        acts = hmac.compare_digest(shown, _hashed(self.act))
        reads = hmac.compare_digest(shown, _hashed(self.read or self.act))
        return "act" if acts else "read" if reads else None


def console_tokens(store_path: Path | None, environment: Mapping[str, str]) -> ConsoleTokens:
    """Return the tokens of the environment, or else those in files beside the store, which are made if need be.

    Args:
        store_path: The file of the store, or beside which its files lie; None for one in memory.
        environment: May have the tokens in PARLEYRUN_CONSOLE_TOKEN and PARLEYRUN_CONSOLE_READ_TOKEN.

    Raises:
        ChannelError: One of them is too short or not kept, or they are the same.
    """
    act, kept_in = environment.get(VARIABLE), VARIABLE
    read = environment.get(READ_VARIABLE)
    for variable, token in ((VARIABLE, act), (READ_VARIABLE, read)):
        if token is not None:
            check_secret(token, variable, _MAKE)
    if act is None and store_path is None:
        return ConsoleTokens(act=secrets.token_hex(32), read=read)
    if act is None:
        path = Path(f"{store_path}.console-token")
        act, kept_in = _kept(path, "the token of the console"), str(path)
        if read is None:
            read = _kept(Path(f"{store_path}.console-read-token"), "the token for looking into the console")
    if act == read:
        raise ChannelError(f"expected two tokens, got the same in {kept_in} and {READ_VARIABLE}")
    return ConsoleTokens(act=act, read=read, kept_in=kept_in)


def _kept(path: Path, what: str) -> str:
    return kept_secret(path, what, "remove it for a new one").decode("latin-1")


def _hashed(token: str) -> bytes:
    # Of one length, whatever somebody has sent; half a surrogate pair is no token, but no error either.
    return sha256(token.encode(errors="surrogatepass")).digest()
