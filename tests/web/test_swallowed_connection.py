"""A proxy swallows somebody's connection while they only read: a real server, a real browser, real time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from serve_process import ServeProcess
from swallowing_proxy import SwallowingProxy
from test_two_tabs import DEMO, ROOT, join_chat, lines_with, open_tab, picture, press, say

pytestmark = pytest.mark.browser

NOTICED_WITHIN_MS = 10_000
"""15 s of silence, 8 s for an answer, of which a tenth passes here, and the way back."""

PATIENCE_PASSES_FASTER = """
const wait = window.setTimeout;
window.setTimeout = (work, ms, ...more) => wait(work, ms >= 8_000 ? ms / 10 : ms, ...more);
"""


def test_a_swallowed_connection_is_noticed_and_nothing_is_missed(context: BrowserContext) -> None:
    context.add_init_script(PATIENCE_PASSES_FASTER)
    with ServeProcess(DEMO, "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        url = server.ready()
        with SwallowingProxy(int(url.rpartition(":")[2])) as proxy:
            ann = open_tab(context, f"http://127.0.0.1:{proxy.port}/?PROLIFIC_PID=a1")
            bob = open_tab(context, url)
            join_chat(ann)
            join_chat(bob)
            expect(ann.locator("#place")).to_contain_text("In conversation")
            proxy.swallow()
            say(bob, "Are you still there?")
            # Nothing is clicked, typed or shown again: she only reads.
            expect(lines_with(ann, "Are you still there?")).to_have_count(1, timeout=NOTICED_WITHIN_MS)
            say(ann, "I am.")
            expect(lines_with(bob, "I am.")).to_have_count(1)


def test_who_comes_back_after_their_grace_is_told_what_happened(context: BrowserContext, tmp_path: Path) -> None:
    config = tmp_path / "study.yml"
    config.write_text(re.sub(r"disconnect_grace: \d+", "disconnect_grace: 1", DEMO.read_text()))
    with ServeProcess(config, "--port", "0", "--store", ":memory:", folder=ROOT) as server:
        url = server.ready()
        mine = f"{url}/?PROLIFIC_PID=a1"
        ann, bob = open_tab(context, mine), open_tab(context, url)
        join_chat(ann)
        join_chat(bob)
        expect(ann.locator("#place")).to_contain_text("In conversation")
        ann.goto("about:blank")
        expect(bob.locator("#place")).not_to_contain_text("In conversation")
        ann.goto(mine)
        expect(ann.locator("#end-title")).to_have_text("You were away for a while")
        expect(ann.locator("#end-text")).to_contain_text("your place was given up")
        picture(ann, "after-grace")
        ann.locator("#restart").click()
        expect(ann.locator("#place")).to_contain_text("In the lobby")
        press(ann, "EXIT")
        expect(ann.locator("#end-title")).to_have_text("This conversation has ended")
