"""Webhooks: events of the page, signed and posted to the app the way Meta does."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from urllib.parse import urlencode, urlsplit

from .fake_page import FakePage
from .moved_clock import MovedClock
from .watched_state import WITHIN_SECONDS, WatchedState

MessagingEvent = Mapping[str, Any]
"""One element of `messaging`."""

Order = Callable[[list[MessagingEvent]], Iterable[MessagingEvent]]

ANSWER_WITHIN_SECONDS = 5.0
ATTEMPTS = 3
UNSUBSCRIBED_AFTER_SECONDS = 3600.0


@dataclass(slots=True)
class Posting:
    """A body on its way. `done` is set once it was answered with 200, or given up."""

    body: bytes
    done: threading.Event = field(default_factory=threading.Event)


class WebhookPosts:
    """Posts events to the app, one POST after the other, on a thread of its own.

    What is not answered with 200 within five seconds is tried three times in all and then kept in
    `undelivered`, until `retry()`; an app that has failed for an hour of the fake's clock is unsubscribed.
    `bodies` and `statuses` are those of every attempt (0 where no answer came), in order. `copies` is how often
    each body is posted, byte for byte.
    """

    def __init__(self, page: FakePage, watched: WatchedState, clock: MovedClock) -> None:
        self.copies = 1
        self.bodies: list[bytes] = []
        self.statuses: list[int] = []
        self.undelivered: list[bytes] = []
        self._page = page
        self._watched = watched
        self._clock = clock
        self._url: str | None = None
        self._held: list[MessagingEvent] | None = None
        self._waiting: deque[Posting] = deque()
        self._busy = False
        self._closed = False
        self._failing_since: float | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="parleyrun-fake-webhooks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._watched:
            self._closed = True
            for posting in self._waiting:
                posting.done.set()
            self._waiting.clear()
        if self._thread is not None:
            self._thread.join()

    def connect(self, url: str, *, verify: bool = True) -> None:
        """Post to this address from now on; with `verify`, ask first whether it knows the verify token.

        Raises `AssertionError` if it does not send the challenge back.
        """
        if verify:
            challenge = secrets.token_hex(8)
            status, answer = self.verify(url, self._page.verify_token, challenge)
            if (status, answer) != (200, challenge):
                raise AssertionError(
                    f"expected {url} to answer the challenge {challenge!r} with 200, got {answer!r} with {status}"
                )
        with self._watched:
            self._url = url

    def verify(self, url: str, token: str, challenge: str) -> tuple[int, str]:
        """Ask an address to confirm a verify token; return the status and what was sent back."""
        asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_WITHIN_SECONDS)
        try:
            connection.request("GET", f"{parts.path}?{urlencode(asked)}")
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def send(self, subscribed_field: str, event: MessagingEvent, *, wait: bool = True) -> None:
        """Post an event, if the app is subscribed to its kind; with `wait`, return once it was answered.

        While events are held back it waits with them, and this returns at once.
        """
        with self._watched:
            if subscribed_field not in self._page.subscribed_fields or self._url is None:
                return
            if self._held is not None:
                self._held.append(event)
                return
            postings = self._enqueue(self.body_of([event]))
        if wait:
            _wait(postings)

    @contextmanager
    def held(self, *, in_one: bool = True, order: Order = list) -> Iterator[None]:
        """Hold back all events that come up meanwhile, and post them at the end, in one POST or one by one.

        `order` is called with the list of them, and returns it as it is to be posted: `reversed`, say.
        """
        with self._watched:
            if self._held is not None:
                raise RuntimeError("expected no events to be held back already")
            self._held = []
        try:
            yield
        finally:
            with self._watched:
                events, self._held = list(order(self._held)), None
                groups = [events] if in_one and events else [[event] for event in events]
                postings = [posting for group in groups for posting in self._enqueue(self.body_of(group))]
            _wait(postings)

    def redeliver(self) -> None:
        """Post everything that was ever answered with 200 once more, byte for byte."""
        with self._watched:
            accepted = [body for body, status in zip(self.bodies, self.statuses, strict=True) if status == 200]
            postings = [posting for body in accepted for posting in self._enqueue(body)]
        _wait(postings)

    def retry(self) -> None:
        """Post once more what was not delivered."""
        with self._watched:
            again, self.undelivered = self.undelivered, []
            postings = [posting for body in again for posting in self._enqueue(body)]
        _wait(postings)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is on its way."""
        with self._watched:
            return not self._waiting and not self._busy

    def body_of(self, events: Iterable[MessagingEvent]) -> bytes:
        """Return the body that carries these events: an entry for each stretch of one person's."""
        entries = [
            {"id": self._page.id, "time": round(self._clock.time() * 1000), "messaging": list(stretch)}
            for _, stretch in groupby(events, key=_person_of)
        ]
        return escaped({"object": "page", "entry": entries})

    def signature(self, body: bytes) -> str:
        """Return what `X-Hub-Signature-256` says of a body."""
        return "sha256=" + hmac.new(self._page.app_secret.encode(), body, hashlib.sha256).hexdigest()

    def post(self, body: bytes, signature: str | None = None) -> int:
        """Post any body, at once and once; return the status, 0 where no answer came.

        `signature` None is the right one; the empty string leaves the header out.
        """
        assert self._url is not None, "expected the fake to be connected to a webhook"
        signature = self.signature(body) if signature is None else signature
        headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
        if signature:
            headers["X-Hub-Signature-256"] = signature
        return _post(self._url, body, headers)

    def _enqueue(self, body: bytes) -> list[Posting]:
        postings = [Posting(body) for _ in range(self.copies)]
        self._waiting.extend(postings)
        return postings

    def _run(self) -> None:
        while True:
            with self._watched:
                self._busy = False
            self._watched.until(lambda: bool(self._waiting) or self._closed, within_seconds=60.0)
            with self._watched:
                if self._closed:
                    return
                if not self._waiting:
                    continue
                posting, self._busy = self._waiting.popleft(), True
            delivered = self._deliver(posting.body)
            with self._watched:
                self._note_fate(posting.body, delivered)
                posting.done.set()

    def _deliver(self, body: bytes) -> bool:
        for _ in range(ATTEMPTS):
            if self._closed:
                return False
            status = self.post(body)
            with self._watched:
                self.bodies.append(body)
                self.statuses.append(status)
            if status == 200:
                return True
        return False

    def _note_fate(self, body: bytes, delivered: bool) -> None:
        if delivered:
            self._failing_since = None
            return
        self.undelivered.append(body)
        now = self._clock.time()
        if self._failing_since is None:
            self._failing_since = now
        elif now - self._failing_since >= UNSUBSCRIBED_AFTER_SECONDS:
            self._page.subscribed_fields.clear()


def escaped(value: Any) -> bytes:
    """Return JSON as Meta writes it: nothing but ASCII, and each slash escaped."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()


def _person_of(event: MessagingEvent) -> str:
    if event.get("message", {}).get("is_echo"):
        return str(event["recipient"]["id"])
    return str(event.get("sender", {}).get("id", ""))


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_WITHIN_SECONDS)
    try:
        connection.request("POST", parts.path or "/", body, dict(headers))
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _wait(postings: Iterable[Posting]) -> None:
    for posting in postings:
        posting.done.wait(ANSWER_WITHIN_SECONDS * ATTEMPTS + WITHIN_SECONDS)
