"""Somebody who sends what would make a partner's browser call a server of theirs, through worlds of every kind."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright
from serve_process import ServeProcess
from websockets.sync.client import connect

pytestmark = pytest.mark.process

WORLDS = """
from parleyrun import World

class Menu(World):
    def parley(self):
        self.agents[0].act_blocking()
        return "chat"

class Relay(World):
    MAX_AGENTS = 2

    @staticmethod
    def assign_roles(agents):
        agents[0].disp_id, agents[1].disp_id = "Ann", "Bob"

    def __init__(self, opt, agents):
        super().__init__(opt, agents)
        for agent in agents:
            agent.observe({"id": "", "text": "begin"})

    def parley(self):
        for agent, other in (self.agents, self.agents[::-1]):
            act = agent.act()
            if act is None or act["episode_done"]:
                continue
            other.observe(act)
            payload = act.get("payload")
            other.observe({"id": "copy", "text": act["text"], "payload": payload and dict(payload)})
            other.observe({**act, "extra": {"nested": [act]}})

    def episode_done(self):
        return False
"""
CONFIG = {
    "task_name": "relay",
    "world_module": "relay_worlds",
    "overworld": "Menu",
    "channels": {"browser": {"markdown": "all"}},
}


@contextmanager
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server that is not ours: its address, and what was asked of it."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """It is in `asked`."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("uploads", [False, True])
def test_a_partners_browser_calls_nobody(tmp_path: Path, uploads: bool) -> None:
    chromium = next(
        filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None
    )
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    (tmp_path / "relay_worlds.py").write_text(WORLDS)
    task = {"task_world": "Relay", "agents_required": 2, "allow_uploads": uploads}
    config = tmp_path / "relay.yml"
    config.write_text(json.dumps({**CONFIG, "tasks": {"chat": task}}))
    with (
        ServeProcess(config, "--port", "0", "--store", ":memory:", folder=tmp_path) as server,
        elsewhere() as (address, asked),
        sync_playwright() as playwright,
    ):
        url = server.ready()
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(url)
        page.get_by_role("textbox").fill("hi")
        page.keyboard.press("Enter")
        with connect(f"{url.replace('http', 'ws')}/websocket", compression=None) as stranger:
            for _ in range(2):  # the first one opens the menu
                stranger.send('{"text": "hi"}')
            while json.loads(stranger.recv(timeout=30))["text"] != "begin":
                pass
            for kind in ("image", "video", "audio", "file", "sticker", "link", "template", "form"):
                for key in ("url", "data", "src", "picture_url"):
                    payload = {"type": kind, key: f"{address}/{kind}-{key}", "alt": "a cat", "mime": "image/png"}
                    stranger.send(json.dumps({"text": f"{kind} {key}", "payload": payload}))
            marked = f"![cat]({address}/markdown) <img src='{address}/html'> {address}/plain last"
            stranger.send(json.dumps({"text": marked, "quick_replies": [address], "persona_id": address}))
            expect(page.get_by_text("last").last).to_be_visible(timeout=60_000)
            expect(page.get_by_text("last")).to_have_count(3)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(tmp_path / "page.png"))
        assert asked == []
        assert [called for called in requests if not called.startswith((url, "data:"))] == []
        # What is left of it is a link, for whoever wants to follow it.
        assert page.locator(f"a[href^='{address}']").count() >= 3
        browser.close()
