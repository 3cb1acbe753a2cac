"""The states in which people see the page, each brought about by what a server sends."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from struct import pack
from zlib import compress, crc32

from chat_page_server import Frame, Join, Peer, line, partner, place
from form_pages import EVERY_KIND, ShownForm
from playwright.sync_api import Page, expect
from test_talk_on_the_page import finish, talk

from parleyrun.channels.browser.markdown import markup_nodes

PHOTO = {"name": "lamp.png", "mimeType": "image/png"}


def photo_of(width: int, height: int) -> bytes:
    """Return a picture in the colours of an evening."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", crc32(name + data))

    rows = b"".join(
        b"\0" + b"".join(bytes((40 + 180 * y // height, 90, 60 + 150 * x // width)) for x in range(width))
        for y in range(height)
    )
    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", compress(rows)) + chunk(b"IEND", b"")


TOLD = "You would like to **buy a lamp**.\n\n- It is worth *30 euros* to you.\n- Each euro less is yours."


def told() -> Frame:
    return {"text": TOLD, "markup": markup_nodes(TOLD, by_person=False)}


def door(peer: Peer, page: Page, _photo: bytes) -> None:
    peer.send(place("door"), line(1, "Hello! Please type the password to come in.", ""))
    page.locator("#input").fill("wrong")
    page.locator("#input").press("Enter")
    peer.take(2)
    peer.send(line(3, "That is not the password. Please try again.", ""))
    expect(page.locator(".line")).to_have_count(3)


def menu(peer: Peer, page: Page, _photo: bytes) -> None:
    replies = ["Bargain over a lamp", "Describe a picture", "Talk about the weather", "EXIT"]
    peer.send(
        place("overworld"),
        line(1, "What would you like to do? See https://example.org", "", quick_replies=replies),
    )
    expect(page.locator(".quick-reply")).to_have_count(4)


def form(peer: Peer, page: Page, _photo: bytes) -> None:
    shown = ShownForm({"title": "About you", "text": "A few *questions*.", "fields": EVERY_KIND})
    peer.send(place("onboarding"), shown.line)
    expect(page.locator(".question").last).to_be_attached()


def form_with_faults(peer: Peer, page: Page, _photo: bytes) -> None:
    shown = ShownForm({"fields": EVERY_KIND})
    peer.send(place("afterwards"), shown.line)
    page.locator(".go").click()
    shown.takes_all(peer)
    shown.judges(peer, form="Something is missing.", **dict.fromkeys(EVERY_KIND, "Please answer this."))
    expect(page.locator(".question .error").first).to_be_visible()


def waiting(peer: Peer, page: Page, _photo: bytes) -> None:
    shown = ShownForm({"title": "While you wait", "fields": {"why": EVERY_KIND["why"]}}, 2)
    peer.send(place("waiting", task="haggle", waited=42.0), line(1, "Please wait for a partner.", ""), shown.line)
    expect(page.locator(".form")).to_be_visible()


def in_talk(peer: Peer, page: Page, photo: bytes) -> None:
    peer.send(
        place("task", role="Buyer", task="haggle") | {"uploads": {"bytes": 2_000_000}},
        talk(seconds_left=25.0, finish=finish(wanted_by=["Seller"]), instructions=told()),
        line(1, TOLD, "", instructions=True, markup=markup_nodes(TOLD, by_person=False)),
        line(2, "Hello! It is a fine lamp.", "Seller"),
        line(
            3,
            "Ask me about **lamps**.",
            "Helper",
            bot=True,
            markup=markup_nodes("Ask me about **lamps**.", by_person=False),
        ),
        line(4, "How old is it?", "Buyer", mine=True, message_id="m4"),
        {"type": "read", "id": "Seller", "seq": 4},
        line(
            5, "This one.", "Seller", payload={"type": "image", "url": data_address(photo), "alt": "A green lamp"}
        ),
        partner("Seller", "away"),
        {"type": "typing", "id": "Helper", "on": True},
    )
    expect(page.locator(".line")).to_have_count(5)


def told_on_a_phone(peer: Peer, page: Page, photo: bytes) -> None:
    in_talk(peer, page, photo)
    if page.locator("#show-instructions").is_visible():
        page.locator("#show-instructions").click()
    expect(page.locator("#instructions")).to_be_visible()


def reacting(peer: Peer, page: Page, photo: bytes) -> None:
    """Lines with reactions and a quote, one about to be reacted to, and a reply about to be written."""
    in_talk(peer, page, photo)
    able = {"reactions": ["👍", "❤️", "😂", "😮", "I agree"], "replies": True, "from": 2}
    thought = [{"text": "👍", "count": 2, "mine": True}, {"text": "I agree", "count": 1, "mine": False}]
    peer.send(
        talk(seconds_left=25.0, **able),
        line(6, "Ten years, and it has always stood in the dark.", "Seller", reply_to=4),
        line(7, "Then I take it.", "Buyer", mine=True, message_id="m7", reply_to=6),
        {"type": "reactions", "lines": [{"seq": seq, "reactions": thought} for seq in (4, 6)], "whole": True},
    )
    expect(page.locator(".chip")).to_have_count(4)
    page.locator(".line", has_text="Ten years").last.locator(".about-line").click()
    page.locator(
        ".choice", has_text="Reply" if page.locator("html").get_attribute("lang") == "en" else "رد"
    ).click()
    expect(page.locator("#replying")).to_be_visible()
    page.locator(".line", has_text="Ten years").last.locator(".about-line").click()
    expect(page.locator(".choice")).to_have_count(6)


def uploading(peer: Peer, page: Page, photo: bytes) -> None:
    in_talk(peer, page, photo)
    page.locator("#picker").set_input_files({**PHOTO, "buffer": photo})
    expect(page.locator("#chosen img")).to_be_visible()


def enlarged(peer: Peer, page: Page, photo: bytes) -> None:
    in_talk(peer, page, photo)
    page.locator(".zoom").click()
    expect(page.locator("#zoom img")).to_be_visible()


def growing(peer: Peer, page: Page, _photo: bytes) -> None:
    peer.send(
        place("task", role="Buyer", task="haggle"),
        line(1, "Tell me about lamps.", "Buyer", mine=True, message_id="m1"),
        {"type": "growing", "id": "Helper", "text": "A lamp is a thing that"},
    )
    expect(page.locator('[data-state="growing"]')).to_be_visible()


def refused(peer: Peer, page: Page, _photo: bytes) -> None:
    peer.send(place("task", role="Buyer", task="haggle"))
    page.locator("#input").fill("Far too long")
    page.locator("#input").press("Enter")
    said = peer.expect("message")
    peer.send({"type": "error", "code": "too_long", "text": "That is too long.", "message_id": said["message_id"]})
    expect(page.locator(".repair")).to_be_visible()


def ended(peer: Peer, page: Page, _photo: bytes) -> None:
    link = "https://app.prolific.com/submissions/complete?cc=C1AB"
    more = {"code": "C1AB", "link": link, "panel": "Prolific", "again": False}
    peer.send(line(1, "Hello"), {"type": "ended", "reason": "goodbye", "text": "Thank you.", **more})
    expect(page.locator("#code")).to_be_visible()


def reconnecting(peer: Peer, page: Page, _photo: bytes) -> None:
    peer.send(place("overworld"), line(1, "Hello", "", quick_replies=["Go on"]))
    expect(page.locator(".quick-reply")).to_be_visible()
    page.context.set_offline(True)
    peer.close()
    expect(page.locator("#connection")).not_to_be_empty()


State = Callable[[Peer, Page, bytes], None]

STATES: tuple[State, ...] = (
    door,
    menu,
    form,
    form_with_faults,
    waiting,
    in_talk,
    told_on_a_phone,
    reacting,
    uploading,
    enlarged,
    growing,
    refused,
    ended,
    reconnecting,
)


def data_address(photo: bytes) -> str:
    return f"data:image/png;base64,{b64encode(photo).decode()}"


def open_state(state: State, join: Join, page: Page, photo: bytes) -> None:
    """Open the page afresh, as somebody new, and bring it into that state."""
    page.context.set_offline(False)
    page.goto("about:blank")
    state(join(query=f"?who={state.__name__}", at=page), page, photo)
