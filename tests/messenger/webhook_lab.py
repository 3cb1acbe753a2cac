"""What Meta sends, written by hand; and a service behind a webhook that nobody answers for."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any, Self

import httpx
from app_lab import PATIENCE_SECONDS, AppLab

from parleyrun import World
from parleyrun.app.context import AppContext
from parleyrun.app.doors import make_browser_channel
from parleyrun.app.planning import plan_of
from parleyrun.channels.messenger.page_people import PagePeople
from parleyrun.channels.messenger.receiving.event_delivery import InboundRules, SendingSide
from parleyrun.channels.messenger.receiving.intake import Intake
from parleyrun.channels.messenger.receiving.signature import sign
from parleyrun.channels.messenger.settings import MessengerSettings
from parleyrun.config.schema import Limits
from parleyrun.config.texts import Texts
from parleyrun.events import (
    ChannelRecord,
    Deliver,
    Delivery,
    Event,
    Inbound,
    Receipt,
    Sending,
    SentElsewhere,
    Then,
)
from parleyrun.runner.timers import Clock, Timers
from parleyrun.signals import Signal
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.protocol import Store
from parleyrun.testing import VirtualTimers

PAGE = "1234567890"
SECRET = "sesame"
VERIFY_TOKEN = "a-token-of-ours"
NOW = 1_790_000_000.0

Json = dict[str, Any]


def event(psid: str = "77", *, at: Any = NOW, **parts: Any) -> Json:
    """One element of `messaging`, of a person to the page; `at` is in seconds."""
    timestamp = at if at is None or isinstance(at, str | bool | list) else int(at * 1000)
    return {"sender": {"id": psid}, "recipient": {"id": PAGE}, "timestamp": timestamp, **parts}


def said(text: str | None = "hello", mid: str = "m_1", psid: str = "77", *, at: Any = NOW, **more: Any) -> Json:
    return event(psid, at=at, message={"mid": mid, **({} if text is None else {"text": text}), **more})


def attached(*attachments: Json, mid: str = "m_1", text: str | None = None) -> Json:
    return said(text, mid, attachments=list(attachments))


def image(url: str = "https://cdn.example/cat.jpg") -> Json:
    return {"type": "image", "payload": {"url": url}}


def echo(mid: str = "m_9", **message: Any) -> Json:
    return {**event(PAGE, message={"mid": mid, "is_echo": True, **message}), "recipient": {"id": "77"}}


def document(*events: Any, page: Any = PAGE, **entry: Any) -> Json:
    return {"object": "page", "entry": [{"id": page, "time": int(NOW * 1000), "messaging": list(events), **entry}]}


def raw(value: Any) -> bytes:
    """Write it as Meta does: what is not ASCII is escaped, and so are slashes."""
    return json.dumps(value).replace("/", "\\/").encode()


def body(*events: Any) -> bytes:
    return raw(document(*events))


class KnownSendings:
    """A record that knows what was sent: `sendings` by mid, and until when which line was."""

    def __init__(self) -> None:
        self.sendings: dict[str, Sending] = {}
        self.until: dict[tuple[str, float], int] = {}
        self.elsewhere: list[SentElsewhere] = []
        self.hold = False
        self.waiting: list[Callable[[], None]] = []

    def sending_of(self, channel: str, channel_id: str) -> Sending | None:
        assert channel == "messenger"
        return self.sendings.get(channel_id)

    def record_sent(self, line: SentElsewhere) -> None:
        self.elsewhere.append(line)

    def after(self, work: Callable[[], None]) -> None:
        if self.hold:
            self.waiting.append(work)
        else:
            work()

    def sent_until(self, participant_id: str, at: float) -> int:
        return self.until.get((participant_id, at), 0)


class Outside:
    """The sending half: notes what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, float]] = []
        self.came: list[tuple[str, float]] = []
        self.echoed: list[tuple[str, str]] = []
        self.notices: list[tuple[str, str]] = []

    def _echoed(self, metadata: str, mid: str) -> bool:
        self.echoed.append((metadata, mid))
        return metadata.startswith("tag:")

    def intake(
        self,
        timers: Timers,
        *,
        verify_token: str = VERIFY_TOKEN,
        app_secret: str | None = SECRET,
        texts: Texts | None = None,
        limits: Limits | None = None,
        allow_images: bool = True,
    ) -> Intake:
        return Intake(
            MessengerSettings(page_id=PAGE, page_token="", app_secret=app_secret, verify_token=verify_token),
            people=PagePeople(),
            rules=InboundRules(texts or Texts(), limits or Limits(), allow_images),
            sending=SendingSide(
                heard=lambda *told: self.heard.append(told),
                came=lambda *told: self.came.append(told),
                echoed=self._echoed,
                notice=lambda *told: self.notices.append(told),
            ),
            timers=timers,
        )


class IntakeLab:
    """An open intake before a service that notes everything, and records at once unless it is told not to."""

    def __init__(self, **settings: Any) -> None:
        self.timers = VirtualTimers(NOW)
        self.outside = Outside()
        self.sendings = KnownSendings()
        self.events: list[Event] = []
        self.held: SimpleQueue[Then] = SimpleQueue()
        self.hold = False
        self.receipt: Callable[[Inbound], Receipt] = lambda _inbound: Receipt(1)
        self.intake = self.outside.intake(self.timers, **settings)

    def __enter__(self) -> Self:
        self.intake.open(self.deliver, self.sendings)  # type: ignore[arg-type]  # as much of them as is asked here
        return self

    def __exit__(self, *_: object) -> None:
        self.intake.close()

    def deliver(self, event: Event, then: Then | None = None) -> None:
        self.events.append(event)
        if then is not None:
            if self.hold:
                self.held.put(then)
            else:
                then(self.receipt(event) if isinstance(event, Inbound) else Receipt())

    def post(self, content: bytes, signature: str | None = None) -> Waiting:
        """Hand in a body, signed unless a signature is given."""
        waiting = Waiting()
        self.intake.take(content, sign(SECRET, content) if signature is None else signature, waiting)
        return waiting

    def record_next(self) -> None:
        """Wait for the next inbound that is held, and have it recorded."""
        self.held.get(timeout=PATIENCE_SECONDS)(Receipt(1))

    def take(self, *events: Any) -> int:
        """Hand in what happened; return the answer."""
        return self.post(body(*events)).status()

    @property
    def inbounds(self) -> list[Inbound]:
        return [event for event in self.events if isinstance(event, Inbound)]


class Waiting:
    """An answer that is waited for. A second one fails the test that asks for it."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self._answered = threading.Event()

    def __call__(self, status: int) -> None:
        self.answers.append(status)
        self._answered.set()

    def status(self) -> int:
        assert self._answered.wait(PATIENCE_SECONDS)
        assert len(self.answers) == 1
        return self.answers[0]


class Listening(World):
    """An overworld that says nothing."""

    def parley(self) -> None:
        self.agents[0].act()


class SilentChannel:
    """A Messenger channel without its sending half."""

    name = "messenger"
    connectionless = True

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.lines: list[Delivery] = []

    def start(self, deliver: Deliver, record: ChannelRecord) -> None:
        self.intake.open(deliver, record)

    def close(self) -> None:
        self.intake.close()

    def send(self, delivery: Delivery) -> None:
        self.lines.append(delivery)

    def signal(self, participant_id: str, signal: Signal) -> None:
        pass


class WebhookServing(AppLab):
    """A service with a webhook, over real sockets; with `browser` it has a chat page too."""

    def __init__(
        self,
        make_store: Callable[[Clock], Store] = MemoryStore,
        *,
        browser: bool = False,
        messenger: bool = True,
        settings: dict[str, Any] | None = None,
        **config: Any,
    ) -> None:
        values = {"world_module": "worlds", "overworld": "Listening", "tasks": {}, **config}
        worlds = SimpleNamespace(Listening=Listening)
        timers = VirtualTimers(NOW)
        self.outside = Outside()
        told = plan_of(values, worlds).config
        self.intake = self.outside.intake(timers, texts=told.texts, **(settings or {}))
        self.channel = SilentChannel(self.intake)
        self.browser = make_browser_channel({}, AppContext(config=told, timers=timers)) if browser else None
        channels = [*([self.channel] if messenger else []), *([self.browser] if self.browser else [])]
        super().__init__(values, worlds, make_store=make_store, channels=channels, timers=timers)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            super().__enter__()
            parts.push(super().__exit__)
            self.client = parts.enter_context(
                httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS, verify=False)
            )
            self._open = parts.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def post(self, *events: Any) -> httpx.Response:
        """Post what happened, signed."""
        return self.post_raw(body(*events))

    def post_raw(self, content: bytes, **headers: str) -> httpx.Response:
        signed = {"X-Hub-Signature-256": sign(SECRET, content), **headers}
        return self.client.post("/webhook", content=content, headers=signed)

    def verify(self, **params: str) -> httpx.Response:
        """Ask as Meta does when somebody sets the webhook up; `params` go before what would be right."""
        right = {"mode": "subscribe", "verify_token": VERIFY_TOKEN, "challenge": "1158201444", **params}
        return self.client.get("/webhook", params={f"hub.{key}": value for key, value in right.items()})

    def said_by(self, psid: str = "77") -> list[str]:
        """What is on record of what somebody said."""
        lines = self.service._store.lines_after(f"messenger:{psid}", 0)
        return [line.message.text for line in lines if line.mine]
