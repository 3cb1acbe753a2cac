"""A photograph from one tab to another through the whole service, and over its end."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from page_states import photo_of
from playwright.sync_api import BrowserContext, expect
from serve_process import ServeProcess
from test_chat_page import until
from test_people_payloads import TAGGED
from test_two_tabs import free_port, open_tab

pytestmark = pytest.mark.browser

STUDY = {
    "task_name": "A study",
    "limits": {"payload_bytes": 60_000},
    "tasks": {"talk": {"task_world": "parleyrun.ready:Chat", "agents_required": 2, "allow_uploads": True}},
}


def test_a_photograph_comes_without_its_place_and_outlives_a_kill(context: BrowserContext, tmp_path: Path) -> None:
    config = tmp_path / "study.json"
    config.write_text(json.dumps(STUDY))
    arguments = (config, "--port", str(free_port()), "--store", tmp_path / "study.db")
    with ServeProcess(*arguments, folder=tmp_path) as server:
        url = server.ready()
        ann, bob = open_tab(context, url), open_tab(context, url)
        expect(ann.locator("#attach")).to_have_attribute(
            "title", "Add a picture, sound, video or PDF file (up to 60 kB)"
        )
        ann.locator("#picker").set_input_files({"name": "home.png", "mimeType": "image/png", "buffer": TAGGED})
        ann.get_by_label("Describe it in a few words for those who cannot see it").fill("my home")
        ann.locator("#send").click()
        shown = bob.get_by_role("img", name="my home")
        expect(shown).to_be_visible()
        address = shown.evaluate("picture => picture.src")
        assert address.startswith(f"{url}/attachments/")
        kept = context.request.get(address).body()
        assert b"GPS" not in kept
        assert b"home" not in kept
        # What is larger than a frame of the socket may be is made smaller before it leaves.
        large = photo_of(900, 900) + bytes(400_000)
        bob.locator("#picker").set_input_files({"name": "evening.png", "mimeType": "image/png", "buffer": large})
        expect(bob.locator("#chosen img")).to_be_visible()
        bob.locator("#send").click()
        expect(ann.get_by_role("button", name="Enlarge: Picture")).to_be_visible()
        server.send(signal.SIGKILL)
        server.exit_code()
    with ServeProcess(*arguments, folder=tmp_path) as server:
        server.ready()
        for page in (ann, bob):
            page.reload()
            expect(page.locator("img.attachment")).to_have_count(2)
            expect(page.locator("#attach")).to_be_visible()
            until(page, "[...document.images].every((picture) => picture.naturalWidth > 0)")
