"""The page in a browser: below a path, and where websockets do not get through."""

from __future__ import annotations

import pytest
from chat_page_server import ChatPageServer
from playwright.sync_api import Page, expect
from serving import below

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("ending", ["", "/", "/?PROLIFIC_PID=p1"])
def test_the_page_finds_its_parts_with_a_slash_and_without(page: Page, ending: str):
    with below("/study") as serving:
        page.goto(f"{serving.url}/study{ending}")
        expect(page.locator("#title")).to_have_text("A study")
        expect(page.locator(".line .text")).to_have_text(["menu"])
        assert page.evaluate("getComputedStyle(document.querySelector('header')).position") == "relative"


def test_the_page_says_that_websockets_do_not_get_through(page: Page):
    server = ChatPageServer(websockets=False)
    server.start()
    try:
        page.goto(server.address)
        expect(page.locator("#status")).to_contain_text("conversations do not get through")
    finally:
        server.close()
