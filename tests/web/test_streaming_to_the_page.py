"""A whole service, a model that finds its words one after the other, and the chat page in a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket, expect
from serving import Frame, Serving, serve
from test_two_tabs import picture, say

from parleyrun import Agent
from parleyrun.ready import Chat

pytestmark = pytest.mark.browser

PATIENCE_SECONDS = 60.0


class Teller(Agent):
    """Says the words it is given, each once it is given it; none is the end of the line."""

    words: Queue[str | None] = Queue()

    def __init__(self, opt: Any, shared: Any = None) -> None:
        super().__init__(opt, shared)
        self.on_text: Any = None

    def fork(self) -> Teller:
        return type(self)(self.opt, self.share())

    def observe(self, act: Any) -> None: ...

    def act(self) -> dict[str, Any]:
        text = ""
        while (word := self.words.get(timeout=PATIENCE_SECONDS)) is not None:
            text = f"{text} {word}".strip()
            if self.on_text is not None:
                self.on_text(text)
        return {"id": "nobody", "text": text, "episode_done": False}


class Echo(Agent):
    """Says what it has heard."""

    heard = ""

    def fork(self) -> Echo:
        fork = type(self)(self.opt, self.share())
        fork.heard = self.heard
        return fork

    def observe(self, act: Any) -> None:
        self.heard = act["text"]

    def act(self) -> dict[str, Any]:
        return {"id": "nobody", "text": self.heard.upper(), "episode_done": False}


class Sale(Chat):
    """Everybody is shown what everybody says; there are two who talk."""

    @staticmethod
    def assign_roles(agents: Any) -> None:
        for agent, role in zip(agents, ("Buyer", "Seller"), strict=False):
            agent.disp_id = role


@pytest.fixture
def here(caplog: pytest.LogCaptureFixture) -> Iterator[Serving]:
    sale = {"task_world": f"{__name__}:Sale"}
    tasks = {
        "told": {**sale, "bots": {"Seller": "teller"}},
        "bot": {**sale, "bots": {"Seller": {"model": "echo", "disclose": False}}},
        "people": {**sale, "agents_required": 2},
    }
    models = {name: {"model": f"{__name__}:{name.title()}", "check": False} for name in ("teller", "echo")}
    with serve(caplog, tasks=tasks, models=models) as place:
        yield place


def opened(context: BrowserContext, here: Serving, task: str, watch: Callable[[Page], object] = bool) -> Page:
    page = context.new_page()
    watch(page)
    page.set_viewport_size({"width": 560, "height": 640})
    page.goto(here.url)
    expect(page.get_by_text("menu")).to_be_visible()
    say(page, task)
    return page


class Heard:
    """The frames that a page is sent, but for the heartbeat."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[Frame] = []
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, data: str | bytes) -> None:
        frame = json.loads(data)
        if frame["type"] not in ("ping", "pong"):
            self.frames.append(frame)

    def has(self, kind: str, **values: Any) -> bool:
        return any(frame["type"] == kind and frame.items() >= values.items() for frame in self.frames)

    def until(self, kind: str, *, meanwhile: Callable[[], object] = bool, **values: Any) -> None:
        """Wait until such a frame has come."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.has(kind, **values):
            assert time.monotonic() < end, self.frames
            meanwhile()
            self.page.wait_for_timeout(20)

    def forget(self) -> None:
        self.frames.clear()

    def comparable(self) -> list[str]:
        """What came, but for what differs anyway; that somebody stopped typing may come after their line."""
        unlike = dict.fromkeys(("at", "message_id"), "…")
        return sorted(json.dumps({key: unlike.get(key, frame[key]) for key in frame}) for frame in self.frames)


def test_words_come_as_the_model_finds_them_and_are_recorded_once_whole(
    here: Serving, context: BrowserContext
) -> None:
    page = opened(context, here, "told")
    expect(page.locator("#place")).to_contain_text("In conversation")
    say(page, "Tell me a story")
    grown = page.locator('.line[data-state="growing"]')
    for word, shown in [("Once", "Once"), ("upon", "Once upon"), ("a", "Once upon a")]:
        Teller.words.put(word)
        expect(grown.locator(".text")).to_have_text(shown)
    expect(grown.locator(".speaker")).to_have_text("Seller Bot")
    expect(page.locator("#typing")).to_be_hidden()
    picture(page, "streaming")
    Teller.words.put("time.")
    Teller.words.put(None)
    whole = page.locator(".line[data-seq]").filter(has_text="Once upon a time.")
    expect(whole).to_have_count(1)
    expect(whole.locator(".speaker")).to_have_text("Seller Bot")
    expect(grown).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Once upon a time.")).to_have_count(1)


def test_nothing_that_a_page_is_sent_tells_an_undisclosed_bot_from_a_person(
    here: Serving, context: BrowserContext
) -> None:
    heard: dict[str, Heard] = {}
    watched: dict[str, Page] = {}
    for task in ("people", "bot"):
        watched[task] = opened(context, here, task, lambda page, task=task: heard.update({task: Heard(page)}))  # type: ignore[misc]
        if task == "people":
            partner = opened(context, here, task)
        heard[task].until("presence", place="task")
    for text in ("how much?", "and today?"):
        for each in heard.values():
            each.forget()
        say(watched["people"], text)
        expect(partner.get_by_text(text)).to_be_visible()
        heard["people"].until("read")
        partner.locator("#input").fill(text.upper())
        heard["people"].until("typing", on=True)
        partner.locator("#input").press("Enter")
        say(watched["bot"], text)
        # It reads and types as a person does, and takes its time.
        heard["bot"].until("ack")
        heard["bot"].until("message", meanwhile=lambda: here.timers.advance(0.5), id="Seller")
        for each in heard.values():
            each.until("message", id="Seller")
            each.until("typing", on=False)
        assert [frame["type"] for frame in heard["bot"].frames] == ["ack", "read", "typing", "typing", "message"]
        assert heard["bot"].comparable() == heard["people"].comparable()
    lines = [
        page.locator(".line").evaluate_all("lines => lines.slice(2).map((line) => line.innerText)")
        for page in watched.values()
    ]
    assert lines[0] == lines[1]
    picture(watched["bot"], "undisclosed")
