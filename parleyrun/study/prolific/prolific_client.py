"""Prolific's API over HTTP: one request at a time, tried again where that is safe."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.auth import AuthBase

from ...errors import PanelError

API_URL = "https://api.prolific.com/api/v1"
MAX_ANSWER_BYTES = 16 << 20
TRIES = 5
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 8.0
LONGEST_ASKED_WAIT_SECONDS = 120.0
PAGE_SIZE = 200


class ProlificClient:
    """Calls `{url}/{path}/` with a researcher's token, which travels in a header only. For one thread.

    A request that was refused for now (429) is made again after a while. One that got no answer, or an error of
    the server's, is made again only where doing it twice does no harm. All raise `PanelError`.

    Args:
        token: Of the researcher.
        url: Where the API is.
        sleep: Waits so many seconds.
    """

    def __init__(self, token: str, *, url: str = API_URL, sleep: Callable[[float], None] = time.sleep) -> None:
        self._root = url.rstrip("/")
        self._token = token
        self._sleep = sleep
        self._random = Random()  # noqa: S311 - it spreads requests in time
        self._session = requests.Session()
        # As an `auth` and not as a plain header, since a .netrc on this machine would replace the latter.
        self._session.auth = _TokenAuth(token)
        self._session.headers["User-Agent"] = "parleyrun"
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def close(self) -> None:
        """Close the connections. Calling it twice is harmless."""
        self._session.close()

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """Return what is at a path."""
        return self._tried("GET", path, parameters, None, again=True)

    def post(self, path: str, body: Mapping[str, Any], *, again: bool) -> dict[str, Any]:
        """Do something.

        Args:
            path: What.
            body: With what.
            again: Whether doing it twice does no harm.
        """
        return self._tried("POST", path, {}, body, again=again)

    def listed(self, path: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """Yield the results of all pages of a list."""
        asked: dict[str, str] = {"limit": str(PAGE_SIZE), "offset": "0", **parameters}
        seen: set[str] = set()
        while True:
            page = self.get(path, **asked)
            results = page.get("results")
            if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
                raise PanelError(f"expected a list of results from Prolific at {path}, got something else")
            yield from results
            following = _next_page(page)
            # A page past the end is an error, and one that leads to itself has no end.
            if following is None or not results or following in seen:
                return
            seen.add(following)
            asked = {**asked, **dict(parse_qsl(urlsplit(following).query))}

    def _tried(
        self, method: str, path: str, parameters: Mapping[str, str], body: Mapping[str, Any] | None, *, again: bool
    ) -> dict[str, Any]:
        tried = 0
        while True:
            tried += 1
            try:
                return self._call(method, path, parameters, body)
            except PanelError as error:
                wait_seconds = self._wait_seconds(error, tried, again=again)
                if wait_seconds is None:
                    raise
                self._sleep(wait_seconds)

    def _wait_seconds(self, error: PanelError, tried: int, *, again: bool) -> float | None:
        if not error.may_pass or tried >= TRIES or (error.may_have_been_done and not again):
            return None
        if error.wait_seconds is not None:
            asked = error.wait_seconds
            return asked * self._random.uniform(1.0, 1.1) if asked <= LONGEST_ASKED_WAIT_SECONDS else None
        doubled = FIRST_WAIT_SECONDS * 2.0 ** (tried - 1)
        return min(LONGEST_WAIT_SECONDS, doubled) * self._random.uniform(0.75, 1.0)

    def _call(
        self, method: str, path: str, parameters: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        try:
            with self._session.request(
                method,
                f"{self._root}/{path.strip('/')}/",
                params=parameters,
                data=None if body is None else json.dumps(body).encode(),
                headers=None if body is None else {"Content-Type": "application/json"},
                timeout=(10.0, 60.0),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = next(response.iter_content(MAX_ANSWER_BYTES + 1), b"")
                for more in response.iter_content(MAX_ANSWER_BYTES + 1):
                    content += more
                    if len(content) > MAX_ANSWER_BYTES:
                        break
                return self._answer(f"{method} {path}", response, content)
        except requests.exceptions.RequestException as error:
            never_sent = isinstance(error, requests.exceptions.ConnectTimeout) or hasattr(
                next(iter(error.args), None), "reason"
            )
            raise PanelError(
                f"Prolific was not reached ({method} {path}): {self._without_token(str(error))}",
                may_pass=True,
                may_have_been_done=not never_sent,
            ) from error

    def _answer(self, call: str, response: requests.Response, content: bytes) -> dict[str, Any]:
        status = response.status_code
        try:
            answer = json.loads(content) if content else {}
        except (ValueError, RecursionError):
            answer = None
        if 200 <= status < 300 and isinstance(answer, dict):
            return answer
        if status in (401, 403):
            mend = "copy it again" if status == 401 else "its owner may not do this"
            raise PanelError(f"Prolific refused the token for {call} (HTTP {status}): {mend}", status=status)
        if 200 <= status < 300:
            raise PanelError(
                f"expected an answer of Prolific in JSON to {call}, got something else",
                status=status,
                may_pass=True,
                may_have_been_done=True,
            )
        why = self._without_token(told_in(answer)) or "it did not say why"
        raise PanelError(
            f"Prolific refused {call} (HTTP {status}): {why}",
            status=status,
            may_pass=status == 429 or status >= 500,
            may_have_been_done=status >= 500,
            wait_seconds=_seconds(response.headers.get("Retry-After")),
        )

    def _without_token(self, text: str) -> str:
        return text.replace(self._token, "[token]") if self._token else text


class _TokenAuth(AuthBase):
    def __init__(self, token: str) -> None:
        self._header = f"Token {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def told_in(answer: Any) -> str:
    """Return what an error's body says in words; its details can be text, lists, or objects by field."""
    if not isinstance(answer, Mapping):
        return ""
    error = answer.get("error")
    told = error if isinstance(error, Mapping) else answer
    parts = [_words(told.get(name)) for name in ("title", "message", "detail", "additional_information")]
    if isinstance(error, str):
        parts.insert(0, error)
    return ": ".join(dict.fromkeys(part for part in parts if part))[:500]


def _words(told: Any) -> str:
    if isinstance(told, Mapping):
        return "; ".join(f"{name}: {_words(value)}" for name, value in told.items())
    if isinstance(told, list):
        return ", ".join(_words(item) for item in told)
    return "" if told is None else str(told)


def _next_page(page: Mapping[str, Any]) -> str | None:
    links = page.get("_links")
    following = links.get("next") if isinstance(links, Mapping) else None
    href = following.get("href") if isinstance(following, Mapping) else following
    return href if isinstance(href, str) and href else None


def _seconds(text: str | None) -> float | None:
    try:
        return max(0.0, float(text or ""))
    except ValueError:
        return None
