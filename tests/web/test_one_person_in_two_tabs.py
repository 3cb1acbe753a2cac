"""The same link in two tabs, end to end: a real server process and a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from serve_process import ServeProcess
from test_two_tabs import DEMO, ROOT, join_chat, lines_with, open_tab, picture, press, say

pytestmark = pytest.mark.browser


def test_the_newer_tab_takes_the_seat_and_nobody_is_matched_with_themselves(context: BrowserContext) -> None:
    with ServeProcess(DEMO, "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        url = server.ready()
        mine = f"{url}/?PROLIFIC_PID=a1&SESSION_ID=s1"
        older = open_tab(context, mine)
        join_chat(older)
        expect(older.locator("#place")).to_contain_text("Waiting")
        newer = open_tab(context, mine)
        expect(newer.locator("#place")).to_contain_text("Waiting")
        expect(older.locator("#end-title")).to_have_text("This conversation is open elsewhere")
        picture(older, "older-tab")
        # It does not fight back: neither by itself, nor when it is looked at or the network returns.
        older.bring_to_front()
        older.evaluate("dispatchEvent(new Event('online'))")
        bob = open_tab(context, f"{url}/?PROLIFIC_PID=b1")
        join_chat(bob)
        expect(newer.locator("#place")).to_contain_text("In conversation")
        expect(older.locator("#end")).to_be_visible()
        say(bob, "A word of Bob's.")
        expect(lines_with(newer, "A word of Bob's.")).to_have_count(1)
        expect(lines_with(older, "A word of Bob's.")).to_have_count(0)
        # Closed, and opened again by the link: back in the seat, and the partner is still there.
        newer.close()
        expect(bob.locator("#partner")).to_contain_text("away")
        again = open_tab(context, mine.replace("s1", "s2"))
        expect(again.locator("#place")).to_contain_text("In conversation")
        expect(lines_with(again, "A word of Bob's.")).to_have_count(1)
        expect(bob.locator("#partner")).to_contain_text("is back")
        say(again, "Here I am.")
        expect(lines_with(bob, "Here I am.")).to_have_count(1)
        picture(again, "again")
        # And back in the older one, when its person asks for it.
        older.locator("#restart").click()
        expect(older.locator("#place")).to_contain_text("In conversation")
        expect(lines_with(older, "Here I am.")).to_have_count(1)
        expect(again.locator("#end")).to_be_visible()


def test_a_link_that_was_not_signed_here_says_so(context: BrowserContext, tmp_path: Path) -> None:
    config = tmp_path / "study.yml"
    config.write_text(DEMO.read_text().replace("task_name", "arrival: {links: signed}\ntask_name", 1))
    with ServeProcess(config, "--port", "0", "--store", tmp_path / "s.db", folder=ROOT) as server:
        page = open_tab(context, f"{server.ready()}/?PROLIFIC_PID=a1")
        expect(page.locator("#end-title")).to_have_text("This link does not work")
        expect(page.locator("#restart")).to_be_hidden()
        picture(page, "bad-link")


def test_who_may_come_once_only_is_offered_nothing_at_the_end(context: BrowserContext, tmp_path: Path) -> None:
    config = tmp_path / "study.yml"
    config.write_text(DEMO.read_text().replace("task_name", "arrival: {once: true}\ntask_name", 1))
    with ServeProcess(config, "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        mine = f"{server.ready()}/?PROLIFIC_PID=a1"
        page = open_tab(context, mine)
        press(page, "EXIT")
        expect(page.locator("#end-title")).to_have_text("This conversation has ended")
        expect(page.locator("#restart")).to_be_hidden()
        other = open_tab(context, mine)
        expect(other.locator("#end-title")).to_have_text("You have taken part already")
        expect(other.locator("#end-text")).to_have_text("Thank you! There is nothing more to do here.")
        expect(other.locator("#restart")).to_be_hidden()
        picture(other, "once")
        other.reload()
        expect(other.locator("#end-title")).to_have_text("You have taken part already")
