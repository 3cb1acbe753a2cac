"""Files that people send, and pictures that they look at, in a real browser."""

from __future__ import annotations

from base64 import b64decode

import pytest
from chat_page_server import ChatPageServer, Frame, Join, Peer, line, place
from page_states import data_address, photo_of
from playwright.sync_api import FilePayload, Page, expect
from test_chat_page import PIXEL, drop, say
from test_talk_on_the_page import talk

pytestmark = pytest.mark.browser

BRING = """([kind, mime, data]) => {
  const carried = new DataTransfer();
  carried.items.add(
    new File([Uint8Array.from(atob(data), (letter) => letter.codePointAt(0))], 'cat.png', {type: mime}));
  const more = kind === 'paste' ? {clipboardData: carried} : {dataTransfer: carried};
  const Kind = kind === 'paste' ? ClipboardEvent : DragEvent;
  const event = new Kind(kind, {bubbles: true, cancelable: true, ...more});
  document.getElementById('input').dispatchEvent(event);
  return event.defaultPrevented;
}"""


def in_task(most: int = 2_000_000) -> Frame:
    return place("task", role="Buyer", task="haggle") | {"uploads": {"bytes": most}}


def file(data: bytes = PIXEL, name: str = "lamp.png", mime: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": mime, "buffer": data}


def choose(page: Page, chosen: FilePayload) -> None:
    page.locator("#picker").set_input_files(chosen)


def sent(peer: Peer, seq: int) -> Frame:
    payload: Frame = peer.take(seq)["payload"]
    return payload


def test_a_chosen_picture_goes_along_with_the_words_and_what_is_said_of_it(join: Join, page: Page) -> None:
    peer = join(line(1, "Show me."))
    expect(page.locator("#attach")).to_be_hidden()
    peer.send(in_task())
    button = page.get_by_role("button", name="Add a picture, sound, video or PDF file (up to 2 MB)")
    expect(button).to_be_visible()
    with page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files(file())
    expect(page.locator("#chosen-name")).to_contain_text("lamp.png")
    expect(page.locator("#chosen img")).to_be_visible()
    page.get_by_label("Describe it in a few words for those who cannot see it").fill("a green lamp")
    say(page, "This one")
    expect(page.locator("#chosen")).to_be_hidden()
    message = peer.take(2)
    assert message["text"] == "This one"
    payload = message["payload"]
    assert (payload["type"], payload["name"], payload["alt"]) == ("image", "lamp.png", "a green lamp")
    assert b64decode(payload["data"]) == PIXEL
    own = page.locator('.line[data-mine="true"]')
    expect(own.get_by_role("img", name="a green lamp")).to_be_attached()
    expect(own).to_have_attribute("data-state", "sent")


def test_a_file_needs_no_words_and_an_answer_that_is_suggested_takes_none_along(join: Join, page: Page) -> None:
    peer = join(line(1, "Show me.", quick_replies=["No"]))
    peer.send(in_task())
    choose(page, file(b"%PDF-1.7 a report", "report.pdf", "application/pdf"))
    expect(page.locator("#chosen-name")).to_contain_text("report.pdf")
    page.get_by_role("button", name="No", exact=True).click()
    assert "payload" not in peer.take(2)
    page.locator("#send").click()
    payload = sent(peer, 3)
    assert (payload["type"], payload["name"]) == ("file", "report.pdf")


def test_what_cannot_be_sent_is_said_before_it_is(join: Join, page: Page) -> None:
    peer = join(line(1, "Show me."))
    peer.send(in_task(1_000))
    choose(page, file(b"<svg/>", "x.svg", "image/svg+xml"))
    expect(page.locator("#notice")).to_have_text(
        "Files of this kind cannot be sent here. Pictures, sounds, videos and PDF files can."
    )
    choose(page, file(b"%PDF" + bytes(2_000), "long.pdf", "application/pdf"))
    expect(page.locator("#notice")).to_have_text("This file is too large: at most 1 kB can be sent.")
    expect(page.locator("#chosen")).to_be_hidden()
    choose(page, file())
    page.get_by_role("button", name="Remove lamp.png").click()
    expect(page.locator("#chosen")).to_be_hidden()
    page.locator("#send").click()
    choose(page, file())
    peer.send(place("overworld"))
    expect(page.locator("#chosen")).to_be_hidden()
    assert peer.rest() == [] or "message" not in {frame["type"] for frame in peer.rest()}


def test_a_photograph_that_is_too_large_is_made_smaller(join: Join, page: Page) -> None:
    peer = join(line(1, "Show me."))
    peer.send(in_task(30_000))
    large = photo_of(3_000, 40) + bytes(40_000)
    choose(page, file(large))
    expect(page.locator("#chosen img")).to_be_visible()
    page.locator("#send").click()
    payload = sent(peer, 2)
    assert 0 < len(b64decode(payload["data"])) <= 30_000
    assert b64decode(payload["data"])[8:12] == b"WEBP"


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_pictures_are_pasted_and_dropped_where_that_is_wanted(join: Join, page: Page, kind: str) -> None:
    peer = join(line(1, "Show me."))
    bring = [kind, "image/png", "iVBORw0KGgo="]
    assert page.evaluate(BRING, bring)  # else the file would take the place of the page
    expect(page.locator("#chosen")).to_be_hidden()
    peer.send(in_task(), talk(paste="block"))
    expect(page.locator("#partners")).to_contain_text("Seller")
    assert page.evaluate(BRING, bring)
    expect(page.locator("#notice")).to_have_text("Nothing can be pasted here. Please write it yourself.")
    expect(page.locator("#chosen")).to_be_hidden()
    peer.send(talk(title="Open"))
    expect(page.locator("#title")).to_have_text("Open")
    assert page.evaluate(BRING, bring)
    expect(page.locator("#chosen-name")).to_contain_text("cat.png")


def test_a_refused_file_can_be_tried_again_or_edited(join: Join, page: Page) -> None:
    peer = join(line(1, "Show me."))
    peer.send(in_task())
    choose(page, file())
    say(page, "This one")
    message_id = peer.expect("message")["message_id"]
    peer.send({"type": "error", "code": "refused", "text": "Not now.", "message_id": message_id})
    page.get_by_role("button", name="Try again").click()
    again = peer.expect("message")
    assert again["message_id"] != message_id
    assert b64decode(again["payload"]["data"]) == PIXEL
    peer.send({"type": "error", "code": "refused", "text": "Not now.", "message_id": again["message_id"]})
    page.get_by_role("button", name="Edit").click()
    expect(page.locator("#input")).to_have_value("This one")
    expect(page.locator("#chosen img")).to_be_visible()


def test_a_file_is_sent_again_after_a_lost_connection_and_asked_for_again_after_a_reload(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    peer = join(line(1, "Show me."))
    peer.send(in_task())
    choose(page, file())
    page.locator("#send").click()
    first = peer.expect("message")
    drop(peer, page)
    again = server.next_peer()
    again.welcome(resumed=True, seq=1)
    assert again.expect("message") == first
    page.reload()
    last = server.next_peer()
    last.welcome(resumed=True, lines=[line(1, "Show me.")])
    last.send(in_task())
    lost = page.locator('.line[data-state="refused"]')
    expect(lost).to_contain_text("lamp.png")
    lost.get_by_role("button", name="Try again").click()
    expect(page.locator("#notice")).to_have_text("The file was not sent. Please choose it again.")
    expect(lost).to_have_count(0)


def test_a_picture_is_enlarged_by_keyboard_and_the_focus_comes_back(join: Join, page: Page) -> None:
    join(line(1, "", payload={"type": "image", "url": data_address(PIXEL), "alt": "a lamp"}))
    small = page.get_by_role("button", name="Enlarge: a lamp")
    small.focus()
    page.keyboard.press("Enter")
    large = page.get_by_role("dialog", name="a lamp")
    expect(large.get_by_role("img", name="a lamp")).to_be_visible()
    expect(large.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()
    expect(small).to_be_focused()
    small.click()
    expect(large).to_be_visible()
    large.click()
    expect(large).to_be_hidden()
    expect(page.locator("#zoom img")).to_have_count(0)
