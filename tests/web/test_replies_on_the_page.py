"""Replies and reactions in a browser: two tabs, over a kill of the service, by mouse and by keyboard."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from chat_page_server import ChatPageServer, Frame, Join, line, place
from playwright.sync_api import BrowserContext, Locator, Page, expect
from serve_process import ServeProcess
from test_talk_on_the_page import talk
from test_two_tabs import free_port, open_tab, picture, say

pytestmark = pytest.mark.browser

STUDY = """
tasks:
  haggle:
    task_world: parleyrun.ready:Chat
    agents_required: 2
    roles: {Buyer: {instructions: "Buy it."}, Seller: {}}
    reactions: [👍, "<i>no</i>"]
    replies: true
"""
ABLE = {"reactions": ["👍", "👎"], "replies": True, "from": 2}


def reactions(seq: int, *counts: Frame) -> Frame:
    return {"type": "reactions", "lines": [{"seq": seq, "reactions": list(counts)}]}


def of(page: Page, text: str) -> Locator:
    return page.locator(".line", has=page.locator(".bubble", has_text=text))


def react(page: Page, text: str, reaction: str) -> None:
    of(page, text).hover()
    of(page, text).locator(".about-line").click()
    page.locator(".choice", has_text=reaction).click()


def test_two_people_reply_and_react_and_find_it_again_after_a_kill(
    context: BrowserContext, tmp_path: Path
) -> None:
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    arguments = ("study.yml", "--port", str(free_port()), "--store", str(tmp_path / "study.db"))
    with ServeProcess(*arguments, folder=tmp_path) as server:
        url = server.ready()
        ann, bob = open_tab(context, url), open_tab(context, url)
        expect(ann.locator("#place")).to_contain_text("In conversation")
        say(ann, "How **old** is <b>it</b>?")
        expect(of(bob, "<b>it</b>?")).to_be_visible()
        react(bob, "<b>it</b>?", "👍")
        expect(of(ann, "<b>it</b>?").locator(".chip")).to_have_text(["👍 1"])
        expect(of(bob, "<b>it</b>?").locator(".chip")).to_have_attribute("aria-pressed", "true")
        react(ann, "<b>it</b>?", "<i>no</i>")
        of(ann, "<b>it</b>?").locator(".chip", has_text="👍").click()
        expect(of(bob, "<b>it</b>?").locator(".chip")).to_have_text(["👍 2", "<i>no</i> 1"])

        of(bob, "<b>it</b>?").hover()
        of(bob, "<b>it</b>?").locator(".about-line").click()
        bob.locator(".choice.reply").click()
        expect(bob.locator("#replying")).to_contain_text("Reply to Buyer")
        expect(bob.locator("#replying-text")).to_have_text("How **old** is <b>it</b>?")
        picture(bob, "replying")
        bob.reload()
        expect(bob.locator("#replying-text")).to_have_text("How **old** is <b>it</b>?")
        say(bob, "Ten years.")
        expect(bob.locator("#replying")).to_be_hidden()
        expect(of(bob, "Ten years.").locator(".quoted-text")).to_have_text("How **old** is <b>it</b>?")
        expect(of(ann, "Ten years.").locator(".quoted-text")).to_have_text("How **old** is <b>it</b>?")
        expect(of(ann, "Ten years.").locator(".quoted-name")).to_have_text("You")
        server.send(signal.SIGKILL)
        server.was_killed()

    with ServeProcess(*arguments, folder=tmp_path) as server:
        server.ready()
        for page in (ann, bob):
            expect(page.locator("#connection")).to_be_empty()
        # Whoever comes back has missed nothing, and finds no more than there is.
        bob.reload()
        expect(of(bob, "<b>it</b>?").locator(".chip")).to_have_text(["👍 2", "<i>no</i> 1"])
        expect(of(bob, "Ten years.").locator(".quoted-text")).to_have_text("How **old** is <b>it</b>?")
        of(bob, "<b>it</b>?").locator(".chip", has_text="👍").click()
        expect(of(ann, "<b>it</b>?").locator(".chip")).to_have_text(["👍 1", "<i>no</i> 1"])
        of(ann, "Ten years.").locator(".quote").click()
        expect(of(ann, "<b>it</b>?")).to_be_focused()


def test_lines_are_reacted_and_replied_to_by_keyboard(join: Join, page: Page) -> None:
    peer = join(line(1, "Of before.", "Seller"), line(2, "Hello", "Seller"), line(3, "The study says so.", ""))
    peer.send(place("task", role="Buyer", task="haggle"), talk(**ABLE))
    expect(page.locator(".about-line")).to_have_count(1)
    button = of(page, "Hello").locator(".about-line")
    button.focus()
    expect(button).to_have_css("opacity", "1")
    expect(button).to_have_attribute("aria-label", "React or reply")
    page.keyboard.press("Enter")
    expect(page.locator(".choice").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".choice")).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert peer.expect("react") == {"type": "react", "seq": 2, "reaction": "👎", "on": True}
    peer.send(
        {"type": "reactions", "lines": [{"seq": 2, "reactions": [{"text": "👎", "count": 1, "mine": True}]}]}
    )
    page.locator(".chip").press("Enter")
    assert peer.expect("react")["on"] is False
    peer.send(reactions(2))
    expect(page.locator(".chip")).to_have_count(0)
    button.press("Enter")
    page.locator(".choice.reply").press("Enter")
    expect(page.locator("#input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#replying")).to_be_hidden()
    button.press("Enter")
    page.locator(".choice.reply").press("Enter")
    page.keyboard.type("Hi\n")
    said = peer.expect("message")
    assert said["reply_to"] == 2
    # A reply to what nobody here was shown has no quote, and what is over offers nothing.
    peer.send(
        {"type": "ack", "message_id": said["message_id"], "seq": 4},
        line(5, "Well", "Seller", reply_to=3),
        place("overworld"),
    )
    expect(of(page, "Hi").locator(".quote")).to_have_count(1)
    expect(page.locator(".about-line")).to_have_count(0)
    peer.send(
        {"type": "reactions", "lines": [{"seq": 5, "reactions": [{"text": "👍", "count": 1, "mine": False}]}]}
    )
    expect(of(page, "Well").locator("span.chip")).to_have_text("👍 1")


def test_what_is_about_to_be_replied_to_is_so_after_a_reload(
    join: Join, server: ChatPageServer, page: Page
) -> None:
    lines = [line(1, "Of before.", "Seller"), line(2, "Hello", "Seller"), line(3, "Still there?", "Seller")]
    peer = join(*lines)
    peer.send(place("task", role="Buyer", task="haggle"), talk(**ABLE))
    of(page, "Hello").hover()
    of(page, "Hello").locator(".about-line").click()
    page.locator(".choice.reply").click()
    page.keyboard.type("Go")
    # Nothing that is new of the conversation takes it away.
    peer.send(talk(**ABLE, seconds_left=20))
    expect(page.locator("#time-left")).to_be_visible()
    expect(page.locator("#replying-text")).to_have_text("Hello")

    page.reload()
    peer = server.next_peer()
    peer.welcome(resumed=True, lines=lines)
    peer.send(place("task", role="Buyer", task="haggle"), talk(**ABLE))
    expect(page.locator("#replying-text")).to_have_text("Hello")
    expect(page.locator("#input")).to_have_value("Go")
    page.locator("#input").press("Enter")
    said = peer.expect("message")
    assert (said["text"], said["reply_to"]) == ("Go", 2)
    peer.send({"type": "ack", "message_id": said["message_id"], "seq": 4})
    expect(page.locator("#replying")).to_be_hidden()

    # Of a conversation that is over nothing is replied to in the next one, nor of a reply that was sent.
    of(page, "Still there?").hover()
    of(page, "Still there?").locator(".about-line").click()
    page.locator(".choice.reply").click()
    peer.send(place("task", role="Buyer", task="haggle"), talk(**ABLE | {"from": 9}))
    expect(page.locator("#replying")).to_be_hidden()
    page.reload()
    peer = server.next_peer()
    peer.welcome(resumed=True, lines=[*lines, line(4, "Go", mine=True, reply_to=2)])
    peer.send(place("task", role="Buyer", task="haggle"), talk(**ABLE, seconds_left=20))
    expect(page.locator("#time-left")).to_be_visible()
    expect(page.locator("#replying")).to_be_hidden()
