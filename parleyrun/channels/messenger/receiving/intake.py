"""The intake: takes the requests of the webhook, and answers each once what came in it is on record."""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Protocol

from ....events import Deliver, Sendings
from ....runner.queue_thread import QueueThread, each
from ....runner.timers import Timers
from ..page_people import PagePeople
from ..settings import MessengerSettings
from .event_delivery import EventDelivery, InboundRules, SendingSide
from .ignored_events import IgnoredEvents
from .notification import BadNotification, read_notification
from .read_receipts import ReadReceipts
from .signature import is_signed
from .webhook_answer import NOT_RECORDED, WebhookAnswer
from .webhook_events import WebhookEvent

log = logging.getLogger(__name__)

MAX_WAITING_BYTES = 32 * 1024 * 1024
"""How much may wait for the record at the same time; beyond that Meta is asked to come again."""

SLICE = 250
"""How much of one request is handed over before what came of it is waited for."""
SLICE_SECONDS = 1.0

LOOK_AGAIN_SECONDS = 2.0
"""After how long to look again whose messages are meant that somebody got or read."""

MAX_CHALLENGE_CHARACTERS = 1_000

BAD_REQUEST = 400
FORGED = 403

UNSIGNED = "without a valid signature: not from Meta, or the app secret is not that of the app"
UNVERIFIED = "a verification with another verify token than ours"
NO_NOTIFICATION = "no notification"


class TakesWebhook(Protocol):
    """What a web server hands the requests to its webhook to."""

    def verify(self, params: Mapping[str, str]) -> str | None:
        """Return what to answer to the request by which Meta makes sure of a webhook; None if it is not Meta's."""

    def take(self, body: bytes, signature: str | None, answer: Callable[[int], None]) -> None:
        """Take the body of a request as it came; returns at once. `answer(status)` is called once, later."""


class Intake:
    """Takes what Meta sends about one page.

    `take` may be called between `open` and `close`, on any thread; all else happens on a thread of the intake's
    own, one request after the other, so that a person's messages stay in order and a request with ten thousand of
    them holds up nobody but those that come behind it.

    Args:
        page: Says for which page it is, and by what requests of Meta are known: the verify token with which the
            webhook is registered, and the key of the signatures; without an app secret, requests of anybody are
            taken (`--insecure-webhook`).
        people: Know people by their participant ids.
        rules: What people may send.
        sending: The sending half, which is told of some things first.
        timers: Give the time, and call back a little later.
        siblings: Other pages that the same requests may be about, and which have intakes of their own.
    """

    def __init__(
        self,
        page: MessengerSettings,
        *,
        people: PagePeople,
        rules: InboundRules,
        sending: SendingSide,
        timers: Timers,
        siblings: Collection[str] = (),
    ) -> None:
        self._page = page
        self._people = people
        self._siblings = siblings
        self._rules = rules
        self._sending = sending
        self._timers = timers
        self._ignored = IgnoredEvents()
        self._queue: QueueThread[Callable[[], None]] = QueueThread("parleyrun-messenger-in", each(_do))
        self._lock = threading.Lock()  # guards the two below: no request is put behind the end of the queue
        self._is_open = False
        self._waiting_bytes = 0
        self._delivery: EventDelivery | None = None

    def open(self, deliver: Deliver, sendings: Sendings) -> None:
        """Begin to take requests; until then they are answered with 503."""
        receipts = ReadReceipts(deliver, self._people, sendings, lambda: self._look_later(receipts))
        self._delivery = EventDelivery(
            deliver,
            self._people,
            receipts,
            self._rules,
            self._sending,
            sendings,
        )
        self._queue.start()
        self._is_open = True

    def close(self) -> None:
        """Hand over what waits, and take nothing more. Calling it twice is harmless."""
        with self._lock:
            self._is_open = False
        self._queue.close()

    @property
    def ignored(self) -> dict[str, int]:
        """How much of each kind came in and was left alone. Any thread."""
        return self._ignored.counts()

    def verify(self, params: Mapping[str, str]) -> str | None:
        """Return what to answer to the request by which Meta makes sure of a webhook; None if it is not Meta's."""
        if params.get("hub.mode") != "subscribe":
            return None
        if not self.knows(params):
            self._ignored.add(UNVERIFIED)
            return None
        challenge = params.get("hub.challenge", "")
        return challenge if 0 < len(challenge) <= MAX_CHALLENGE_CHARACTERS else None

    def knows(self, params: Mapping[str, str]) -> bool:
        """Tell whether a request has this page's verify token."""
        token = params.get("hub.verify_token", "")
        is_known = hmac.compare_digest(_encoded(token), _encoded(self._page.verify_token))
        return is_known and bool(self._page.verify_token)

    def believes(self, body: bytes, signature: str | None) -> bool:
        """Tell whether a request comes from Meta, as far as this page can tell."""
        secret = self._page.app_secret
        return secret is None or is_signed(secret, body, signature)

    def take(self, body: bytes, signature: str | None, answer: Callable[[int], None]) -> None:
        """Take the body of a request as it came; returns at once.

        `answer(status)` is called once, here or on another thread: 200 once everything is on record, 503 if
        something is not and Meta has to send it all again, 400 for what is no notification, 403 for what has no
        valid `signature` (the header `X-Hub-Signature-256`). While the disk hangs it may take as long as that.
        """
        if not self.believes(body, signature):
            self._ignored.add(UNSIGNED)
            answer(FORGED)
            return
        with self._lock:
            is_taken = self._is_open and self._waiting_bytes + len(body) <= MAX_WAITING_BYTES
            if is_taken:
                self._waiting_bytes += len(body)
                waiting = WebhookAnswer(partial(self._answered, len(body), answer))
                self._queue.put(partial(self._take_body, body, waiting))
        if not is_taken:
            answer(NOT_RECORDED)

    def _answered(self, size: int, answer: Callable[[int], None], status: int) -> None:
        with self._lock:
            self._waiting_bytes -= size
        answer(status)

    def _look_later(self, receipts: ReadReceipts) -> None:
        def look() -> None:
            self._queue.put(receipts.look_again)

        self._timers.call_later(LOOK_AGAIN_SECONDS, look)

    def _take_body(self, body: bytes, answer: WebhookAnswer) -> None:
        try:
            events = read_notification(
                body, self._page.page_id, self._timers.clock.time(), self._ignored.add, self._siblings
            )
        except BadNotification as error:
            self._ignored.add(f"{NO_NOTIFICATION}: {error}")
            answer.settle(BAD_REQUEST)
            return
        except Exception:
            answer.settle(NOT_RECORDED)
            raise
        for number, event in enumerate(events, 1):
            self._deliver(event, answer)
            if number % SLICE == 0 and self._is_open:
                # All that waits for the store goes into one transaction, which would be a long one for others.
                answer.wait_for_others(SLICE_SECONDS)
        answer.settle()

    def _deliver(self, event: WebhookEvent, answer: WebhookAnswer) -> None:
        assert self._delivery is not None, "open() comes before anything is taken"
        try:
            self._delivery.take(event, answer)
        except Exception:
            # Others in the same request must not suffer. That Meta sends it again is the best that can be done.
            log.exception("a %s of Messenger could not be delivered", type(event).__name__)
            answer.add_part()
            answer.settle(NOT_RECORDED)


def _do(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:  # caught here, as the queue's own line in the log would quote what people wrote
        log.exception("what Messenger sent could not be taken")


def _encoded(token: str) -> bytes:
    return token.encode(errors="replace")
