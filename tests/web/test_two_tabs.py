"""The main job, end to end: a real server process, a real browser, two people."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from serve_process import ServeProcess

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "configs" / "demo.yml"

pytestmark = pytest.mark.browser


def picture(page: Page, name: str) -> None:
    """Keep a screenshot where PARLEYRUN_SHOTS says, for somebody to look at."""
    folder = os.environ.get("PARLEYRUN_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def open_tab(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.set_viewport_size({"width": 560, "height": 640})
    page.goto(url)
    return page


def say(page: Page, text: str) -> None:
    page.locator("#input").fill(text)
    page.locator("#input").press("Enter")


def press(page: Page, reply: str) -> None:
    page.locator(".quick-reply", has_text=re.compile(f"^{re.escape(reply)}$")).click()


def lines_with(page: Page, text: str) -> object:
    return page.locator(".line", has_text=text)


def join_chat(page: Page) -> None:
    press(page, "chat")
    # The onboarding asks them to accept the rules.
    page.locator(".quick-reply").first.click()


def test_two_tabs_are_paired_talk_and_one_is_reloaded_in_the_middle(context: BrowserContext) -> None:
    with ServeProcess(DEMO, "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        url = server.ready()
        ann, bob = open_tab(context, f"{url}/?ref=poster"), open_tab(context, url)
        join_chat(ann)
        expect(ann.locator("#place")).to_contain_text("Waiting")
        picture(ann, "waiting")
        join_chat(bob)
        expect(ann.locator("#place")).to_contain_text("In conversation")
        expect(bob.locator("#place")).to_contain_text("In conversation")

        say(ann, "Hello! Where are you from?")
        expect(lines_with(bob, "Hello! Where are you from?")).to_have_count(1)
        say(bob, "From a town by the sea. And you?")
        expect(lines_with(ann, "And you?")).to_have_count(1)

        before = bob.locator(".line").count()
        bob.reload()
        expect(bob.locator("#place")).to_contain_text("In conversation")
        expect(bob.locator(".line")).to_have_count(before)
        say(ann, "From the mountains.")
        expect(lines_with(bob, "From the mountains.")).to_have_count(1)
        say(bob, "I would love to see them one day.")
        expect(lines_with(ann, "I would love to see them")).to_have_count(1)
        picture(ann, "ann")
        picture(bob, "bob")

        say(bob, "<b>bold?</b>")
        expect(lines_with(ann, "<b>bold?</b>")).to_have_count(1)
        say(bob, "BYE")
        expect(ann.locator("#place")).not_to_contain_text("In conversation")
        expect(bob.locator("#place")).not_to_contain_text("In conversation")
        press(bob, "EXIT")
        expect(bob.locator("#end")).to_be_visible()
        picture(bob, "end")


def test_a_partner_who_closes_the_tab_is_shown_as_away(context: BrowserContext) -> None:
    with ServeProcess(DEMO, "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        url = server.ready()
        ann, bob = [open_tab(context, url) for _ in range(2)]
        join_chat(ann)
        join_chat(bob)
        expect(ann.locator("#place")).to_contain_text("In conversation")
        bob.close()
        expect(ann.locator("#partner")).to_contain_text("away")
        picture(ann, "away")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_kill_9_in_the_middle_of_a_conversation_is_not_noticed(context: BrowserContext, tmp_path: Path) -> None:
    arguments = (DEMO, "--port", str(free_port()), "--store", str(tmp_path / "demo.db"))
    with ServeProcess(*arguments, folder=ROOT) as server:
        url = server.ready()
        ann, bob = [open_tab(context, url) for _ in range(2)]
        join_chat(ann)
        join_chat(bob)
        expect(ann.locator("#place")).to_contain_text("In conversation")
        say(ann, "Before the kill.")
        expect(lines_with(bob, "Before the kill.")).to_have_count(1)
        server.send(signal.SIGKILL)
        server.exit_code()
    say(bob, "Said while nobody was there.")
    with ServeProcess(*arguments, folder=ROOT) as server:
        server.ready()
        expect(lines_with(ann, "Said while nobody was there.")).to_have_count(1, timeout=30_000)
        say(ann, "Did you notice anything?")
        expect(lines_with(bob, "Did you notice anything?")).to_have_count(1)
        expect(lines_with(bob, "Before the kill.")).to_have_count(1)
        expect(ann.locator("#place")).to_contain_text("In conversation")
        picture(ann, "after-kill")
