"""What stands around a conversation, in a browser: instructions, the time that is left, the button to finish."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from chat_page_server import ChatPageServer, Frame, Join, line, place
from playwright.sync_api import Browser, BrowserContext, Page, expect
from serve_process import ServeProcess
from test_chat_page import HIDE
from test_two_tabs import free_port, lines_with, open_tab, picture, say

from parleyrun.channels.browser.page_style import PageStyle

pytestmark = pytest.mark.browser

STUDY = """
task_name: Bargaining study
tasks:
  haggle:
    task_world: parleyrun.ready:Chat
    agents_required: 2
    title: Bargaining over a lamp
    roles:
      Buyer: {instructions: buyer.md}
      Seller: {instructions: "You sell a lamp to {others}. *It cost you 12 euros.*"}
    time_limit: 300
    warn_at: 30
    end_button: all
    min_turns: 1
"""
BUYER = """**You would like to buy a lamp** from {others}.

- It is worth **30 euros** to you.
- The less you pay, the more you earn.

Do not tell anybody what it is worth to you.
"""


def talk(**more: object) -> Frame:
    partners: list[Frame] = [{"id": "Seller"}, {"id": "Helper", "bot": True}]
    return {"type": "talk", "title": "Bargaining", "role": "Buyer", "partners": partners, **more}


def finish(**more: object) -> Frame:
    return {"word": "/finish", "open": True, "wanted": False, "wanted_by": [], **more}


def seconds_left(page: Page) -> int:
    minutes, seconds = page.locator("#time-left").inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


def test_two_people_see_their_time_and_their_own_instructions_over_a_kill_and_finish_together(
    context: BrowserContext, tmp_path: Path
) -> None:
    (tmp_path / "study.yml").write_text(STUDY)
    (tmp_path / "buyer.md").write_text(BUYER)
    arguments = ("study.yml", "--port", str(free_port()), "--store", str(tmp_path / "study.db"))
    with ServeProcess(*arguments, folder=tmp_path) as server:
        url = server.ready()
        ann, bob = open_tab(context, url), open_tab(context, url)
        ann.set_viewport_size({"width": 1280, "height": 760})
        bob.set_viewport_size({"width": 360, "height": 640})
        expect(ann.locator("#title")).to_have_text("Bargaining over a lamp")
        expect(ann.locator("#place")).to_have_text("In conversation as Buyer with Seller")
        expect(ann.locator("#instructions")).to_contain_text("It is worth 30 euros to you.")
        expect(lines_with(ann, "You would like to buy a lamp")).to_be_hidden()
        assert 290 <= seconds_left(ann) <= 300

        # On a small screen they are the first line, and later on behind a button.
        expect(lines_with(bob, "You sell a lamp to Buyer.")).to_be_visible()
        expect(bob.locator("#instructions")).to_be_hidden()
        bob.locator("#show-instructions").click()
        expect(bob.locator("#instructions")).to_contain_text("It cost you 12 euros.")
        picture(bob, "phone-opened")
        bob.locator("#show-instructions").press("Escape")
        expect(bob.locator("#instructions")).to_be_hidden()
        expect(bob.locator("body")).not_to_contain_text("30 euros")

        expect(ann.locator("#finish")).to_be_disabled()
        say(ann, "Hello! What would you like for the lamp?")
        expect(lines_with(bob, "What would you like for the lamp?")).to_be_visible()
        expect(ann.locator("#finish")).to_be_enabled()
        say(bob, "Twenty-five euros.")
        expect(lines_with(ann, "Twenty-five euros.")).to_be_visible()
        bob.reload()
        expect(bob.locator("#time-left")).to_have_text(re.compile(r"4:\d\d"))
        expect(bob.locator("#finish")).to_be_enabled()
        picture(ann, "desktop")
        picture(bob, "phone")
        ann.locator("#finish").click()
        expect(
            lines_with(bob, "Buyer would like to finish. If you would like that too, choose “Finish”.")
        ).to_be_visible()
        expect(ann.locator("#finish")).to_be_disabled()
        expect(ann.locator("#finish")).to_have_attribute("aria-pressed", "true")
        expect(bob.locator("#finish.wanted")).to_be_visible()
        picture(bob, "phone-wanted")
        before = seconds_left(ann)
        server.send(signal.SIGKILL)
        server.exit_code()
    with ServeProcess(*arguments, folder=tmp_path) as server:
        server.ready()
        expect(ann.locator("#connection")).to_be_empty()
        expect(ann.locator("#finish")).to_have_attribute("aria-pressed", "true")
        assert seconds_left(ann) <= before
        bob.locator("#finish").click()
        expect(lines_with(ann, "This conversation has been finished.")).to_be_visible()
        for page in (ann, bob):
            expect(page.locator("#time-left")).to_be_hidden()
            expect(page.locator("#finish")).to_be_hidden()
            expect(page.locator("#instructions")).to_be_hidden()
            expect(page.locator("#title")).to_have_text("Bargaining study")


def test_what_is_pasted_is_refused_or_counted(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello."))
    peer.send(place("task", role="Buyer"), talk(paste="block"))
    expect(page.locator("#partners")).to_have_text(" with Seller and Helper\u00a0Bot")
    field = page.locator("#input")
    field.fill("pasted")
    field.press("ControlOrMeta+a")
    field.press("ControlOrMeta+x")
    expect(field).to_have_value("")
    field.press("ControlOrMeta+v")
    expect(page.locator("#notice")).to_have_text("Nothing can be pasted here. Please write it yourself.")
    expect(field).to_have_value("")

    peer.send(talk(paste="record"))
    expect(page.locator("#place")).to_contain_text("Buyer")
    field.press_sequentially("I ")
    field.press("ControlOrMeta+v")
    expect(field).to_have_value("I pasted")
    field.press("Enter")
    said = peer.expect("message")
    assert (said["text"], said["pasted"]) == ("I pasted", 6)
    assert 0 < said["typed_ms"] < 60_000

    peer.send(talk())
    field.fill("More.")
    field.press("Enter")
    assert "pasted" not in peer.expect("message")


def test_lines_about_finishing_name_the_button_and_what_is_not_shown_is_nothing_new(
    join: Join, page: Page
) -> None:
    peer = join(line(1, "Hello"))
    peer.send(place("task", role="Buyer"), talk(finish=finish()))
    page.evaluate(HIDE)
    peer.send(line(2, "Write /finish to end it.", "", finish_how=True))
    wish = "{} would like to finish. If you would like that too, write /finish."
    peer.send(line(3, wish.format("*Seller*"), "", finish_wish="*Seller*", markup=[["p", "other words"]]))
    said = lines_with(page, "*Seller* would like to finish. If you would like that too, choose “Finish”.")
    expect(said).to_be_visible()
    expect(lines_with(page, "Write /finish to end it.")).to_be_hidden()
    expect(page).to_have_title("(1) A study")


def test_the_time_is_counted_down_and_the_finish_button_is_what_the_server_says(join: Join, page: Page) -> None:
    peer = join(line(1, "Hello."))
    page.clock.install()
    peer.send(place("task", role="Buyer"), talk(seconds_left=95, finish=finish(open=False)))
    expect(page.locator("#time-left")).to_have_text("1:35")
    expect(page.locator("#finish")).to_be_disabled()
    peer.is_heard()
    page.clock.fast_forward(70_000)
    expect(page.locator("#time-left")).to_have_text("0:25")
    expect(page.locator("#time")).to_have_class("nearly-over")
    peer.is_heard()
    page.clock.fast_forward(60_000)
    expect(page.locator("#time-left")).to_have_text("0:00")
    peer.send(talk(finish=finish()))
    expect(page.locator("#time")).to_be_hidden()
    page.locator("#finish").click()
    assert peer.expect("message")["text"] == "/finish"
    expect(page.locator(".line[data-mine=true]").last).to_contain_text("Finish")
    peer.send(place("overworld"))
    expect(page.locator("#finish")).to_be_hidden()
    expect(page.locator("#title")).to_have_text("A study")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_everything_fits_on_a_narrow_screen(
    server: ChatPageServer, join: Join, page: Page, context: BrowserContext, chromium: Browser, language: str
) -> None:
    from parleyrun.config.building import draft_config
    from parleyrun.config.diagnostics import Findings

    config = draft_config({"language": language, "tasks": {}}, Findings("test"))
    assert config is not None
    server.style = PageStyle(language=language, texts=config.page_texts)
    page.set_viewport_size({"width": 320, "height": 560})
    peer = join(line(1, "Hello."))
    told = {"text": "Buy the lamp.\n" * 40}
    peer.send(place("task", role="Buyer"), talk(seconds_left=3725, finish=finish(), instructions=told))
    expect(page.locator("#finish")).to_be_visible()
    picture(page, f"narrow-{language}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for which in ("#finish", "#show-instructions", "#time"):
        box = page.locator(which).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    page.locator("#show-instructions").click()
    panel = page.locator("#instructions").bounding_box()
    assert panel is not None
    assert panel["height"] <= 300
    picture(page, f"narrow-opened-{language}")
    if os.environ.get("PARLEYRUN_SHOTS"):
        for scheme, width in (("light", 1280), ("dark", 1280), ("dark", 360)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 640})
            picture(page, f"{scheme}-{width}-{language}")
