"""Operator lines: the two ways in which a request reaches a service, the socket beside its store, and HTTP."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from ...errors import OperatorError
from .socket_place import address_of_socket, control_path

LONGEST_SENTENCE = 500
"""How many characters of an answer that is none of ours are looked at."""

_NEAR = ("127.0.0.1", "localhost", "::1")


class OperatorLine(Protocol):
    """A way to a service."""

    def exchange(self, line: bytes) -> Mapping[str, Any]:
        """Send a request, and return the answer. Raises `OperatorError`; its `reached` is false for no service."""


class SocketLine:
    """Over the socket beside a store, which its user can open, and the system's.

    Args:
        store: The file in which the service keeps its record.
        timeout_seconds: How long an answer may take (real time).
    """

    def __init__(self, store: Path, timeout_seconds: float) -> None:
        self._path = control_path(store)
        self._timeout_seconds = timeout_seconds

    def exchange(self, line: bytes) -> Mapping[str, Any]:
        """Send a request, and return the answer. Raises `OperatorError`."""
        try:
            answer: Mapping[str, Any] = json.loads(self._sent(line))
        except ValueError:
            raise OperatorError(f"{self._path} gave no answer: the service has ended") from None
        return answer

    def _sent(self, line: bytes) -> bytes:
        path = self._path
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._timeout_seconds)
                with address_of_socket(path) as address:
                    connection.connect(address)
                connection.sendall(line)
                with connection.makefile("rb") as answers:
                    return answers.readline()
        except TimeoutError:
            raise OperatorError(f"the service at {path} gave no answer in {self._timeout_seconds:g} s") from None
        except (FileNotFoundError, ConnectionRefusedError):
            why = "is `parleyrun serve` running with this store, on this machine?"
            raise OperatorError(f"there is no service at {path}: {why}", reached=False) from None
        except (OSError, AttributeError) as error:  # a system without such sockets has no name for them
            raise OperatorError(f"the service at {path} cannot be reached: {error}", reached=False) from error


class HttpLine:
    """Over HTTP, with the token of the console.

    A redirection is not followed, as the token would go along. To other machines only https is spoken.

    Args:
        url: Where the page is, or the console: `https://study.example.org`, with `/console/` behind it or not.
        token: Lets in.
        timeout_seconds: How long an answer may take (real time).

    Raises:
        OperatorError: That is no such address, or no token.
    """

    def __init__(self, url: str, token: str, timeout_seconds: float) -> None:
        parts = _parts(url)
        is_near = parts.hostname in _NEAR
        if parts.scheme == "http" and not is_near:
            hint = "use https, or a tunnel to this machine (ssh -L)"
            raise OperatorError(
                f"over http the token could be read on its way to {parts.hostname}: {hint}", reached=False
            )
        if not token or not token.isascii() or not token.isprintable():
            what = "one that cannot be it" if token else "none: set PARLEYRUN_CONSOLE_TOKEN (or ctl --token-file)"
            raise OperatorError(f"expected the token of the console, got {what}", reached=False)
        path = parts.path.rstrip("/").removesuffix("/console")
        self._url = f"{parts.scheme}://{parts.netloc}{path}/console/api"
        self._token = token
        self._timeout_seconds = timeout_seconds
        self._opener = _opener(is_near=is_near)

    def exchange(self, line: bytes) -> Mapping[str, Any]:
        """Send a request, and return the answer. Raises `OperatorError`."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = Request(self._url, line, headers)  # noqa: S310  # of these two schemes only
        try:
            with self._opener.open(request, timeout=self._timeout_seconds) as answer:
                return self._read(answer.read(), answer.status)
        except HTTPError as error:
            with error:
                return self._read(error.read(), error.code)
        except TimeoutError:
            raise OperatorError(
                f"the service at {self._url} gave no answer in {self._timeout_seconds:g} s"
            ) from None
        except (URLError, OSError, http.client.HTTPException, ssl.SSLError) as error:
            why = getattr(error, "reason", error)
            if isinstance(why, TimeoutError):
                raise OperatorError(
                    f"the service at {self._url} gave no answer in {self._timeout_seconds:g} s"
                ) from None
            raise OperatorError(f"there is no service at {self._url}: {why}", reached=False) from None

    def _read(self, body: bytes, status: int) -> Mapping[str, Any]:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or "ok" not in answer:
            shown = body[:LONGEST_SENTENCE].decode(errors="replace").strip().partition("\n")[0]
            raise OperatorError(
                f"expected the console of a service at {self._url}, got an answer with status {status}: {shown}",
                reached=False,
            )
        if status == 401:
            raise OperatorError(f"{self._url}: {answer.get('error')}", reached=False)
        return answer


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_one = (
            parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and parts.username is None
        )
    except ValueError:  # as of a port that is no number
        is_one = False
    if not is_one:
        raise OperatorError(f"expected an address such as https://study.example.org, got {url}", reached=False)
    return parts


class _NoRedirection(HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_named: object) -> None:
        """Have it be an answer like any other."""


def _opener(*, is_near: bool) -> OpenerDirector:
    # What is on this machine needs no proxy, which would get to see the token.
    return build_opener(_NoRedirection, *([ProxyHandler({})] if is_near else []))
