"""Access to the console: who asks, by a token or by their cookie, and from which page."""

from __future__ import annotations

import math
import secrets
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...runner.timers import Clock
from ...service.operations.request_lines import Role
from ...service.places.guess_limiter import ADDRESSES_KEPT, GuessLimiter
from ..client_addresses import ClientAddresses
from ..origin_policy import is_same_origin
from .console_sessions import LASTS_SECONDS, ConsoleSession, ConsoleSessions
from .console_tokens import ConsoleTokens

CHECK_HEADER = "x-parleyrun-check"
"""Where our own pages say what only they know, with whatever changes something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleVisitor:
    """Somebody who may come in. `session` and `key` are of those who came by their cookie."""

    role: Role
    session: ConsoleSession | None = None
    key: str | None = field(default=None, repr=False)

    def share(self, room: int) -> int:
        """Return how much of a room may be taken when they come: who may only look leaves half to who may act."""
        return room if self.role == "act" else room // 2

    @property
    def name(self) -> str | None:
        """Who it is, where that was said at the door; otherwise a request says it."""
        return None if self.session is None else self.session.name


class NotLetIn(Exception):
    """Somebody may not come in: the status of the answer, and the sentence in it."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = dict(headers or {})


class TokenGuesses:
    """Has who guesses wait, for as long as who guesses a study's password, before another token is looked at."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limiter = GuessLimiter(clock, "tokens of the console")
        self._until: OrderedDict[str, float] = OrderedDict()  # who guessed last is at the end

    def wait_seconds(self, address: str) -> float:
        """Return how long a token from there has to wait; 0 for one that is looked at now."""
        return max(0.0, self._until.get(address, 0.0) - self._clock.monotonic())

    def wrong(self, address: str) -> None:
        """A wrong token came from there. Nobody else has to wait for that."""
        self._limiter.wrong(address)
        self._until[address] = self._clock.monotonic() + self._limiter.wait_seconds(address)
        self._until.move_to_end(address)
        if len(self._until) > ADDRESSES_KEPT:
            self._until.popitem(last=False)


class ConsoleAccess:
    """Decides who may come in, and as what. On the loop of the console's server.

    Whatever comes from a page of another origin is refused before anything of it is looked at. Guesses at tokens
    are slowed down as those at a study's password are.

    Args:
        tokens: What lets people in.
        clock: What time it is.
        addresses: Tells where somebody comes from.
        base_path: Where a proxy has the page stand.
    """

    def __init__(
        self, tokens: ConsoleTokens, clock: Clock, addresses: ClientAddresses, base_path: str = "/"
    ) -> None:
        self._tokens = tokens
        self._addresses = addresses
        self._guesses = TokenGuesses(clock)
        self._sessions = ConsoleSessions(clock.monotonic)
        self._path = f"{base_path.rstrip('/')}/console"
        # A cookie is sent to all ports of a name: another study there has another one.
        self._cookie = f"parleyrun_console_{secrets.token_hex(4)}"

    def visitor(self, scope: Any, *, acts: bool = False) -> ConsoleVisitor:
        """Return who sends a request.

        Args:
            scope: The request.
            acts: Whether it may change something, so that a cookie alone is not enough.

        Raises:
            NotLetIn: Nobody who may come in; or not from a page of ours.
        """
        refuse_other_pages(scope)
        headers = _headers(scope)
        told = headers.get("authorization")
        if told is not None:
            kind, _, token = told.partition(" ")
            if kind.lower() != "bearer":
                raise NotLetIn(401, "expected a token, as 'Authorization: Bearer …'")
            return ConsoleVisitor(role=self.role_of(scope, token.strip()))
        visitor = self.of_cookie(scope)
        if visitor is None or visitor.session is None:
            raise NotLetIn(401, "expected a token, got none that holds")
        if acts and not visitor.session.is_from_own_page(headers.get(CHECK_HEADER, "")):
            raise NotLetIn(403, f"expected {CHECK_HEADER}, as /console/api/me tells it")
        return visitor

    def of_cookie(self, scope: Any) -> ConsoleVisitor | None:
        """Return who has a cookie that holds; None for everybody else."""
        for key in _cookies(scope, self._cookie):
            session = self._sessions.find(key)
            if session is not None:
                return ConsoleVisitor(role=session.role, session=session, key=key)
        return None

    def role_of(self, scope: Any, token: str) -> Role:
        """Return what a token lets do. Raises `NotLetIn` for a wrong one, and for one that has to wait."""
        address = self._addresses.of(scope)
        seconds = self._guesses.wait_seconds(address)
        if seconds > 0:
            wait = math.ceil(seconds)
            raise NotLetIn(
                429, f"too many wrong tokens came from there: try again in {wait} s", {"retry-after": str(wait)}
            )
        role = self._tokens.role_of(token)
        if role is None:
            self._guesses.wrong(address)
            raise NotLetIn(401, "that is not the token of this console")
        return role

    def holds(self, visitor: ConsoleVisitor) -> bool:
        """Whether somebody who was let in may still be here."""
        return visitor.key is None or self._sessions.find(visitor.key) is not None

    def open(self, scope: Any, role: Role, name: str) -> str:
        """Let somebody in, and return the cookie for them, as in `Set-Cookie`."""
        return self._cookie_header(scope, self._sessions.open(role, name), int(LASTS_SECONDS))

    def close(self, scope: Any, visitor: ConsoleVisitor) -> str:
        """Let somebody in no longer, and return what takes their cookie away, as in `Set-Cookie`."""
        if visitor.key is not None:
            self._sessions.close(visitor.key)
        return self._cookie_header(scope, "", 0)

    def _cookie_header(self, scope: Any, value: str, seconds: int) -> str:
        parts = [f"{self._cookie}={value}", f"Path={self._path}", f"Max-Age={seconds}", "HttpOnly"]
        parts += ["SameSite=Strict", *(["Secure"] if self._is_https(scope) else [])]
        return "; ".join(parts)

    def _is_https(self, scope: Any) -> bool:
        """Whether a proxy in front says that it speaks https; whoever lies there gets a cookie of no use."""
        return _headers(scope).get("x-forwarded-proto", "").lower() == "https"


def refuse_other_pages(scope: Any, *, is_form: bool = False) -> None:
    """Raise `NotLetIn` for what the page of another origin sends. Programs say nothing of where they come from.

    A form does not say it either (`is_form`), as our pages tell nobody where somebody comes from.
    """
    site = _headers(scope).get("sec-fetch-site")
    hides = is_form or site == "same-origin"
    if site not in ("same-origin", "none", None) or not is_same_origin(scope["headers"], or_hidden=hides):
        raise NotLetIn(403, "expected a request of the console's own pages, or of no page")


def _headers(scope: Any) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _cookies(scope: Any, name: str) -> Iterator[str]:
    """Return all that is said to be the cookie of that name.

    Others on the same machine may have set cookies of any form and name, and they come along with ours.
    """
    for header, value in scope["headers"]:
        for each in value.decode("latin-1").split(";") if header == b"cookie" else ():
            found, _, held = each.strip().partition("=")
            if found == name:
                yield held
