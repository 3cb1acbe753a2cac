"""The client of a chat-completions server: one request, over pooled connections."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from ...errors import ModelError, ModelFailure
from ...runner.timers import Clock
from .bounded_response import BoundedResponse
from .completion import Completion, CompletionParts, TokenUsage
from .completion_errors import error_of
from .endpoint import PATH, Endpoint
from .keys.known_secrets import secrets_by_name, secrets_of_address
from .server_sent_events import event_data

MAX_ANSWER_BYTES = 8 << 20
MAX_ERROR_BYTES = 64 << 10

END_SECONDS = 0.1
"""How long the end of a body may come after its last event."""

_DONE = "[DONE]"
_READ_BYTES = 64 << 10


_Prepared = tuple[Callable[[requests.PreparedRequest], requests.Response], requests.PreparedRequest]
"""What sends a request, and the request without its body."""


class _HttpConnection(urllib3.connection.HTTPConnection):
    response_class = BoundedResponse


class _HttpsConnection(urllib3.connection.HTTPSConnection):
    response_class = BoundedResponse


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class CompletionsClient:
    """Makes requests to one server. Any thread, many at the same time; each call blocks.

    All raise `ModelError`, in which no key is ever quoted.

    Args:
        endpoint: Where the server is.
        clock: Measures how long an answer takes.
        connect_seconds: How long a connection may take.
        timeout_seconds: How long a whole answer may take, from the request to its last byte.
        headers: Headers of the user's own.
        pool_size: How many connections are kept open.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        clock: Clock,
        connect_seconds: float,
        timeout_seconds: float,
        headers: Mapping[str, str] | None = None,
        pool_size: int = 100,
    ) -> None:
        self.endpoint = endpoint
        named = secrets_by_name(headers or {})
        self.secrets: tuple[str, ...] = (endpoint.key, *named, *secrets_of_address(endpoint.completions))
        """What requests are made with, and nobody may read."""
        self._clock = clock
        self._connect_seconds = connect_seconds
        self._timeout_seconds = timeout_seconds
        self._ends_bodies = True
        self._prepared: _Prepared | None = None
        self._session = session = requests.Session()
        # A proxy of the environment is for the world outside, not for a server on this machine.
        session.trust_env = not endpoint.is_local
        # As an `auth` and not as a plain header, since a .netrc on this machine would replace the latter.
        session.auth = _Key(endpoint.key, headers or {})
        session.headers["User-Agent"] = "parleyrun"
        # The jar is the one part of a session that threads would change under each other.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        pool = HTTPAdapter(pool_connections=1, pool_maxsize=pool_size, max_retries=0)
        pool.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        session.mount("https://", pool)
        session.mount("http://", pool)

    def described(self) -> str:
        """Say where it is, without its query, in which there may be a key."""
        return self.endpoint.completions.partition("?")[0].removesuffix(PATH)

    def close(self) -> None:
        """Close the connections that are not in use. Calling it twice is harmless."""
        self._session.close()

    def complete(
        self,
        body: Mapping[str, Any],
        on_text: Callable[[str], None] | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Completion:
        """Have a conversation completed.

        Args:
            body: The request.
            on_text: Told the words so far, each time there are more; only of an answer that is streamed.
            is_over: Whether nobody waits for the answer any more; asked whenever a part of it comes.

        Returns:
            The answer.
        """
        ends_at = self._clock.monotonic() + self._timeout_seconds
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
            errors="replace"
        )
        parts = CompletionParts()
        with self._post(content) as response:
            if response.status_code != requests.codes.ok:
                raise self._refused(response)
            try:
                return self._read(response, parts, self._chunks(response, ends_at, is_over), on_text)
            except ModelError as error:
                error.args = (self.endpoint.without_key(str(error)),)
                parts.broke_off(error)
                raise
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                raise parts.broke_off(self._broken(error)) from error

    def model_names(self) -> list[str]:
        """Return the models that the server offers, as far as it says."""
        with self._get(self.endpoint.models) as response:
            content = _content_of(response, MAX_ANSWER_BYTES)
            if response.status_code != requests.codes.ok:
                raise error_of(response.status_code, response.headers, content, self.endpoint, self._clock.time())
        try:
            listed = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self._no_json(content) from error
        offered = listed.get("data") if isinstance(listed, dict) else None
        names = [each.get("id") for each in offered if isinstance(each, dict)] if isinstance(offered, list) else []
        return [name for name in names if isinstance(name, str)]

    def cost_of(self, usage: TokenUsage) -> float | None:
        """Return None: servers say with an answer what it cost, if they do."""
        return None

    def _post(self, content: bytes) -> requests.Response:
        """Have a request made. What is the same each time is prepared once, as it takes longer than the rest."""
        try:
            send, prepared = self._prepared or self._prepare()
            request = prepared.copy()
            request.body = content
            request.headers["Content-Length"] = str(len(content))
            response: requests.Response = send(request)
        except (requests.RequestException, ValueError) as error:
            raise self._unreachable(error) from error
        return response

    def _prepare(self) -> _Prepared:
        session, address = self._session, self.endpoint.completions
        request = requests.Request("POST", address, headers={"Content-Type": "application/json"})
        # Which proxies and certificates to use is the environment's to say. A redirect is not followed.
        around: dict[str, Any] = {**session.merge_environment_settings(address, {}, True, None, None)}
        timeout = (self._connect_seconds, self._timeout_seconds)
        send = partial(session.get_adapter(address).send, timeout=timeout, **around)
        self._prepared = send, session.prepare_request(request)
        return self._prepared

    def _get(self, address: str) -> requests.Response:
        timeout = (self._connect_seconds, self._timeout_seconds)
        try:
            return self._session.get(address, timeout=timeout, allow_redirects=False, stream=True)
        except (requests.RequestException, ValueError) as error:
            raise self._unreachable(error) from error

    def _read(
        self,
        response: requests.Response,
        parts: CompletionParts,
        chunks: Iterator[bytes],
        on_text: Callable[[str], None] | None,
    ) -> Completion:
        begin = next(chunks, b"")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        # What stands in it counts more than what it is called: proxies answer with either under either name.
        if begin.lstrip()[:1] != b"{" and (
            kind == "text/event-stream" or begin.lstrip()[:5] in (b"data:", b"event")
        ):
            completion = self._read_stream(_after(begin, chunks), parts, on_text)
            self._read_to_its_end(response)
            return completion
        content = b"".join(_after(begin, chunks))
        try:
            # As in a stream, what is no UTF-8 does not make all of it unreadable.
            body = json.loads(content.decode(errors="replace"))
        except (ValueError, RecursionError):
            raise self._no_json(content) from None
        return parts.whole(body)

    def _read_stream(
        self, chunks: Iterator[bytes], parts: CompletionParts, on_text: Callable[[str], None] | None
    ) -> Completion:
        told = ""
        for data in event_data(chunks):
            if data.strip() == _DONE:
                break
            try:
                chunk = json.loads(data)
            except (ValueError, RecursionError):
                raise self._no_json(data.encode()) from None
            parts.add(chunk)
            if on_text is not None and (spoken := parts.spoken) != told:
                told = spoken
                on_text(spoken)
        if not parts.is_finished:
            before = (
                "it was whole"
                if parts.has_begun
                else "its first word; if that goes on, see its log: the prompt may be too long for it"
            )
            raise ModelError(
                f"{self.endpoint.host} ended the answer before {before}", ModelFailure.CUT, may_pass=True
            )
        return parts.completion()

    def _read_to_its_end(self, response: requests.Response) -> None:
        """Read what ends a body behind its last event: only then can its connection be used again.

        A server that does not end it soon is not waited for, then and from then on.
        """
        connection = getattr(response.raw, "connection", None)
        sock = getattr(connection, "sock", None)
        if sock is None or not self._ends_bodies:
            return
        timeout = sock.gettimeout()
        try:
            sock.settimeout(END_SECONDS)
            while next(_as_it_comes(response), b""):
                pass
            sock.settimeout(timeout)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            self._ends_bodies = False

    def _chunks(self, response: requests.Response, ends_at: float, is_over: Callable[[], bool]) -> Iterator[bytes]:
        """Yield what comes as it comes; the whole of it has to be there in time."""
        size = 0
        for chunk in _as_it_comes(response):
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise ModelError(
                    f"expected an answer of at most {MAX_ANSWER_BYTES} bytes from {self.endpoint.host}, got more",
                    ModelFailure.BAD_ANSWER,
                )
            if is_over():
                raise ModelError("nobody waits for the answer any more", ModelFailure.CUT)
            if self._clock.monotonic() > ends_at:
                raise self._too_slow()
            yield chunk

    def _refused(self, response: requests.Response) -> ModelError:
        try:
            content = _content_of(response, MAX_ERROR_BYTES)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            content = b""
        return error_of(response.status_code, response.headers, content, self.endpoint, self._clock.time())

    def _no_json(self, content: bytes) -> ModelError:
        begin = self.endpoint.without_key(content[:60].decode(errors="replace"))
        return ModelError(
            f"expected JSON from {self.endpoint.host}, got {begin!r}; see that base_url is right",
            ModelFailure.BAD_ANSWER,
            may_pass=True,
        )

    def _too_slow(self) -> ModelError:
        return ModelError(
            f"{self.endpoint.host} took longer than {self._timeout_seconds:g} s (timeout_seconds)",
            ModelFailure.TIMEOUT,
            may_pass=True,
        )

    def _unreachable(self, error: Exception) -> ModelError:
        if isinstance(error, requests.ReadTimeout):
            return CompletionParts().broke_off(self._too_slow())
        why = self.endpoint.without_key(_reason(error))
        # Headers are put in order behind the back of requests, which checks them only where it does that itself.
        if not isinstance(error, requests.RequestException):
            return ModelError(f"a header cannot be sent: {why}", ModelFailure.REQUEST)
        return ModelError(
            f"{self.endpoint.host} cannot be reached: {why}; see that it runs and that base_url is right",
            ModelFailure.UNREACHABLE,
            may_pass=True,
        )

    def _broken(self, error: Exception) -> ModelError:
        if isinstance(
            error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError
        ) or "timed out" in str(error):
            return self._too_slow()
        why = self.endpoint.without_key(_reason(error))
        return ModelError(f"the answer of {self.endpoint.host} broke off: {why}", ModelFailure.CUT, may_pass=True)


class _Key(AuthBase):
    def __init__(self, key: str, headers: Mapping[str, str]) -> None:
        self._headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **headers}

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request


def _as_it_comes(response: requests.Response) -> Iterator[bytes]:
    read1 = getattr(response.raw, "read1", None)
    if read1 is None:  # urllib3 1
        yield from response.iter_content(1)
        return
    while chunk := read1(_READ_BYTES, decode_content=True):
        yield chunk


def _content_of(response: requests.Response, most: int) -> bytes:
    content = b""
    for chunk in response.iter_content(_READ_BYTES):
        content += chunk
        if len(content) >= most:
            break
    return content[:most]


def _after(begin: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield begin
    yield from rest


def _reason(error: Exception) -> str:
    """Return what is at the bottom of an error of requests, which wraps those of urllib3."""
    inner: Any = next(iter(error.args), None)
    reason = getattr(inner, "reason", inner)
    cause = getattr(reason, "__cause__", None) or reason
    text = str(cause if isinstance(cause, OSError) else reason or error)
    return text.rpartition(": ")[2] if ">: " in text else text or type(error).__name__
