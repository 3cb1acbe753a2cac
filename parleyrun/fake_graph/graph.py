"""The fake itself: a page with its people, its webhooks, and the API that an app sends by."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from types import TracebackType
from typing import Self

from ..runner.timers import Clock, SystemClock
from .endpoints import Endpoints
from .fake_page import FakePage
from .graph_calls import GraphCall
from .graph_faults import THROTTLED, GraphFault, GraphFaults, HeldSends
from .graph_server import GraphServer
from .messages_endpoint import DeliveryKind, EchoTime, MessagesEndpoint
from .messenger_people import FakeMessengerPerson
from .moved_clock import HOUR_SECONDS, MovedClock
from .refusals import Refusal
from .watched_state import WITHIN_SECONDS, WatchedState
from .webhook_posts import WebhookPosts


class FakeGraph:
    """Meta's Graph API for one page, on a port of this machine. Use it as a context manager.

    `clock` None takes this machine's; either way `move_clock()` moves the fake ahead of it. What an app is
    configured with is `url`, `page_id`, `page_token`, `app_secret` and `verify_token`; `page` holds all else
    that Meta knows of it, and `webhooks` posts events to the app.

    Nobody is known to the page before `person()` was called for them, and nothing may be sent to them before
    they have written. Methods may be called from any thread.
    """

    def __init__(self, *, page_id: str = "104200000000042", clock: Clock | None = None) -> None:
        self.page = FakePage(
            id=page_id,
            name="The Fake Page",
            app_id="204200000000042",
            app_secret=secrets.token_hex(16),
            token=f"EAAfake{secrets.token_hex(20)}",
            verify_token=secrets.token_hex(12),
        )
        self._watched = WatchedState()
        self._clock = MovedClock(clock or SystemClock())
        self.webhooks = WebhookPosts(self.page, self._watched, self._clock)
        self._people: dict[str, FakeMessengerPerson] = {}
        self._numbers = count(1)
        self._faults = GraphFaults(self._watched, self._clock)
        self._messages = MessagesEndpoint(
            self.page, self._people, self._faults, self.webhooks, self._watched, self._clock
        )
        self._endpoints = Endpoints(self.page, self._messages, self._faults, self._watched, self._clock)
        self._server = GraphServer(self._endpoints.answer)

    def start(self) -> None:
        """Begin to answer."""
        self._server.open()
        self.webhooks.start()

    def close(self) -> None:
        """End everything; whoever is still waiting for an answer gets none."""
        self._faults.let_go()
        self.webhooks.close()
        self._server.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """What takes the place of `https://graph.facebook.com`."""
        return self._server.url

    @property
    def page_id(self) -> str:
        return self.page.id

    @property
    def page_token(self) -> str:
        return self.page.token

    @property
    def app_secret(self) -> str:
        return self.page.app_secret

    @property
    def verify_token(self) -> str:
        return self.page.verify_token

    def connect(self, webhook_url: str, *, verify: bool = True) -> None:
        """Post the page's events to this address from now on.

        With `verify` it is first asked whether it knows the verify token, as Meta does. Raises `AssertionError`
        if it does not.
        """
        self.webhooks.connect(webhook_url, verify=verify)

    def person(self, psid: str | None = None) -> FakeMessengerPerson:
        """Return the person of that id; without one, somebody new."""
        with self._watched:
            psid = psid or str(7_000_000_000_000_000 + next(self._numbers))
            if psid not in self._people:
                self._people[psid] = FakeMessengerPerson(
                    psid, self.page.id, self._watched, self._clock, self.webhooks.send
                )
            return self._people[psid]

    def people(self, *psids: str) -> list[FakeMessengerPerson]:
        return [self.person(psid) for psid in psids]

    @property
    def everybody(self) -> list[FakeMessengerPerson]:
        """Everybody with a Messenger, in the order of their coming."""
        with self._watched:
            return list(self._people.values())

    def now(self) -> float:
        """Return the fake's wall time in seconds."""
        return self._clock.time()

    def move_clock(self, *, hours: float = 0.0, days: float = 0.0) -> None:
        """Move the fake's time ahead: windows close, uploads expire."""
        with self._watched:
            self._clock.move((hours + days * 24) * HOUR_SECONDS)

    def inbox_says(self, person: FakeMessengerPerson, text: str) -> str:
        """Have somebody write to a person by hand, in the page's inbox; return the message's id."""
        return self._messages.inbox_says(person, text)

    @property
    def latency_seconds(self) -> float:
        """How long each send takes, of real time."""
        return self._messages.latency_seconds

    @latency_seconds.setter
    def latency_seconds(self, seconds: float) -> None:
        self._messages.latency_seconds = seconds

    @property
    def echoes(self) -> EchoTime:
        """When the app is told of its own sends: "after" or "before" their answers, "late", "never"."""
        return self._messages.echoes

    @echoes.setter
    def echoes(self, when: EchoTime) -> None:
        self._messages.echoes = when

    def release_echoes(self) -> None:
        """Post the echoes that are late."""
        self._messages.release_echoes()

    @property
    def deliveries(self) -> DeliveryKind:
        """What the app is told of messages that arrived: "with mids", "without mids", "never" anything."""
        return self._messages.deliveries

    @deliveries.setter
    def deliveries(self, kind: DeliveryKind) -> None:
        self._messages.deliveries = kind

    def fail_next(
        self,
        code: int,
        subcode: int | None = None,
        *,
        http_status: int | None = None,
        times: int | None = 1,
        psid: str | None = None,
        transient: bool = False,
        sent_though: bool = False,
        endpoint: str = "messages",
        actions: bool = False,
    ) -> None:
        """Have the next calls refused with this code: `times` of them, None for all until `heal()`.

        With `psid` only those about that person; `endpoint` is the last part of the path. With `sent_though` the
        message reaches the person all the same. Sender actions count only with `actions`.
        """
        refusal = Refusal(code, subcode, http_status=http_status, transient=transient)
        self._faults.add(
            GraphFault(
                refusal=refusal,
                times_left=times,
                psid=psid,
                endpoint=endpoint,
                actions=actions,
                sent_though=sent_though,
            )
        )

    def drop_connections(self, times: int = 1, *, after_accepting: bool = True) -> None:
        """Have the next sends end without an answer, after the message went out or before."""
        self._faults.drop(times, after_accepting=after_accepting)

    def holding(self, psid: str | None = None, *, accepting: bool = True) -> AbstractContextManager[HeldSends]:
        """Hold back the answers to sends (to one person, or to all) as long as the context lasts.

        Without `accepting` the sends themselves are held back, and go out when they are let go.
        """
        return self._faults.holding(psid, accepting=accepting)

    def throttle(self, minutes: float, code: int = THROTTLED) -> None:
        """Refuse all sends for so long, by the fake's clock, and say so in the usage headers."""
        self._faults.throttle(minutes * 60, code)

    def report_usage(self, percent: int | None) -> None:
        """Say in the headers of each answer how much of its allowance the app has used; None for nothing."""
        with self._watched:
            self._faults.usage_percent = percent

    def revoke_token(self) -> None:
        """Have the page's token be good for nothing any more."""
        with self._watched:
            self.page.token_is_valid = False

    def heal(self) -> None:
        """Have nothing go wrong any more, and the token valid."""
        self._faults.heal()
        with self._watched:
            self.page.token_is_valid = True

    @property
    def calls(self) -> list[GraphCall]:
        """Everything the app has asked, oldest first."""
        with self._watched:
            return list(self._endpoints.calls)

    def sends(self, psid: str | None = None) -> list[GraphCall]:
        """Return the calls that were to send a message (to one person, or to all), whatever became of them."""
        return [
            call
            for call in self.calls
            if call.path.endswith("/messages") and "message" in call.body and psid in (None, call.psid)
        ]

    def wait_for(
        self, holds: Callable[[], bool], what: str = "it", within_seconds: float = WITHIN_SECONDS
    ) -> None:
        """Wait until something about this fake holds; fail if it does not.

        `holds` is called again whenever anything has changed here.
        """
        if not self._watched.until(holds, within_seconds):
            last = [f"{call.method} {call.path} {call.status}" for call in self.calls[-5:]]
            raise AssertionError(f"expected {what} within {within_seconds:g} s; the last calls were {last}")

    def wait_quiet(self, within_seconds: float = WITHIN_SECONDS) -> bool:
        """Wait until all sends are answered and the app is told of everything. False if that took too long."""
        return self._watched.until(lambda: self._messages.is_quiet and self.webhooks.is_quiet, within_seconds)
