"""What tells somebody who looks elsewhere that something has come: the title of the tab, and a sound."""

from __future__ import annotations

import pytest
from chat_page_server import Join, line, place
from playwright.sync_api import Page, expect
from test_chat_page import HIDE, SHOW, until

pytestmark = pytest.mark.browser

LISTEN = """
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
"""


def tones(page: Page) -> int:
    count: int = page.evaluate("window.tones")
    return count


def test_a_partner_that_is_found_rings_and_stands_in_the_title_until_somebody_looks(
    join: Join, page: Page
) -> None:
    page.add_init_script(LISTEN)
    page.emulate_media(reduced_motion="no-preference")
    peer = join(line(1, "Please wait."))
    peer.send(place("waiting", task="haggle"))
    sound = page.get_by_role("button", name="Sound when something new comes")
    expect(sound).to_have_attribute("aria-pressed", "true")
    page.locator("#input").click()
    page.evaluate(HIDE)
    peer.send(place("task", task="haggle"))
    expect(page).to_have_title("Partner found · A study")
    until(page, "window.tones === 2")
    peer.send(line(2, "Hello!"))
    expect(page).to_have_title("(1) Partner found · A study")
    page.evaluate(SHOW)
    expect(page).to_have_title("A study")
    assert tones(page) == 2  # not one after the other at once


def test_who_looks_hears_nothing_and_who_does_not_want_to_neither(join: Join, page: Page) -> None:
    page.add_init_script(LISTEN)
    page.emulate_media(reduced_motion="no-preference")
    peer = join(line(1, "Hello"))
    sound = page.locator("#sound")
    peer.send(line(2, "You look at this."))
    expect(page.locator(".line")).to_have_count(2)
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "false")
    page.evaluate(HIDE)
    peer.send(line(3, "And not at this."))
    expect(page).to_have_title("(1) A study")
    assert tones(page) == 0
    page.reload()
    expect(sound).to_have_attribute("aria-pressed", "false")


def test_nobody_who_asks_for_calm_is_rung_for_unless_they_say_so(join: Join, page: Page) -> None:
    page.add_init_script(LISTEN)
    join(line(1, "Hello"))
    sound = page.locator("#sound")
    expect(sound).to_have_attribute("aria-pressed", "false")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    assert tones(page) == 1
