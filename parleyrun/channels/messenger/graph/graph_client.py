"""The Graph API of Meta: one page's calls, over pooled connections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from ....errors import GraphError, GraphUnreachable
from .usage import Usage, usage_of

MAX_ANSWER_BYTES = 1 << 20

File = tuple[str, bytes, str]
"""What is sent along with a form: a file's name, its content, its MIME type."""

_REFUSED_BEFORE_SENDING = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)


class GraphClient:
    """Calls `{graph_url}/{api_version}/{path}` with the page's token, which travels in a header only.

    Any thread, many at the same time: up to `pool_size` connections are kept open. Each call blocks until the
    answer is there, `connect_seconds` at most for a connection and `read_seconds` at most for each stretch of
    silence. All raise `GraphError` when Meta answers with an error, whatever the HTTP status, and
    `GraphUnreachable` when there is no answer that can be understood.

    `usage` is what the newest answer said about the page's rate limit.
    """

    def __init__(
        self,
        *,
        graph_url: str,
        api_version: str,
        page_id: str,
        page_token: str,
        connect_seconds: float = 5.0,
        read_seconds: float = 20.0,
        pool_size: int = 64,
    ) -> None:
        self.page_id = page_id
        self.usage = Usage()
        self._root = f"{graph_url.rstrip('/')}/{api_version}/"
        self._token = page_token
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._session = requests.Session()
        # As an `auth` and not as a plain header, since a .netrc on this machine would replace the latter.
        self._session.auth = _Bearer(page_token)
        self._session.headers["User-Agent"] = "parleyrun"
        # The jar is the one part of a session that threads would change under each other.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        pool = HTTPAdapter(pool_connections=4, pool_maxsize=pool_size, max_retries=0)
        self._session.mount("https://", pool)
        self._session.mount("http://", pool)

    def close(self) -> None:
        """Close the connections that are not in use. Calling it twice is harmless."""
        self._session.close()

    def get(self, path: str, **params: str) -> dict[str, Any]:
        return self._call("GET", path, params=params)

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        params: Mapping[str, str] | None = None,
        files: Mapping[str, File] | None = None,
        read_seconds: float | None = None,
    ) -> dict[str, Any]:
        """Post a JSON body; or, with `files`, a form whose fields are the body's values.

        `read_seconds` is how long to wait for this answer, where it takes Meta longer than usual.
        """
        if files is None:
            content = json.dumps(body, separators=(",", ":")).encode()
            return self._call("POST", path, params=params, data=content, read_seconds=read_seconds)
        fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()}
        return self._call("POST", path, params=params, data=fields, files=files, read_seconds=read_seconds)

    def delete(self, path: str, **params: str) -> dict[str, Any]:
        return self._call("DELETE", path, params=params)

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None,
        data: bytes | Mapping[str, str] | None = None,
        files: Mapping[str, File] | None = None,
        read_seconds: float | None = None,
    ) -> dict[str, Any]:
        try:
            with self._session.request(
                method,
                self._root + path,
                params=params,
                data=data,
                files=files,
                headers={"Content-Type": "application/json"} if isinstance(data, bytes) else None,
                timeout=(self._connect_seconds, self._read_seconds if read_seconds is None else read_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                self.usage = usage_of(response.headers)
                return self._answer(response.status_code, _content_of(response))
        except requests.exceptions.RequestException as error:
            raise _unreachable(method, path, error, self._token) from error

    def _answer(self, status: int, content: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise GraphUnreachable(
                f"expected an answer of the Graph API in JSON, got HTTP {status} with something else; "
                f"see that graph_url is right",
                may_have_arrived=status < 400 or status >= 500,
            )
        if answer.get("error"):
            raise self._error(status, answer["error"])
        if status >= 400:
            raise GraphError(0, message="no error was named", status=status)
        return answer

    def _error(self, status: int, error: Any) -> GraphError:
        told = error if isinstance(error, dict) else {"message": str(error)}
        usage = self.usage
        return GraphError(
            _whole(told.get("code")),
            _whole(told.get("error_subcode")),
            # Meta quotes a malformed token back.
            _without(self._token, str(told.get("message") or "")),
            status=status,
            transient=told.get("is_transient") is True,
            regain_seconds=usage.regain_seconds or None,
        )


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _content_of(response: requests.Response) -> bytes:
    """Read an answer to its end, as its connection can be used again only then; one too long is cut off."""
    content = b""
    for chunk in response.iter_content(MAX_ANSWER_BYTES):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            break
    return content


def _without(token: str, text: str) -> str:
    return text.replace(token, "[token]") if token else text


def _unreachable(method: str, path: str, error: Exception, token: str) -> GraphUnreachable:
    # urllib3 names a `reason` where it gave up before anything was sent, and passes on what broke later as it is.
    never_sent = isinstance(error, _REFUSED_BEFORE_SENDING) or hasattr(next(iter(error.args), None), "reason")
    why = _without(token, str(error)) or type(error).__name__
    return GraphUnreachable(f"{method} {path}: {why}", may_have_arrived=not never_sent)
