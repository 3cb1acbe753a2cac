"""The end of a visit on the page: the code, the button that copies it, and the one way back."""

from __future__ import annotations

import pytest
from chat_page_server import ChatPageServer, Join, Peer, line
from playwright.sync_api import Page, expect

from parleyrun.channels.browser.page_style import PageStyle
from parleyrun.config.building import draft_config
from parleyrun.config.diagnostics import Findings

pytestmark = pytest.mark.browser

LINK = "https://app.prolific.com/submissions/complete?cc=C1AB"


def ends(peer: Peer, **more: object) -> None:
    peer.send({"type": "ended", "reason": "goodbye", "text": "Thank you.", **more})


def test_the_code_can_be_copied_and_one_button_leads_back(join: Join, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    peer = join(line(1, "Hello"))
    ends(peer, code="C1AB", link=LINK, panel="Prolific", again=False)

    expect(page.locator("#end")).to_be_focused()
    expect(page.locator("#code-label")).to_have_text("Your completion code")
    expect(page.locator("#code")).to_have_text("C1AB")
    back = page.get_by_role("link", name="Back to Prolific")
    expect(back).to_have_attribute("href", LINK)
    expect(page.locator("#end").get_by_role("button").filter(visible=True)).to_have_text(["Copy code"])
    page.get_by_role("button", name="Copy code").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "C1AB"


def test_where_there_is_no_clipboard_the_code_is_selected(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello"))
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    ends(peer, code="C1AB")
    page.get_by_role("button", name="Copy code").click()

    expect(page.locator("#copied")).to_have_text("Copied")
    assert page.evaluate("getSelection().toString()") == "C1AB"


def test_who_cannot_take_part_is_told_why_and_offered_nothing_but_the_way_back(join: Join, page: Page) -> None:
    join(line(1, "Hello")).send(
        {"type": "ended", "reason": "refused", "text": "Not on this device.", "again": False, "link": LINK}
    )
    expect(page.locator("#end-title")).to_have_text("You cannot take part here")
    expect(page.locator("#end-text")).to_have_text("Not on this device.")
    expect(page.locator("#restart")).to_be_hidden()
    expect(page.locator("#go-on")).to_be_visible()


def test_a_link_to_somewhere_that_nobody_knows_leads_on(join: Join, page: Page) -> None:
    ends(join(line(1, "Hello")), link="https://lab.example/next")
    expect(page.get_by_role("link", name="Continue")).to_be_visible()
    expect(page.locator("#end-code")).to_be_hidden()
    expect(page.locator("#restart")).to_be_hidden()


def test_a_link_that_is_no_address_of_the_web_is_no_button(join: Join, page: Page) -> None:
    ends(join(line(1, "Hello")), link="javascript:alert(1)")
    expect(page.locator("#go-on")).to_be_hidden()
    expect(page.locator("#restart")).to_be_visible()


def test_a_later_end_shows_nothing_of_an_earlier_one(join: Join, server: ChatPageServer, page: Page) -> None:
    peer = join(line(1, "Hello"))
    ends(peer, code="C1AB")
    page.locator("#restart").click()
    peer = server.next_peer()
    peer.welcome(resumed=True)
    expect(page.locator("#end")).to_be_hidden()
    ends(peer)
    expect(page.locator("#end")).to_contain_text("Thank you.")
    expect(page.locator("#end-code")).to_be_hidden()
    expect(page.locator("#go-on")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "label", "back"),
    [("de", "Ihr Abschlusscode", "Zurück zu Prolific"), ("ar", "رمز إتمام الدراسة", "العودة إلى Prolific")],
)
def test_the_end_speaks_the_language_of_the_page(
    join: Join, server: ChatPageServer, page: Page, language: str, label: str, back: str
) -> None:
    made = draft_config({"language": language}, Findings("test"))
    assert made is not None
    server.style = PageStyle("A study", language=language, texts=made.page_texts)
    ends(join(line(1, "Hello")), code="C1AB", link=LINK, panel="Prolific")
    expect(page.locator("#code-label")).to_have_text(label)
    expect(page.get_by_role("link", name=back)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_light_and_dark(join: Join, page: Page, scheme: str) -> None:
    page.set_viewport_size({"width": 320, "height": 560})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    ends(join(line(1, "Hello")), code="C" * 60, link=LINK, panel="Prolific")
    expect(page.locator("#go-on")).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
