"""A real browser for the tests of the page, and the scripted server that it is shown."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from chat_page_server import ChatPageServer, Frame, Join, Peer

from parleyrun.channels.browser.page_style import PageStyle

if TYPE_CHECKING:  # importing it takes long, and few of those who come here need a browser
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""What it may be called here. The first is the same engine without windows: a page costs a quarter of the time."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

MISSING = "no Chromium on this machine; install the package 'chromium' (or Google Chrome) to run the browser tests"


@pytest.fixture(scope="session")
def playwright_loop() -> list[asyncio.AbstractEventLoop]:
    """The event loop of playwright's synchronous interface, once there is one."""
    return []


@pytest.fixture(scope="session")
def one_chromium(playwright_loop: list[asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """A running Chromium, for all modules: to start one takes as long as dozens of pages."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # this machine may be busy
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        playwright_loop.append(asyncio.get_running_loop())
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        _count_as_running(playwright_loop)  # so that it can be closed
        browser.close()
    _count_as_running([])


@pytest.fixture(scope="module")
def chromium(one_chromium: Browser, playwright_loop: list[asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """A running Chromium.

    While playwright's synchronous interface is open, the main thread counts as running its event loop, and
    `asyncio.run` fails there: so it counts only for as long as a module uses the browser.
    """
    _count_as_running(playwright_loop)
    yield one_chromium
    _count_as_running([])


def _count_as_running(loops: list[asyncio.AbstractEventLoop]) -> None:
    """Have asyncio take this loop for the one that the main thread runs, or none."""
    asyncio._set_running_loop(loops[0] if loops else None)


@dataclass
class Complaints:
    """What went wrong inside pages: uncaught exceptions, and what the content security policy forbade."""

    texts: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("weberror", lambda error: self.texts.append(str(error.error)))
        context.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.texts.append(message.text)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A person's own browser, nothing remembered; the test fails if a page in it complained."""
    complaints = Complaints()
    context = chromium.new_context(viewport={"width": 900, "height": 700}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    complaints.watch(context)
    yield context
    context.close()
    assert complaints.texts == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="module")
def running_server() -> Iterator[ChatPageServer]:
    server = ChatPageServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def server(running_server: ChatPageServer) -> ChatPageServer:
    running_server.forget_peers()
    running_server.style = PageStyle()
    return running_server


@pytest.fixture
def join(server: ChatPageServer, page: Page) -> Join:
    """Open the page and welcome its person, with these lines on their log."""
    from playwright.sync_api import expect

    def join(*lines: Frame, query: str = "", at: Page = page) -> Peer:
        at.goto(server.address + query)
        peer = server.next_peer()
        peer.welcome(lines=lines)
        expect(at.locator("#title")).to_have_text("A study")
        if lines:
            expect(at.locator(f'.line[data-seq="{lines[-1]["seq"]}"]')).to_be_attached()
        return peer

    return join
