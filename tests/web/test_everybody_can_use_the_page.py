"""axe, which knows the rules of WCAG, finds nothing on the page: in any state, light and dark, large and small."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import pytest
from chat_page_server import ChatPageServer, Join
from page_states import STATES, State, open_state, photo_of
from playwright.sync_api import Page, ViewportSize
from test_chat_page import POOR_CONTRAST, fits_the_width, style_of
from test_two_tabs import picture

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = f"""async () => (await axe.run(document, {{resultTypes: ['violations'], runOnly: {RULES}}}))
  .violations.flatMap(
  ({{id, nodes}}) => nodes.map((node) => `${{id}}: ${{node.html.slice(0, 200)}} ${{node.failureSummary}}`))"""
SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 360, "height": 640},
    "desktop": {"width": 1200, "height": 760},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def axe() -> str:
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        if os.environ.get("CI") == "true":
            pytest.fail("axe is missing: pip install -e '.[dev]'")
        pytest.skip("axe is missing: pip install -e '.[dev]'")
    return Path(found.origin).with_name("axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing(
    server: ChatPageServer, join: Join, page: Page, axe: str, state: State, language: str
) -> None:
    server.style = style_of(language=language)
    found: dict[str, Any] = {}
    page.set_viewport_size(SIZES["phone"])
    open_state(state, join, page, photo_of(240, 160))
    page.evaluate(axe)
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            # What is light and what is dark is the same in all languages.
            if language == "en" or (size == "phone") == (scheme == "light"):
                found[f"{size} {scheme}"] = page.evaluate(RUN)
                found[f"{size} {scheme} contrast"] = page.evaluate(POOR_CONTRAST)
            picture(page, f"{state.__name__}-{language}-{size}-{scheme}")
        assert fits_the_width(page), size
    assert {where: what for where, what in found.items() if what} == {}
